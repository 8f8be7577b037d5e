import type { Call } from './steps.js';
import type { Cell, Row, Statement, Transaction } from './database.js';

/** What the statements of this file need of the simulated database. */
export interface Tables {
  cell(table: string, key: string): Cell;
  value(cell: Cell, tx: Transaction | undefined): Row | undefined;
  view(table: string, tx: Transaction | undefined): Row[];
  share(cell: Cell, tx: Transaction | undefined): Promise<void>;
  own(cell: Cell, tx: Transaction | undefined): Promise<void>;
  insert(table: string, key: string, row: Row, tx: Transaction | undefined): Promise<void>;
  update(table: string, key: string, tx: Transaction | undefined, values: Row): Promise<void>;
  remove(table: string, key: string, tx: Transaction | undefined): Promise<void>;
  inserted(sql: string, values: readonly unknown[]): Row[];
  now(): number;
}

type Statements = (readonly [RegExp, Call, Statement])[];

/** Fewer than the program asks for, so that a voucher of few claims has several steps. */
const ROWS_A_READ = 2;

/** Claims whose time is over. */
export function expiryStatements(tables: Tables): Statements {
  const row = (id: unknown): Cell => tables.cell('claim_expiry', String(id));
  const change = async (id: unknown, tx: Transaction | undefined, values: Row): Promise<void> => {
    await tables.own(row(id), tx);
    if (tables.value(row(id), tx)) await tables.update('claim_expiry', String(id), tx, values);
  };
  const voucher = (id: unknown, tx: Transaction | undefined): Row | undefined =>
    tables.value(tables.cell('vouchers', String(id)), tx);
  return [
    [
      /^UPDATE claim_expiry SET due_at = .*, position = '' WHERE voucher_id = \? AND \(due_at IS NULL/,
      'db.rare.again',
      async (_m, [id], tx) => {
        await tables.own(row(id), tx);
        const until = voucher(id, tx)?.['redeemUntil'];
        const due = tables.value(row(id), tx)?.['due_at'] ?? Infinity;
        if (typeof until !== 'number' || until > tables.now() || Number(due) <= tables.now()) return;
        await change(id, tx, { due_at: tables.now(), position: '' });
      },
    ],
    [
      /^SELECT voucher_id, due_at, position FROM claim_expiry .*WHERE due_at <=/,
      'db.expiry.due',
      (_m, _v, tx) =>
        tables
          .view('claim_expiry', tx)
          .filter(({ due_at: due }) => typeof due === 'number' && due <= tables.now())
          .sort((a, b) => Number(a['due_at']) - Number(b['due_at'])),
    ],
    [
      /^SELECT merchant_id, redeem_until, .* AS now FROM vouchers WHERE id = \?$/,
      'db.expiry.voucher',
      (_m, [id], tx) => {
        const found = voucher(id, tx);
        return found
          ? [
              {
                merchant_id: found['merchantId'],
                redeem_until: found['redeemUntil'],
                now: Math.floor(tables.now()),
              },
            ]
          : [];
      },
    ],
    [
      /^SELECT id, sequence, status FROM claims .*WHERE voucher_id IN \(\?, ''\) AND sequence >= \?/,
      'db.expiry.read',
      (_m, [id, from, , , last], tx) =>
        tables
          .view('claims', tx)
          .filter((claim) => claim['voucher_id'] === id && isBehind(claim, Number(from), String(last)))
          .sort((a, b) => (isBehind(a, Number(b['sequence']), String(b['id'])) ? 1 : -1))
          .slice(0, ROWS_A_READ),
    ],
    [
      /^SELECT redeem_until FROM vouchers WHERE id = \? LOCK IN SHARE MODE$/,
      'db.expiry.time',
      async (_m, [id], tx) => {
        await tables.share(tables.cell('vouchers', String(id)), tx);
        const found = voucher(id, tx);
        return found ? [{ redeem_until: found['redeemUntil'] }] : [];
      },
    ],
    [
      /^SELECT due_at, position FROM claim_expiry WHERE voucher_id = \? FOR UPDATE$/,
      'db.expiry.hold',
      async (_m, [id], tx) => {
        await tables.own(row(id), tx);
        const found = tables.value(row(id), tx);
        return found ? [found] : [];
      },
    ],
    [
      /^UPDATE claim_expiry SET position = \?, expired = expired \+ \?/,
      'db.expiry.progress',
      async (_m, [position, moved, id], tx) => {
        await tables.own(row(id), tx);
        const expired = Number(tables.value(row(id), tx)?.['expired']) + Number(moved);
        await change(id, tx, { position, expired });
      },
    ],
    [
      /^SELECT expired FROM claim_expiry WHERE voucher_id = \?$/,
      'db.rare.expired',
      (_m, [id], tx) => {
        const found = tables.value(row(id), tx);
        return found ? [found] : [];
      },
    ],
    [
      /^UPDATE claim_expiry SET due_at = \?, position = '', expired = \?/,
      'db.expiry.finish',
      (_m, [due, expired, id], tx) => change(id, tx, { due_at: due, position: '', expired }),
    ],
    [
      /^UPDATE claim_expiry SET due_at = \?, position = '' WHERE voucher_id = \?$/,
      'db.rare.schedule',
      (_m, [due, id], tx) => change(id, tx, { due_at: due, position: '' }),
    ],
    [
      // The edit itself is the merchant's: only what it does to the claims is simulated.
      /^UPDATE vouchers SET redeem_until = \? WHERE id = \?$/,
      'db.rare.prolong',
      (_m, [until, id], tx) => tables.update('vouchers', String(id), tx, { redeemUntil: until }),
    ],
  ];
}

const isBehind = (claim: Row, sequence: number, id: string): boolean =>
  Number(claim['sequence']) > sequence ||
  (Number(claim['sequence']) === sequence && String(claim['id']) > id);

/** What cashiers do. */
export function redemptionStatements(tables: Tables): Statements {
  const claim = (id: unknown, tx: Transaction | undefined): Row | undefined =>
    tables.value(tables.cell('claims', String(id)), tx);
  return [
    [
      /^SELECT id, code, voucher_id, user_id, created_at, status, moved_at, .* AS now FROM claims WHERE code IN/,
      'db.redemptions.find',
      (_m, codes, tx) =>
        tables
          .view('claims', tx)
          .filter((row) => codes.includes(row['code']))
          .map((row) => ({ moved_at: null, ...row, now: Math.floor(tables.now()) })),
    ],
    // Nobody brought codes along.
    [
      /^SELECT folded, code, voucher_id FROM voucher_codes WHERE merchant_id = \?/,
      'db.rare.importedCodes',
      () => [],
    ],
    [
      /^INSERT INTO redemptions /,
      'db.redemptions.insert',
      async (match, values, tx) => {
        for (const row of tables.inserted(match.input, values))
          await tables.insert('redemptions', String(row['id']), row, tx);
      },
    ],
    [
      /FROM redemptions WHERE claim_id IN \([?,]+\) AND rolled_back_at IS NULL$/,
      'db.redemptions.holding',
      (_m, ids, tx) =>
        tables
          .view('redemptions', tx)
          .filter((row) => ids.includes(row['claim_id']) && row['rolled_back_at'] === null),
    ],
    [
      /FROM redemptions WHERE id = \? AND merchant_id = \?$/,
      'db.rare.redemption',
      (_m, [id, merchantId], tx) => {
        const found = tables.value(tables.cell('redemptions', String(id)), tx);
        return found && found['merchant_id'] === merchantId ? [found] : [];
      },
    ],
    [
      /^SELECT id, user_id, created_at FROM claims WHERE id IN/,
      'db.rare.holder',
      (_m, ids, tx) => ids.flatMap((id) => claim(id, tx) ?? []),
    ],
    [
      /^UPDATE redemptions SET rolled_back_at = \?/,
      'db.redemptions.rollBack',
      async (_m, [at, by, reason, id], tx) => {
        const cell = tables.cell('redemptions', String(id));
        await tables.own(cell, tx);
        if (tables.value(cell, tx)?.['rolled_back_at'] !== null) return { affected: 0 };
        await tables.update('redemptions', String(id), tx, {
          rolled_back_at: at,
          rolled_back_by: by,
          reason,
        });
        return { affected: 1 };
      },
    ],
  ];
}

/** Which claims are neither issued nor expired. */
export function statusIndexStatements(tables: Tables, together: () => boolean): Statements {
  // A mutation: each entry is a transaction of its own, a little later, if the process still lives.
  const later = (tx: Transaction | undefined, work: (own: Transaction | undefined) => Promise<void>) =>
    together()
      ? work(tx)
      : Promise.resolve(tx?.life.in(8, () => void work(undefined).catch(() => undefined)));
  return [
    [
      /^INSERT INTO claim_status_index /,
      'db.listed.insert',
      async (match, values, tx) => {
        for (const row of tables.inserted(match.input, values))
          await later(tx, (own) => tables.insert('claim_status_index', String(row['claim_id']), row, own));
      },
    ],
    [
      /^REPLACE INTO claim_status_index /,
      'db.listed.replace',
      async (match, values, tx) => {
        for (const row of tables.inserted(match.input, values)) {
          const id = String(row['claim_id']);
          await later(tx, async (own) => {
            await tables.remove('claim_status_index', id, own);
            await tables.insert('claim_status_index', id, row, own);
          });
        }
      },
    ],
    [
      /^DELETE FROM claim_status_index WHERE claim_id IN/,
      'db.listed.delete',
      async (_m, ids, tx) => {
        for (const id of ids) await later(tx, (own) => tables.remove('claim_status_index', String(id), own));
      },
    ],
  ];
}
