import { beforeAll, describe, expect, it } from '@jest/globals';
import { AdminAccounts, FOUND_MAX } from '../../../src/admin/accounts.service.js';
import { AuditJobs } from '../../../src/audit/audit-jobs.js';
import { AuditLogStore, type EntryFilter } from '../../../src/audit-log/audit-log.store.js';
import { Customers } from '../../../src/auth/customers.js';
import { BulkCancellations } from '../../../src/claim/returns/bulk-cancellations.js';
import { WaitingStore } from '../../../src/claim/ledger/waiting-store.js';
import type { Clock } from '../../../src/common/clock.js';
import type { Database } from '../../../src/database/database.js';
import { Blocks } from '../../../src/rate-limit/block-list/blocks.js';
import { StoredBlockList } from '../../../src/rate-limit/block-list/stored-block-list.js';
import { RehearsalStore } from '../../../src/rehearsal/rehearsal.store.js';
import { effectiveStatus, VOUCHER_STATUSES } from '../../../src/voucher/domain/lifecycle.js';
import type { Voucher } from '../../../src/voucher/voucher.entity.js';
import { VoucherRepository } from '../../../src/voucher/voucher.repository.js';
import { seed, T0, type Row } from './keysets.contract.js';

const LIMIT = 20;
const PAGES = 3;
const ROWS = 4_000;
/** Before any window of the rows of the keysets begins or ends. */
const NOW = T0 - 1;
const HOUR = 3_600_000;
/** Vouchers of each stored status and of windows that are before, open and over; a third of them wait for the job. */
const MIXED = 60;
const clock = { now: () => NOW } as Clock;
const none = undefined as never;
const inLongList = (n: number): boolean => n % 5 < 3;

const SEEDS: Readonly<Record<string, (n: number) => Row>> = {
  merchants: (n) => ({
    id: `mer_${String(n).padStart(6, '0')}`,
    name: n % 800 === 3 ? `Rare ${n}` : `Merchant ${n}`,
    time_zone: 'UTC',
    created_at: T0,
  }),
  waiting_lists: (n) => ({ voucher_id: `vch_${n}`, version: 1, last_number: 1, waiting: 1 }),
  cancellations: (n) => ({
    id: `ccl_${String(n).padStart(6, '0')}`,
    voucher_id: inLongList(n) ? 'vch_long' : `vch_${n % 77}`,
    merchant_id: 'mer_1',
    by_user: 'usr_1',
    reason: 'test',
    selection: '{}',
    state: 'done',
    total: 1,
    created_at: T0 + n,
  }),
  audit_jobs: (n) => ({
    id: `adt_${String(n).padStart(6, '0')}`,
    voucher_id: inLongList(n) ? 'vch_long' : `vch_${n % 77}`,
    whole: 0,
    state: 'done',
    created_at: T0 + n,
  }),
  rehearsals: (n) => ({
    id: `rhs_${String(n).padStart(6, '0')}`,
    voucher_id: inLongList(n) ? 'vch_long' : `vch_${n % 77}`,
    merchant_id: 'mer_1',
    by_user: 'usr_1',
    request: '{}',
    state: 'done',
    shadow_id: `vch_shadow${n}`,
    created_at: T0 + n,
  }),
  // Two of each: `A person`, and of some `A rarity`.
  user_name_words: (n) => ({
    word: n % 2 === 0 ? 'a' : n % 800 === 1 ? 'rarity' : 'person',
    user_id: `usr_${String(n >> 1).padStart(6, '0')}`,
  }),
  // One of a hundred is in force, and one of four hundred of a user.
  blocks: (n) => ({
    id: `blk_${String((n * 7_919) % ROWS).padStart(6, '0')}`,
    kind: n % 400 === 0 ? 'user' : 'address',
    subject: n % 400 === 0 ? `usr_${n}` : `10.${n >> 8}.${n & 255}.1`,
    reason: 'test',
    source: 'admin',
    created_at: T0 - HOUR,
    ends_at: n % 100 === 0 ? null : NOW - 1,
    change_number: 1_000_000 + n,
  }),
};

export interface ListSubject {
  readonly database: Database;
  readonly analyze: (table: string) => Promise<void>;
  /** Rows and index entries that `work` looked at; nothing where the server does not tell. */
  readonly looked: (work: () => Promise<unknown>) => Promise<number | undefined>;
}

/**
 * Lists and searches that are more than a page of one keyset: filters, several lists in one. They read the rows of `keysetContract`,
 * which stand in the same database, and some more.
 */
export function listContract(subject: () => ListSubject): void {
  let db: Database;

  beforeAll(async () => {
    db = subject().database;
    for (const [table, row] of Object.entries(SEEDS)) await seed(subject(), table, row, ROWS);
  });

  /** @returns what was found, which was not dear. @param more rows that may be looked at besides */
  async function cheap(what: unknown, read: () => Promise<readonly string[]>, more = 0): Promise<string[]> {
    let found: readonly string[] = [];
    const looked = await subject().looked(async () => {
      found = await read();
    });
    if ((looked ?? 0) > 10 * (found.length + 1) + more)
      throw new Error(`${JSON.stringify(what)}: ${looked} rows were read for ${found.length}`);
    return [...found];
  }

  describe('vouchers', () => {
    const merchants = [undefined, 'mer_long', 'mer_7', 'mer_mixed'];
    const asked = merchants.flatMap((merchantId) =>
      [undefined, ...VOUCHER_STATUSES].map((status) => ({ merchantId, status })),
    );
    const PUBLIC = ['scheduled', 'live', 'paused', 'ended'];
    let all: Pick<Voucher, 'id' | 'merchantId' | 'status' | 'opensAt' | 'closesAt' | 'takenDownAt'>[];

    beforeAll(async () => {
      const mixed = (n: number): Row => ({
        id: `vch_${String(7 * n).padStart(6, '0')}m`,
        merchant_id: 'mer_mixed',
        title: 'A voucher',
        description: '',
        status: VOUCHER_STATUSES[n % 6] ?? '',
        total_stock: 10,
        per_user_limit: 1,
        time_zone: 'UTC',
        protection: '{}',
        opens_at: n % 4 === 0 ? NOW + HOUR : NOW - HOUR,
        closes_at: n % 9 < 3 ? NOW : NOW + 2 * HOUR,
        taken_down_at: n % 13 === 0 ? NOW : null,
        version: 1,
        created_at: T0,
        updated_at: T0,
      });
      await db.write(async (tx) => {
        for (let n = 0; n < MIXED; n++) {
          const row = mixed(n);
          await tx.query(
            `INSERT INTO vouchers (${Object.keys(row).join(', ')}) VALUES (${Object.keys(row)
              .map(() => '?')
              .join(', ')})`,
            Object.values(row),
          );
        }
      });
      // The newest thousands of a status, in front of every page that begins at the newest.
      await db.write((tx) =>
        tx.query(`UPDATE vouchers SET taken_down_at = ? WHERE status = 'live' AND id > 'vch_010'`, [NOW]),
      );
      const rows: Record<string, string | number | null>[] = await db.read.query(
        'SELECT id, merchant_id, status, opens_at, closes_at, taken_down_at FROM vouchers ORDER BY id DESC',
      );
      all = rows.map((row) => ({
        id: String(row['id']),
        merchantId: String(row['merchant_id']),
        status: String(row['status']) as Voucher['status'],
        opensAt: Number(row['opens_at']),
        closesAt: Number(row['closes_at']),
        takenDownAt: row['taken_down_at'] === null ? null : Number(row['taken_down_at']),
      }));
    });

    it.each(asked)('of $merchantId that are $status', async ({ merchantId, status }) => {
      const store = new VoucherRepository(db, none, clock);
      const filter = { ...(merchantId === undefined ? {} : { merchantId }), status };
      const isMeant = (voucher: (typeof all)[number]): boolean =>
        merchantId === undefined
          ? PUBLIC.includes(voucher.status) && voucher.takenDownAt === null
          : voucher.merchantId === merchantId;
      const expected = all
        .filter(isMeant)
        .filter((voucher) => status === undefined || effectiveStatus(voucher, NOW) === status)
        .map(({ id }) => id);
      // What shoppers are never shown cannot be asked for by them.
      const isShown = merchantId !== undefined || status === undefined || PUBLIC.includes(status);
      if (!isShown) return;
      const read = async (page: { starting_after?: string; ending_before?: string }): Promise<string[]> =>
        cheap(
          { ...filter, ...page },
          async () => (await store.page(filter, { limit: LIMIT, ...page })).rows.map(({ id }) => id),
          3 * MIXED,
        );
      const first = await read({});
      expect(first).toEqual(expected.slice(0, LIMIT));
      if (expected.length <= LIMIT) return;
      const middle = Math.floor(expected.length / 2);
      const cursor = expected[middle] ?? '';
      expect(await read({ starting_after: cursor })).toEqual(expected.slice(middle + 1, middle + 1 + LIMIT));
      const from = Math.max(0, middle - LIMIT);
      expect(await read({ ending_before: cursor })).toEqual(expected.slice(from, middle));
    });
  });

  it.each<EntryFilter>([
    { actor: 'usr_long', action: 'voucher.7' },
    { actor: 'usr_7', action: 'voucher.edited' },
    { merchantId: 'mer_7', actor: 'usr_long' },
    { merchantId: 'mer_long', actor: 'usr_7' },
    { merchantId: 'mer_long', action: 'voucher.7' },
    { merchantId: 'mer_long', actor: 'usr_long', action: 'voucher.7' },
    { merchantId: 'mer_7', actor: 'usr_7', action: 'voucher.7', object: 'vch_7' },
    { object: 'vch_7' },
    { object: 'vch_long', action: 'voucher.8' },
    { merchantId: 'mer_long', object: 'vch_long', action: 'voucher.8' },
    { merchantId: 'mer_8', actor: 'usr_long', action: 'voucher.edited' },
    { merchantId: 'mer_long', actor: 'usr_long', action: 'voucher.8' },
    {},
  ])('of the audit log by %j', async (filter) => {
    const store = new AuditLogStore(db);
    let after: string | undefined;
    for (let page = 0; page < PAGES; page++) {
      const ids = await cheap(filter, async () =>
        (await store.page(filter, { limit: LIMIT, after })).map(({ id }) => id),
      );
      after = ids.at(-1);
      if (after === undefined) return;
    }
  });

  it('merchants by how their name begins, however it is written', async () => {
    const accounts = new AdminAccounts(
      db,
      new Customers(db),
      none,
      noneDisabled,
      none,
      none,
      none,
      none,
      clock,
    );
    const rare = await cheap('rare', async () =>
      (await accounts.merchants('rArE')).map(({ account }) => account.id),
    );
    expect(rare).toHaveLength(ROWS / 800);
    // Whoever types less finds no more than fit on the page.
    const many = await cheap('mer', async () =>
      (await accounts.merchants('Merchant 1')).map(({ account }) => account.id),
    );
    expect(many).toHaveLength(FOUND_MAX + 1);
  });

  it('people by how words of their name begin', async () => {
    const search = async (text: string): Promise<readonly string[]> => {
      const found = await new Customers(db).search(text, 'live');
      return found.kind === 'found' ? found.ids : Array.from({ length: 501 }, String);
    };
    expect(await cheap('a pers', () => search('a pers'))).toHaveLength(501);
    expect(await cheap('Nobody', () => search('Nobody'))).toHaveLength(0);
    expect(await cheap('RAR', () => search('RAR'))).toHaveLength(ROWS / 800);
    expect(await cheap('rar a', () => search('rar a'))).toHaveLength(ROWS / 800);
  });

  it('the places of a user, however many lists are open', async () => {
    const store = new WaitingStore(db);
    const of = (userId: string) => async (): Promise<string[]> =>
      (await store.openOf(userId, 100)).map(({ voucherId }) => voucherId);
    const [place] = await db.read.query<{ user_id: string; voucher_id: string }[]>(
      `SELECT user_id, voucher_id FROM waiting_entries WHERE voucher_id = 'vch_8' AND state = 'waiting' LIMIT 1`,
    );
    expect(await cheap('places', of(place?.user_id ?? ''))).toEqual(['vch_8']);
    expect(await cheap('no place', of('usr_nobody'))).toEqual([]);
  });

  it('jobs of a voucher', async () => {
    const ids = (rows: readonly { readonly id: string }[]): string[] => rows.map(({ id }) => id);
    const cancellations = new BulkCancellations(db, none, none, none, none, clock, none);
    const audits = new AuditJobs(db, none, clock);
    const rehearsals = new RehearsalStore(db, none, clock, none);
    for (const voucher of ['vch_long', 'vch_8', 'vch_none']) {
      await cheap('cancellations', async () => ids(await cancellations.latest(voucher, LIMIT)));
      await cheap('audits', async () => ids(await audits.latest(voucher)));
      await cheap('rehearsals', async () => ids(await rehearsals.latest(voucher)));
    }
  });

  it('blocks in force, of both kinds or one', async () => {
    const metrics = { blocksHeld: { set: () => undefined } } as never;
    const held = new StoredBlockList(none, db, clock, metrics, { subscribe: () => undefined } as never);
    await held.refresh();
    const blocks = new Blocks(none, db, held, none, clock, metrics, none);
    for (const kind of [undefined, 'user', 'address'] as const) {
      const expected: { id: string }[] = await db.read.query(
        `SELECT id FROM blocks WHERE ends_at IS NULL AND kind IN (?, ?) ORDER BY id DESC`,
        kind === undefined ? ['user', 'address'] : [kind, kind],
      );
      const ids: string[] = [];
      for (let more = true; more;) {
        const after = ids.at(-1);
        const page = await cheap({ blocks: kind, after }, async () => {
          const found = await blocks.page({ kind, limit: 7, ...(after ? { starting_after: after } : {}) });
          more = found.hasMore;
          return found.blocks.map(({ id }) => id);
        });
        ids.push(...page);
      }
      expect(ids).toEqual(expected.map(({ id }) => id));
      const back = await blocks.page({ kind, limit: 3, ending_before: ids[5] ?? '' });
      expect(back.blocks.map(({ id }) => id)).toEqual(ids.slice(2, 5));
    }
  });
}

const noneDisabled = { of: async () => new Map() } as never;
