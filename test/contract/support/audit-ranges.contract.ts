import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { allHold, Auditor, EQUATION, type Equation } from '../../../src/audit/auditor.js';
import { AUDITS_FOR_ALL, ProvedRanges, RANGE } from '../../../src/audit/proved-ranges.js';
import type { GateKeeper } from '../../../src/claim/epoch/gate-keeper.js';
import type { BackgroundPace } from '../../../src/claim/issue/background-pace.js';
import type { StockGate } from '../../../src/claim/gate/stock-gate.js';
import { ClaimMoves } from '../../../src/claim/moves/claim-moves.js';
import type { ClaimMove } from '../../../src/claim/domain/claim-move.js';
import { SystemClock } from '../../../src/common/clock.js';
import { ClaimIds, newId } from '../../../src/common/ids.js';
import { Problem } from '../../../src/common/problems.js';
import { AuditLog, systemActor } from '../../../src/database/audit-log.js';
import type { Database } from '../../../src/database/database.js';
import { idlePace } from '../../support/idle-load.js';
import {
  asking,
  changeClaim,
  claimIdAt,
  claimRows,
  deleteClaim,
  insertClaims,
  type StoredClaim,
} from '../../harness/claim-rows.js';

const LIMIT = 2;
const HOUR = 3_600_000;

export interface RangesSubject {
  readonly database: Database;
  /** Rows that `work` looked at; nothing where the server does not tell. */
  readonly looked: (work: () => Promise<unknown>) => Promise<number | undefined>;
}

/**
 * What an audit may take from the one before. The database is migrated and may hold anything.
 * @param claims half a range more than whole ones
 */
export function auditRangesContract(claims: number, subject: () => RangesSubject): void {
  /** In the first range, in one in the middle, and in the last one, which is never proved. */
  const [FIRST, MIDDLE, LAST] = [5, claims / 2 + 5, claims - 5];
  let db: Database;
  let voucherId: string;
  let auditor: Auditor;
  let whole: number | undefined;
  const auditorAt = (pace: Pick<BackgroundPace, 'run'>): Auditor => {
    const keeper = { isOpen: false, epochOf: () => 1 } as unknown as GateKeeper;
    const gate = undefined as unknown as StockGate;
    const ids = new ClaimIds('secret-of-the-test');
    return new Auditor(db, gate, keeper, ids, new ProvedRanges(db), pace as BackgroundPace);
  };
  const audit = (how = {}): Promise<Equation[]> => auditor.audit(voucherId, how);
  const broken = (equations: readonly Equation[]): string[] =>
    equations.filter(({ holds }) => !holds).map(({ name }) => name);
  const change = (sql: string, ...values: unknown[]): Promise<unknown> =>
    db.write((tx) => tx.query(sql, values));
  const kept = async (): Promise<number[]> => {
    const rows: { no: number }[] = await db.read.query(
      'SELECT range_no AS no FROM audit_ranges WHERE voucher_id = ? ORDER BY range_no',
      [voucherId],
    );
    return rows.map(({ no }) => no);
  };
  /** After how many audits that take from the ones before it is found. */
  async function audits(): Promise<number> {
    for (let n = 1; n <= AUDITS_FOR_ALL; n++) if (!allHold(await audit())) return n;
    throw new Error(`${AUDITS_FOR_ALL} audits have not found it`);
  }
  async function rowAt(sequence: number): Promise<StoredClaim> {
    const rows = await claimRows(asking(db.read), { voucherId, sequences: [sequence] });
    if (!rows[0]) throw new Error(`there is no claim ${sequence}`);
    return rows[0];
  }
  async function setStatus(sequence: number, status: string): Promise<void> {
    const { id } = await rowAt(sequence);
    await db.write((tx) => changeClaim(asking(tx), id, { status }));
  }

  beforeAll(async () => {
    db = subject().database;
    voucherId = newId('vch', Date.now());
    await insertVoucher(db, voucherId, claims);
    auditor = auditorAt(idlePace(new SystemClock()));
    whole = await subject().looked(async () => expect(broken(await audit())).toEqual([]));
  });
  beforeEach(async () => expect(broken(await audit())).toEqual([]));

  it('keeps every range but the last one, and reads few claims the next time', async () => {
    expect(await kept()).toEqual(Array.from({ length: Math.floor(claims / RANGE) }, (_none, no) => no));
    const looked = await subject().looked(async () => expect(broken(await audit())).toEqual([]));
    if (looked !== undefined && whole !== undefined) expect(looked).toBeLessThan(whole / 8);
  });

  it('gives way to claims between its pieces; where nobody else can write meanwhile, before it begins', async () => {
    let pieces = 0;
    const counting = auditorAt({
      run: async (what, piece, how) => {
        expect(what).toBe('audit');
        pieces += 1;
        // A claim that is issued while the audit waits for its turn.
        await change('UPDATE voucher_stock SET returns = returns WHERE voucher_id = ?', voucherId);
        expect(how?.keepAlive === undefined).toBe(db.dialect === 'sqlite');
        await how?.keepAlive?.();
        how?.onWait?.(600);
        return piece();
      },
    });
    expect(broken(await counting.audit(voucherId, { whole: true }))).toEqual([]);
    if (db.dialect === 'sqlite') expect(pieces).toBe(1);
    else expect(pieces).toBeGreaterThanOrEqual(2);
    const impatient = counting.audit(voucherId, { whole: true, waitMaxMs: 500 });
    if (db.dialect === 'sqlite') expect(broken(await impatient)).toEqual([]);
    else await expect(impatient).rejects.toThrow(Problem);
    pieces = 0;
    expect(broken(await counting.audit(voucherId, { whole: true, atOnce: true }))).toEqual([]);
    expect(pieces).toBe(0);
  });

  it('finds at once what is wrong where nothing is proved yet', async () => {
    await setStatus(LAST, 'cancelled');
    expect(broken(await audit())).toContain(EQUATION.rows);
    await setStatus(LAST, 'issued');
  });

  it.each([FIRST, MIDDLE])('finds a row that was changed in a proved range, number %d', async (sequence) => {
    await setStatus(sequence, 'cancelled');
    expect(await audits()).toBeLessThanOrEqual(AUDITS_FOR_ALL);
    const asFound = broken(await audit({ whole: true }));
    expect(asFound).toEqual(expect.arrayContaining([EQUATION.rows, EQUATION.listed]));
    // It is not proved again as long as it is wrong, and found by each audit that reads it.
    await setStatus(sequence, 'issued');
  });

  it('a whole audit finds at once that a row is gone, and says what all rows say', async () => {
    const row = await rowAt(MIDDLE);
    await db.write((tx) => deleteClaim(asking(tx), row.id));
    const equations = await audit({ whole: true });
    expect(broken(equations).sort()).toEqual([EQUATION.rows, EQUATION.events].sort());
    expect(equations.find(({ name }) => name === EQUATION.rows)).toMatchObject({
      left: claims,
      right: claims - 1,
    });
    await db.write((tx) => insertClaims(tx, [row]));
  });

  it('counts what was moved in proved ranges, without reading them again', async () => {
    const moves = new ClaimMoves(db, new AuditLog());
    const by = systemActor('mer_1');
    const move = async (kind: ClaimMove, ...sequences: number[]): Promise<void> => {
      const rows = await claimRows(asking(db.read), { voucherId, sequences });
      await db.write((tx) =>
        moves.move(
          tx,
          kind,
          rows.map(({ id }) => ({ claimId: id, by })),
          Date.now(),
        ),
      );
    };
    await move('redeem', FIRST + 1, MIDDLE + 1, LAST - 1);
    await move('roll_back', MIDDLE + 1);
    await move('cancel', FIRST + 2, MIDDLE + 2);
    // The units have not come back yet: it is seen at once.
    expect(broken(await audit())).toContain(EQUATION.rows);
    await change('UPDATE voucher_stock SET issued = issued - 2 WHERE voucher_id = ?', voucherId);
    await change(
      `INSERT INTO unit_returns (voucher_id, number, cause, units, claims_count, claims, state, created_at)
       VALUES (?, 1, 'cancelled', 2, 2, '[]', 'applied', 1)`,
      voucherId,
    );
    expect(broken(await audit({ whole: true }))).toEqual([]);
    const looked = await subject().looked(async () => expect(broken(await audit())).toEqual([]));
    if (looked !== undefined && whole !== undefined) expect(looked).toBeLessThan(whole / 8);
    for (let n = 0; n < AUDITS_FOR_ALL; n++) expect(broken(await audit())).toEqual([]);

    await change(
      `DELETE FROM claim_status_index WHERE voucher_id = ? AND sequence = ?`,
      voucherId,
      MIDDLE + 2,
    );
    expect(broken(await audit())).toEqual([EQUATION.listed]);
    const row = await rowAt(MIDDLE + 2);
    await change(
      `INSERT INTO claim_status_index (claim_id, voucher_id, user_id, status, sequence, created_at) VALUES (?,?,?,?,?,?)`,
      row.id,
      voucherId,
      row.user_id,
      row.status,
      row.sequence,
      row.created_at,
    );
  });

  it('counts a claim that becomes a row late, of an epoch that is over', async () => {
    await insertClaim(db, voucherId, { sequence: MIDDLE, user: 'usr_late', ordinal: 1 });
    await change('UPDATE voucher_stock SET issued = issued + 1 WHERE voucher_id = ?', voucherId);
    await change('UPDATE outbox SET events = events + 1 WHERE aggregate_id = ?', voucherId);
    expect(broken(await audit())).toEqual([]);
    const looked = await subject().looked(async () => expect(broken(await audit())).toEqual([]));
    if (looked !== undefined && whole !== undefined) expect(looked).toBeLessThan(whole / 8);
  });

  describe('users above the limit', () => {
    it('are found by their newest claim, whatever ranges the others are in', async () => {
      await insertClaim(db, voucherId, { sequence: claims + 1, user: '10000004', ordinal: 9 });
      expect(broken(await audit())).toContain('users above the limit = 0');
      const { id } = await rowAt(claims + 1);
      await db.write((tx) => deleteClaim(asking(tx), id));
    });

    it('are looked for among all when the limit was lowered', async () => {
      await change('UPDATE vouchers SET per_user_limit = 1 WHERE id = ?', voucherId);
      expect(broken(await audit())).toEqual(['users above the limit = 0']);
      await change('UPDATE vouchers SET per_user_limit = ? WHERE id = ?', LIMIT, voucherId);
    });
  });
}

async function insertVoucher(db: Database, id: string, claims: number): Promise<void> {
  await db.write(async (tx) => {
    await tx.query(
      `INSERT INTO vouchers (id, merchant_id, title, status, total_stock, per_user_limit, opens_at, closes_at, redeem_until,
         time_zone, protection, version, created_at, updated_at)
       VALUES (?, 'mer_1', 'Tea', 'ended', 999999, ?, 1, 2, 3, 'UTC', '{}', 1, 1, 1)`,
      [id, LIMIT],
    );
    await tx.query('INSERT INTO voucher_stock (voucher_id, total, issued) VALUES (?, 999999, ?)', [
      id,
      claims,
    ]);
    await tx.query(
      `INSERT INTO stock_ledger (voucher_id, number, delta, reason, state, created_at) VALUES (?, 0, 999999, 'initial', 'applied', 1)`,
      [id],
    );
    await tx.query(
      `INSERT INTO outbox (id, type, aggregate_id, payload, status, created_at, events) VALUES (?, 'claim.issued', ?, '', 1, 1, ?)`,
      [newId('evt', Date.now()), id, claims],
    );
    // Two claims of each user, side by side.
    await insertClaims(
      tx,
      Array.from({ length: claims }, (_none, index) => {
        const n = index + 1;
        const at = Date.now() - HOUR;
        return {
          id: claimIdAt(id, n, (n % LIMIT) + 1),
          voucher_id: id,
          user_id: String(10_000_000 + (n - (n % LIMIT))),
          ordinal: (n % LIMIT) + 1,
          epoch: 1,
          sequence: n,
          created_at: at,
          status: 'issued',
          issued_at: at,
        };
      }),
    );
  });
}

async function insertClaim(
  db: Database,
  voucherId: string,
  { sequence, user, ordinal }: { readonly sequence: number; readonly user: string; readonly ordinal: number },
): Promise<void> {
  const at = Date.now() - HOUR;
  await db.write((tx) =>
    insertClaims(tx, [
      {
        id: claimIdAt(voucherId, 1_000_000 + sequence, ordinal),
        voucher_id: voucherId,
        user_id: user,
        ordinal,
        epoch: 2,
        sequence,
        created_at: at,
        status: 'issued',
        issued_at: at,
      },
    ]),
  );
}
