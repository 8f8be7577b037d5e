import { beforeEach, describe, expect, it } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import { Auditor, type Equation } from '../../../src/audit/auditor.js';
import { AuditFindings } from '../../../src/audit/audit-findings.js';
import { ProvedRanges } from '../../../src/audit/proved-ranges.js';
import type { StockGate } from '../../../src/claim/gate/stock-gate.js';
import type { GateKeeper } from '../../../src/claim/epoch/gate-keeper.js';
import type { ClaimRecord } from '../../../src/claim/domain/claim-record.js';
import type { ClaimStatus } from '../../../src/claim/domain/claim-move.js';
import { ClaimCodes } from '../../../src/claim/ledger/claim-codes.js';
import { ClaimHolds } from '../../../src/claim/ledger/claim-holds.js';
import { ConsumedPositions } from '../../../src/claim/ledger/consumed-positions.js';
import { DeadLetters } from '../../../src/claim/ledger/dead-letters.js';
import { GateEpochs } from '../../../src/claim/ledger/gate-epochs.js';
import { Ledger } from '../../../src/claim/ledger/ledger.js';
import { ClaimMoves } from '../../../src/claim/moves/claim-moves.js';
import { ClaimLists } from '../../../src/claim/read/claim-lists.js';
import { ClaimLookup } from '../../../src/claim/read/claim-lookup.js';
import { ClaimArchiver } from '../../../src/claim/recovery/claim-archiver.js';
import { rebuildStatusIndex } from '../../../src/claim/ledger/status-index.js';
import { ClaimIds, newId } from '../../../src/common/ids.js';
import { AuditLog, systemActor } from '../../../src/database/audit-log.js';
import { placeholders, type Database } from '../../../src/database/database.js';
import { Metrics } from '../../../src/observability/metrics.js';
import { RedemptionStore } from '../../../src/redemption/redemption.store.js';
import { ClaimExport } from '../../../src/reporting/claim-export.js';
import { ClaimSearch } from '../../../src/reporting/claim-search.js';
import { IssueHistories } from '../../../src/reporting/issue-history.js';
import { idlePace } from '../../support/idle-load.js';
import { ManualClock } from '../../support/manual-clock.js';

const DAY_MS = 86_400_000;
const DAYS = 40;
/** Two batches, and a part of one. */
const CLAIMS = 1_103;
const STATUSES = ['expired', 'redeemed', 'cancelled', 'released', 'rejected'] as const;

interface Row {
  readonly record: ClaimRecord;
  readonly status: ClaimStatus;
}

/** A claim that is moved to the archive is the same claim to whoever asks. The database is migrated and may hold anything. */
export function claimArchiveContract(database: () => Database): void {
  const ids = new ClaimIds('a secret of the tests, 32 characters or more');
  const keeper = { isOpen: false, epochOf: () => 1 } as unknown as GateKeeper;
  let db: Database;
  let clock: ManualClock;
  let voucherId: string;
  let rows: readonly Row[];

  beforeEach(async () => {
    db = database();
    clock = new ManualClock();
    voucherId = newId('vch', clock.now() - 100 * DAY_MS);
    rows = Array.from({ length: CLAIMS }, (_none, n) => claim(voucherId, n + 1));
    await insertVoucher(db, voucherId, clock.now(), rows);
  });

  const claim = (of: string, sequence: number): Row => {
    // One user in ten has two of them.
    const [userId, ordinal] = sequence % 10 === 0 ? [`usr_${sequence - 1}`, 2] : [`usr_${sequence}`, 1];
    const record: ClaimRecord = {
      v: 1,
      id: ids.id(of, userId, ordinal),
      voucher_id: of,
      user_id: userId,
      ordinal,
      epoch: 1,
      sequence,
      at: clock.now() - 90 * DAY_MS + sequence,
    };
    return { record, status: STATUSES[sequence % STATUSES.length] ?? 'expired' };
  };

  const archiver = (through = db, days = DAYS): ClaimArchiver =>
    new ClaimArchiver(through, clock, new Metrics(), { RETENTION_ARCHIVED_CLAIMS_DAYS: days });
  const auditor = (): Auditor =>
    new Auditor(db, undefined as unknown as StockGate, keeper, ids, new ProvedRanges(db), idlePace(clock));
  const broken = (equations: readonly Equation[]): string[] =>
    equations.filter(({ holds }) => !holds).map(({ name, left, right }) => `${name}: ${left}, ${right}`);
  const count = async (table: string): Promise<number> => {
    const sql = `SELECT COUNT(*) AS n FROM ${table} WHERE voucher_id = ?`;
    return Number((await db.read.query(sql, [voucherId]))[0].n);
  };
  const where = async (): Promise<number[]> => [await count('claims'), await count('claims_archive')];
  const change = (sql: string, ...values: unknown[]): Promise<unknown> =>
    db.write((tx) => tx.query(sql, values));
  const newLedger = (): Ledger => {
    const positions = new ConsumedPositions(db, newId('vch', clock.now()));
    const codes = new ClaimCodes(db, ids);
    return new Ledger(db, new GateEpochs(db, clock), codes, clock, positions, new ClaimHolds(db));
  };

  /** What the readers say: the same, wherever the claims are. */
  async function answers(): Promise<unknown> {
    const lists = new ClaimLists(db, clock);
    const search = new ClaimSearch(db, undefined as never);
    const store = new RedemptionStore(db);
    const pages: unknown[] = [];
    for (const status of [undefined, 'issued', ...STATUSES]) {
      const ofVoucher = await lists.ofVoucher(voucherId, { limit: 100, status });
      const last = ofVoucher.data.at(-1)?.id;
      const next = last && (await lists.ofVoucher(voucherId, { limit: 50, status, starting_after: last }));
      const back = last && (await lists.ofVoucher(voucherId, { limit: 50, status, ending_before: last }));
      pages.push(ofVoucher, next, back, await lists.ofUser('usr_9', { limit: 5, status }, []));
    }
    const customers = { describe: async () => new Map() };
    const consents = { given: async () => new Map() };
    const file = await new ClaimExport(
      { CLAIM_EXPORTS_MAX: 1 } as never,
      db,
      customers as never,
      consents as never,
      idlePace(clock),
    ).stream(voucherId);
    let csv = '';
    for await (const part of file) csv += String(part);
    expect(csv.trim().split('\n')).toHaveLength(CLAIMS + 1);
    const lookup = new ClaimLookup(db, clock);
    const some = rows.filter((_row, n) => n % 97 === 0).map(({ record }) => record);
    const moments = ({ now: _now, ...rest }: { now?: number }): unknown => rest;
    const sought = some.map(({ id }) => ({ merchantId: 'mer_1', id }));
    const byCode = some.map(({ id }) => ({ merchantId: 'mer_1', code: ids.code(id) }));
    const found = await store.findClaims([...sought, ...byCode]);
    return {
      pages,
      csv,
      claims: await Promise.all(some.map(({ id }) => lookup.find(id))),
      found: found.map((one) => moments(one ?? {})),
      redemptions: await store.page({ merchantId: 'mer_1', limit: 20 }),
      redemption: await store.own('mer_1', `rdm_${voucherId.slice(4)}1`),
      searched: [
        await search.find(voucherId, 'usr_9'),
        await search.find(voucherId, some[0]?.id ?? ''),
        await search.find(voucherId, ids.code(some[1]?.id ?? '')),
      ].map((each) => [...each].sort()),
      history: await new IssueHistories(db, clock, idlePace(clock)).of(voucherId),
      whole: broken(await auditor().audit(voucherId, { whole: true })),
      quick: broken(await auditor().audit(voucherId)),
      events: (await new AuditFindings(db, undefined as never, keeper, ids).withoutEvent(voucherId)).length,
    };
  }

  it('answers as before after each batch, also where a batch failed first', async () => {
    const before = await answers();
    expect(before).toMatchObject({ whole: [], quick: [] });
    for (let batch = 0; ; batch++) {
      // One transaction of each run is made: the mark, then a batch at a time. The next one fails, before or after its work.
      const writes = { left: 1, failing: batch % 2 === 1 };
      await archiver(failingAfter(db, writes), DAYS)
        .run()
        .catch(() => undefined);
      const [live = 0, archived = 0] = await where();
      expect(live + archived).toBe(CLAIMS);
      expect(await answers()).toEqual(before);
      if (live === 0) break;
      expect(batch).toBeLessThan(20);
    }
    await archiver().run();
    expect(await where()).toEqual([0, CLAIMS]);
    await rebuildStatusIndex(db, voucherId);
    expect(await answers()).toEqual(before);
    const [mark] = await db.read.query(
      'SELECT claims_archived AS m FROM voucher_stock WHERE voucher_id = ?',
      [voucherId],
    );
    expect(mark.m).toBe('moved');
  });

  it('finds a claim that is moved between its two looks', async () => {
    const { record } = rows[0] as Row;
    let isMoved = false;
    const read = watching(db.read, async () => {
      if (isMoved) return;
      isMoved = true;
      await archiver().run();
    });
    const lookup = new ClaimLookup({ read } as unknown as Database, clock);
    expect((await lookup.find(record.id))?.id).toBe(record.id);
    expect(await where()).toEqual([0, CLAIMS]);
    expect((await lookup.find(record.id))?.id).toBe(record.id);
  });

  it('knows a record that comes again, and issues nothing of a voucher whose claims moved', async () => {
    await archiver().run();
    const stock = (): Promise<unknown> =>
      db.read.query('SELECT total, issued FROM voucher_stock WHERE voucher_id = ?', [voucherId]);
    const before = await stock();
    const ledger = newLedger();
    const logged = rows.slice(0, 7).map(({ record }) => ({ record }));
    const again = await ledger.issue(logged);
    expect(again).toMatchObject({ issued: [], rejected: [], voided: [] });
    expect(again.known.map(({ record }) => record.id).sort()).toEqual(
      logged.map(({ record }) => record.id).sort(),
    );
    expect(await ledger.replay(logged, true)).toMatchObject({ issued: [], rejected: [] });
    const letters = new DeadLetters(
      db,
      new GateEpochs(db, clock),
      ids,
      clock,
      new Metrics(),
      new ConsumedPositions(db, newId('vch', clock.now())),
    );
    expect(await letters.setAside(logged[0] as { record: ClaimRecord }, 'a test')).toMatchObject({
      kind: 'known',
    });
    expect(await where()).toEqual([0, CLAIMS]);
    // There is stock, and nobody gets it.
    const { epoch } = await new GateEpochs(db, clock).current();
    const late = { ...claim(voucherId, CLAIMS + 1).record, epoch };
    const { record: other } = rows[0] as Row;
    const result = await ledger.issue([{ record: late }, { record: other }]);
    expect(result).toMatchObject({
      issued: [],
      rejected: [{ id: late.id }],
      known: [{ record: { id: other.id } }],
    });
    expect(await stock()).toEqual(before);
    expect(broken(await auditor().audit(voucherId, { whole: true }))).toEqual([]);
    // Without the mark, which the statement that takes the stock asks for, it would be issued a second time.
    await change('UPDATE voucher_stock SET claims_archived = NULL WHERE voucher_id = ?', voucherId);
    expect((await ledger.issue([{ record: { ...other, epoch } }])).issued).toHaveLength(1);
    await change('DELETE FROM claims WHERE voucher_id = ?', voucherId);
    await change(`UPDATE voucher_stock SET claims_archived = 'moved' WHERE voucher_id = ?`, voucherId);
  });

  it('moves no claim of the archive any more, and says what it is', async () => {
    await archiver().run();
    const moves = new ClaimMoves(db, new AuditLog());
    for (const status of ['expired', 'redeemed'] as const) {
      const { record } = rows.find((row) => row.status === status) as Row;
      for (const move of ['redeem', 'reinstate', 'roll_back', 'cancel'] as const) {
        const asked = [{ claimId: record.id, by: systemActor('test') }];
        const [outcome] = await db.write((tx) => moves.move(tx, move, asked, clock.now()));
        expect(outcome).toMatchObject({ kind: 'refused', claim: { id: record.id, status } });
      }
    }
  });

  describe('what stays', () => {
    it.each([
      ['while the setting is off', 'SELECT ?', 0],
      ['without an end of its time', 'UPDATE vouchers SET redeem_until = NULL WHERE id = ?', DAYS],
      ['until it is archived', `UPDATE vouchers SET status = 'ended' WHERE id = ?`, DAYS],
      ['while it was over not long ago', 'SELECT ?', 61],
      [
        'while a cancellation is under way',
        `INSERT INTO cancellations (id, voucher_id, merchant_id, by_user, reason, selection, state, position, total, cancelled, refused, created_at)
         SELECT id, id, 'mer_1', 'usr_1', 'test', '{}', 'running', '', 0, 0, 0, 1 FROM vouchers WHERE id = ?`,
        DAYS,
      ],
      [
        'while a dead letter is open',
        `INSERT INTO claim_dead_letters (id, source, payload, reason, status, claim_id, voucher_id, retries, created_at)
         SELECT id, 'test', '{}', 'test', 'open', 'clm_1', id, 0, 1 FROM vouchers WHERE id = ?`,
        DAYS,
      ],
      [
        'while its claims are looked through',
        'INSERT INTO claim_expiry (voucher_id, due_at) SELECT id, 1 FROM vouchers WHERE id = ?',
        DAYS,
      ],
    ])('%s', async (_when, sql, days) => {
      await change(sql, voucherId);
      await archiver(db, days).run();
      expect(await where()).toEqual([CLAIMS, 0]);
      // Not the next test's.
      await change(`UPDATE vouchers SET status = 'ended' WHERE id = ?`, voucherId);
      await change('DELETE FROM claim_expiry WHERE voucher_id = ?', voucherId);
      await change('DELETE FROM cancellations WHERE voucher_id = ?', voucherId);
      await change('DELETE FROM claim_dead_letters WHERE voucher_id = ?', voucherId);
    });

    it('is a claim that still could be redeemed, alone', async () => {
      const { record } = rows[600] as Row;
      await change(`UPDATE claims SET status = 'issued' WHERE id = ?`, record.id);
      await archiver().run();
      await archiver().run();
      expect(await where()).toEqual([1, CLAIMS - 1]);
      await change(`UPDATE claims SET status = 'expired' WHERE id = ?`, record.id);
      await archiver().run();
      expect(await where()).toEqual([0, CLAIMS]);
    });
  });
}

/** The database, of which the transaction behind so many fails, before or after its work. */
function failingAfter(db: Database, writes: { left: number; readonly failing: boolean }): Database {
  const write = (work: (tx: EntityManager) => Promise<unknown>): Promise<unknown> => {
    if (writes.left > 0) {
      writes.left -= 1;
      return db.write(work);
    }
    if (!writes.failing) return Promise.reject(new Error('the process died'));
    return db.write(async (tx) => {
      await work(tx);
      throw new Error('the process died');
    });
  };
  return new Proxy(db, {
    get: (target, name) => {
      if (name === 'write') return write;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** A connection after each of whose statements something happens. */
const watching = (read: EntityManager, then: () => Promise<void>): EntityManager =>
  ({
    query: async (sql: string, values: unknown[]) => {
      const rows: unknown = await read.query(sql, values);
      await then();
      return rows;
    },
  }) as unknown as EntityManager;

/** Archived, over for 60 days, with all that the audit counts. */
async function insertVoucher(db: Database, id: string, now: number, rows: readonly Row[]): Promise<void> {
  const over = now - 60 * DAY_MS;
  const total = rows.length + 10;
  const live = rows.filter(({ status }) => status === 'expired' || status === 'redeemed').length;
  const back = rows.filter(({ status }) => status === 'cancelled' || status === 'released').length;
  const ever = rows.filter(({ status }) => status !== 'rejected' && status !== 'released').length;
  const ids = new ClaimIds('a secret of the tests, 32 characters or more');
  const chunk = 500;
  await db.write(async (tx) => {
    await tx.query(
      `INSERT INTO vouchers (id, merchant_id, title, status, total_stock, per_user_limit, opens_at, closes_at, redeem_until,
         time_zone, protection, version, created_at, updated_at)
       VALUES (?, 'mer_1', 'Tea', 'archived', ?, 2, 1, 2, ?, 'UTC', '{}', 1, 1, ?)`,
      [id, total, over, over],
    );
    await tx.query('INSERT INTO voucher_stock (voucher_id, total, issued, returns) VALUES (?, ?, ?, 0)', [
      id,
      total,
      live,
    ]);
    await tx.query(
      `INSERT INTO stock_ledger (voucher_id, number, delta, reason, state, created_at) VALUES (?, 0, ?, 'initial', 'applied', 1)`,
      [id, total],
    );
    await tx.query(
      `INSERT INTO unit_returns (voucher_id, number, cause, units, claims_count, claims, state, created_at)
       VALUES (?, 0, 'folded', ?, ?, '[]', 'folded', 1)`,
      [id, back, back],
    );
    await tx.query(
      `INSERT INTO outbox_removed (aggregate_id, type, events, up_to) VALUES (?, 'claim.issued', ?, ?)`,
      [id, ever, now],
    );
    await tx.query(
      `INSERT INTO redemptions (id, claim_id, voucher_id, merchant_id, by_user, at) VALUES (?, ?, ?, 'mer_1', 'usr_1', 1)`,
      [`rdm_${id.slice(4)}1`, rows.find(({ status }) => status === 'redeemed')?.record.id, id],
    );
    for (let from = 0; from < rows.length; from += chunk) {
      const some = rows.slice(from, from + chunk);
      await tx.query(
        `INSERT INTO claims (id, voucher_id, user_id, ordinal, epoch, sequence, created_at, status, code, reject_reason, issued_at, moved_at, moved_by, moves, cancel_reason)
         VALUES ${placeholders(some.length, 15)}`,
        some.flatMap(({ record, status }) => {
          const isIssued = status !== 'rejected' && status !== 'released';
          return [
            record.id,
            id,
            record.user_id,
            record.ordinal,
            1,
            record.sequence,
            record.at,
            status,
            isIssued ? ids.code(record.id) : null,
            status === 'rejected' ? 'stock_exhausted' : null,
            isIssued ? record.at + 5 : null,
            status === 'rejected' ? null : record.at + 10,
            status === 'redeemed' ? 'usr_1' : null,
            status === 'rejected' ? null : 1,
            status === 'cancelled' ? 'a test' : null,
          ];
        }),
      );
      const listed = some.filter(({ status }) => status !== 'expired');
      await tx.query(
        `INSERT INTO claim_status_index (claim_id, voucher_id, user_id, status, sequence, created_at)
         VALUES ${placeholders(listed.length, 6)}`,
        listed.flatMap(({ record, status }) => [
          record.id,
          id,
          record.user_id,
          status,
          record.sequence,
          record.at,
        ]),
      );
    }
  });
}
