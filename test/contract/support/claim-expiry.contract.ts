import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import { ClaimExpiry, EXPIRY_BATCH } from '../../../src/claim/expiry/claim-expiry.js';
import { ClaimMoves } from '../../../src/claim/moves/claim-moves.js';
import { AuditLog, systemActor } from '../../../src/database/audit-log.js';
import type { Database } from '../../../src/database/database.js';
import { SystemClock } from '../../../src/common/clock.js';
import { newId } from '../../../src/common/ids.js';
import { scheduleExpiry } from '../../../src/voucher/expiry-schedule.js';
import { asking, claimIdAt, claimStatuses, insertClaims as insertRows } from '../../harness/claim-rows.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Whoever rests in a test rests for a moment; the work of a run goes by its own clock. */
class RestlessClock extends SystemClock {
  override monotonic(): number {
    return 0;
  }
}

/** What the job promises that stores the expiry of claims, on every database. The database is migrated and may hold anything. */
export function claimExpiryContract(database: () => Database): void {
  let db: Database;
  let voucherId: string;
  let claims = 0;
  const jobOf = (moves = new ClaimMoves(db, new AuditLog())): ClaimExpiry =>
    new ClaimExpiry(db, moves, new RestlessClock());

  beforeEach(async () => {
    db = database();
    voucherId = await voucher(Date.now() - 1_000);
  });
  afterEach(() => void jest.restoreAllMocks());

  async function voucher(redeemUntil: number | null): Promise<string> {
    const now = Date.now();
    const id = newId('vch', now);
    await db.write(async (tx) => {
      await tx.query(
        `INSERT INTO vouchers (id, merchant_id, title, status, total_stock, per_user_limit, opens_at, closes_at, redeem_until,
           time_zone, protection, version, created_at, updated_at)
         VALUES (?, 'mer_1', 'Tea', 'ended', 9999, 1, 1, 2, ?, 'UTC', '{}', 1, ?, ?)`,
        [id, redeemUntil, now, now],
      );
      await scheduleExpiry(tx, id, redeemUntil, now);
    });
    return id;
  }

  async function insertClaims(count: number, status = 'issued'): Promise<string[]> {
    const rows = Array.from({ length: count }, () => {
      claims += 1;
      const id = claimIdAt(voucherId, claims);
      return {
        id,
        voucher_id: voucherId,
        user_id: `usr_${claims}`,
        ordinal: 1,
        epoch: 1,
        sequence: claims,
        created_at: 5,
        status,
        code: `EXPIRY-${claims}`,
        issued_at: 10,
      };
    });
    await db.write((tx) => insertRows(tx, rows));
    return rows.map(({ id }) => id);
  }

  async function statuses(): Promise<Record<string, number>> {
    return claimStatuses(asking(db.read), voucherId);
  }

  async function numberOf(table: 'outbox' | 'audit_log', kind: string): Promise<number> {
    const [sum, column, object] =
      table === 'outbox' ? ['events', 'type', 'aggregate_id'] : ['objects', 'action', 'object_id'];
    const [row]: { n: number | string | null }[] = await db.read.query(
      `SELECT SUM(${sum}) AS n FROM ${table} WHERE ${object} = ? AND ${column} = ?`,
      [voucherId, kind],
    );
    return Number(row?.n ?? 0);
  }

  const row = async (): Promise<{ due_at: number | null; expired: number }> => {
    const [found]: { due_at: number | string | null; expired: number | string }[] = await db.read.query(
      'SELECT due_at, expired FROM claim_expiry WHERE voucher_id = ?',
      [voucherId],
    );
    if (!found) throw new Error('the voucher has no row');
    return {
      due_at: found.due_at === null ? null : Number(found.due_at),
      expired: Number(found.expired),
    };
  };

  const extend = (redeemUntil: number | null): Promise<void> =>
    db.write(async (tx) => {
      await tx.query('UPDATE vouchers SET redeem_until = ?, version = version + 1 WHERE id = ?', [
        redeemUntil,
        voucherId,
      ]);
      await scheduleExpiry(tx, voucherId, redeemUntil, Date.now());
    });

  it('stores as expired what is issued, and nothing else', async () => {
    await insertClaims(EXPIRY_BATCH + 20);
    await insertClaims(5, 'redeemed');
    await insertClaims(4, 'cancelled');
    await insertClaims(3, 'rejected');
    await jobOf().run();
    const expired = EXPIRY_BATCH + 20;
    expect(await statuses()).toEqual({ expired, redeemed: 5, cancelled: 4, rejected: 3 });
    expect(await numberOf('outbox', 'claim.expired')).toBe(expired);
    expect(await numberOf('audit_log', 'claim.expire')).toBe(expired);
    expect((await row()).expired).toBe(expired);
  });

  it('leaves alone what is not over yet, and what has no end', async () => {
    for (const until of [Date.now() + HOUR, null]) {
      voucherId = await voucher(until);
      await insertClaims(3);
      await jobOf().run();
      expect(await statuses()).toEqual({ issued: 3 });
    }
  });

  it('works in steps of a bounded size, whatever the number of claims', async () => {
    const steps: { claims: number; statements: number; rows: number }[] = [];
    const moves = new ClaimMoves(db, new AuditLog());
    const move = moves.move.bind(moves);
    jest.spyOn(moves, 'move').mockImplementation((tx, kind, requests, at) => {
      const last = steps.at(-1);
      if (last) last.claims += requests.length;
      return move(tx, kind, requests, at);
    });
    const write = db.write.bind(db);
    jest.spyOn(db, 'write').mockImplementation((work) =>
      write(async (tx: EntityManager) => {
        const step = { claims: 0, statements: 0, rows: 0 };
        steps.push(step);
        const runner = tx.queryRunner;
        if (!runner) throw new Error('no transaction');
        const query = runner.query.bind(runner);
        runner.query = (async (...args: Parameters<typeof query>) => {
          step.statements += 1;
          const result: unknown = await query(...args);
          if (Array.isArray(result)) step.rows = Math.max(step.rows, result.length);
          return result;
        }) as typeof runner.query;
        try {
          return await work(tx);
        } finally {
          runner.query = query;
        }
      }),
    );
    const read = jest.spyOn(db.read, 'query');
    await insertClaims(2 * EXPIRY_BATCH);
    await insertClaims(EXPIRY_BATCH + 1);
    steps.length = 0;
    await jobOf(moves).run();
    expect(await statuses()).toEqual({ expired: 3 * EXPIRY_BATCH + 1 });
    expect(steps.map((step) => step.claims)).toEqual([EXPIRY_BATCH, EXPIRY_BATCH, EXPIRY_BATCH, 1, 0]);
    for (const { statements, rows } of steps) {
      expect(statements).toBeLessThanOrEqual(9); // a transaction of few statements is a short one
      expect(rows).toBeLessThanOrEqual(EXPIRY_BATCH);
    }
    for (const result of read.mock.results)
      expect(((await result.value) as unknown[]).length).toBeLessThanOrEqual(EXPIRY_BATCH);
  });

  it('gives expired claims back when the merchant extends, and not those that were redeemed', async () => {
    const [first = ''] = await insertClaims(EXPIRY_BATCH + 3);
    await insertClaims(2, 'redeemed');
    await jobOf().run();
    await extend(Date.now() + HOUR);
    // The extension counts at once; whoever redeems needs not wait for the job.
    const by = systemActor('mer_1');
    await db.write((tx) =>
      new ClaimMoves(db, new AuditLog()).move(tx, 'redeem', [{ claimId: first, by }], Date.now()),
    );
    await jobOf().run();
    expect(await statuses()).toEqual({ issued: EXPIRY_BATCH + 2, redeemed: 3 });
    expect(await numberOf('outbox', 'claim.reinstated')).toBe(EXPIRY_BATCH + 2);
    const { due_at: dueAt, expired } = await row();
    expect(dueAt).toBeGreaterThan(Date.now());
    expect(expired).toBe(0);
    await extend(Date.now() - 1);
    await jobOf().run();
    expect(await statuses()).toEqual({ expired: EXPIRY_BATCH + 2, redeemed: 3 });
    await extend(null);
    await jobOf().run();
    expect(await statuses()).toEqual({ issued: EXPIRY_BATCH + 2, redeemed: 3 });
    expect((await row()).due_at).toBeNull();
  });

  it('lets an extension through that comes between its reading and its writing', async () => {
    await insertClaims(10);
    const write = db.write.bind(db);
    let extended = false;
    const spy = jest.spyOn(db, 'write').mockImplementation(async (work) => {
      if (!extended) {
        extended = true;
        spy.mockRestore();
        await extend(Date.now() + HOUR);
      }
      return write(work);
    });
    await jobOf().run();
    expect(extended).toBe(true);
    expect(await statuses()).toEqual({ issued: 10 });
    expect(await numberOf('outbox', 'claim.expired')).toBe(0);
  });

  it('moves each claim once where two run at the same time', async () => {
    await insertClaims(2 * EXPIRY_BATCH + 50);
    await Promise.all([jobOf().run(), jobOf().run(), jobOf().run()]);
    await jobOf().run();
    const expired = 2 * EXPIRY_BATCH + 50;
    expect(await statuses()).toEqual({ expired });
    expect(await numberOf('outbox', 'claim.expired')).toBe(expired);
    expect(await row()).toMatchObject({ expired });
  });

  it('goes on where another died', async () => {
    await insertClaims(2 * EXPIRY_BATCH + 50);
    const moves = new ClaimMoves(db, new AuditLog());
    const move = moves.move.bind(moves);
    let calls = 0;
    jest.spyOn(moves, 'move').mockImplementation(async (...args) => {
      const outcomes = await move(...args);
      if (++calls === 2) throw new Error('killed');
      return outcomes;
    });
    await expect(jobOf(moves).run()).rejects.toThrow('killed');
    expect(await statuses()).toEqual({ issued: EXPIRY_BATCH + 50, expired: EXPIRY_BATCH });
    await jobOf().run();
    expect(await statuses()).toEqual({ expired: 2 * EXPIRY_BATCH + 50 });
    expect(await numberOf('outbox', 'claim.expired')).toBe(2 * EXPIRY_BATCH + 50);
  });

  it('finds claims that are issued after their time: by a second pass a day later, and when it is told', async () => {
    await insertClaims(2);
    await jobOf().run();
    const { due_at: dueAt } = await row();
    expect(dueAt).toBeGreaterThan(Date.now() + DAY - HOUR);
    await insertClaims(3);
    await jobOf().run();
    expect(await statuses()).toEqual({ expired: 2, issued: 3 });
    await db.write((tx) => jobOf().again(tx, voucherId));
    await jobOf().run();
    expect(await statuses()).toEqual({ expired: 5 });

    await insertClaims(1);
    const yesterday = Date.now() - DAY - 1_000;
    await db.write(async (tx) => {
      await tx.query('UPDATE vouchers SET redeem_until = ? WHERE id = ?', [yesterday, voucherId]);
      await tx.query('UPDATE claim_expiry SET due_at = ? WHERE voucher_id = ?', [yesterday + DAY, voucherId]);
    });
    await jobOf().run();
    expect(await statuses()).toEqual({ expired: 6 });
    expect((await row()).due_at).toBeNull();
  });

  it('is not told of a voucher whose time is not over', async () => {
    voucherId = await voucher(Date.now() + HOUR);
    const before = await row();
    await db.write((tx) => jobOf().again(tx, voucherId));
    expect(await row()).toEqual(before);
  });

  describe('in a race with cashiers', () => {
    it('lets each claim end once', async () => {
      const ids = await insertClaims(200);
      const moves = new ClaimMoves(db, new AuditLog());
      const by = systemActor('mer_1');
      const redeemed = ids.filter((_id, n) => n % 2 === 0);
      const [outcomes] = await Promise.all([
        Promise.all(
          redeemed.map((claimId) =>
            db.write((tx) => moves.move(tx, 'cancel', [{ claimId, by }], Date.now())),
          ),
        ),
        jobOf().run(),
      ]);
      const cancelled = outcomes.flat().filter(({ kind }) => kind === 'moved').length;
      const counted = await statuses();
      expect(counted['cancelled'] ?? 0).toBe(cancelled);
      expect(counted['expired'] ?? 0).toBe(ids.length - cancelled);
      expect(await numberOf('outbox', 'claim.expired')).toBe(ids.length - cancelled);
    });
  });
}
