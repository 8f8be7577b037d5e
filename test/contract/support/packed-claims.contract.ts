import { beforeAll, describe, expect, it } from '@jest/globals';
import { Auditor } from '../../../src/audit/auditor.js';
import { ProvedRanges } from '../../../src/audit/proved-ranges.js';
import type { GateKeeper } from '../../../src/claim/epoch/gate-keeper.js';
import type { StockGate } from '../../../src/claim/gate/stock-gate.js';
import type { ClaimRecord } from '../../../src/claim/domain/claim-record.js';
import { prepareClaimRows } from '../../../src/claim/ledger/claim-rows-setting.js';
import type { Ledger } from '../../../src/claim/ledger/ledger.js';
import { isPacked, learnLayout, packedShare } from '../../../src/claim/ledger/rows/claim-layout.js';
import { ClaimMoves } from '../../../src/claim/moves/claim-moves.js';
import { ClaimLists } from '../../../src/claim/read/claim-lists.js';
import { ClaimLookup } from '../../../src/claim/read/claim-lookup.js';
import { ClaimArchiver } from '../../../src/claim/recovery/claim-archiver.js';
import { ClaimIds, newId } from '../../../src/common/ids.js';
import { AuditLog, systemActor } from '../../../src/database/audit-log.js';
import { isDataError, type Database } from '../../../src/database/database.js';
import { Metrics } from '../../../src/observability/metrics.js';
import { RedemptionStore } from '../../../src/redemption/redemption.store.js';
import { ClaimSearch } from '../../../src/reporting/claim-search.js';
import { asking, claimRows } from '../../harness/claim-rows.js';
import { idlePace } from '../../support/idle-load.js';
import { ManualClock } from '../../support/manual-clock.js';
import { expectPagesOf } from './claims-of-a-user.js';
import { ClaimsFixture } from './claims-fixture.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Of one user, on vouchers of both forms. */
const WALLET = 30;
const UNITS = 100;

/** A database in which packed rows were turned on after it had been in use. The database is migrated and holds nothing yet. */
export function packedClaimsContract(database: () => Database): void {
  const ids = new ClaimIds('a secret of the tests, 32 characters or more');
  const user = newId('usr', Date.now());
  let db: Database;
  let fixture: ClaimsFixture;
  let clock: ManualClock;
  let before: string;
  let since: string;
  let from: number;

  beforeAll(async () => {
    db = database();
    clock = new ManualClock();
    before = newId('vch', await db.readClock());
    fixture = new ClaimsFixture(db, clock);
    await fixture.insertVoucher(before, UNITS);
    await prepareClaimRows(db, { CLAIM_ROWS: 'packed' });
    from = await packedFrom();
    since = newId('vch', from);
    await fixture.insertVoucher(since, UNITS);
  });

  const packedFrom = async (): Promise<number> =>
    Number((await db.read.query('SELECT claims_packed_from AS at FROM gate_epoch'))[0].at);
  const count = async (table: string): Promise<number> =>
    Number((await db.read.query(`SELECT COUNT(*) AS n FROM ${table}`))[0].n);

  const ledger = (): Ledger => fixture.ledger();

  /** Several in one millisecond, on both vouchers. */
  const record = (
    voucherId: string,
    sequence: number,
    more: Partial<ClaimRecord> = {},
  ): Promise<ClaimRecord> =>
    fixture.record({ voucherId, userId: user, at: from + Math.floor(sequence / 4) }, sequence, more);

  it('is told to pack the claims of vouchers to come, once all processes know', async () => {
    const now = await db.readClock();
    expect(from).toBeGreaterThan(now + MINUTE_MS);
    expect([isPacked(db.read, before), isPacked(db.read, since)]).toEqual([false, true]);
    expect(packedShare(db.read)).toBe('some');
  });

  it('packs them from that moment on, whatever it is told later', async () => {
    for (const rows of ['text', 'packed'] as const) {
      await prepareClaimRows(db, { CLAIM_ROWS: rows });
      expect(await packedFrom()).toBe(from);
      expect(isPacked(db.read, since)).toBe(true);
    }
  });

  describe('with claims of both forms', () => {
    let claims: string[];

    beforeAll(async () => {
      const records: ClaimRecord[] = [];
      for (let n = 1; n <= WALLET; n++) records.push(await record(n % 2 === 0 ? since : before, n));
      const { issued } = await ledger().issue(records.map((one) => ({ record: one })));
      expect(issued).toHaveLength(WALLET);
      claims = records.map(({ id }) => id);
    });

    it('has each in its table', async () => {
      expect([await count('claims'), await count('packed_claims')]).toEqual([WALLET / 2, WALLET / 2]);
      const rows = [
        ...(await claimRows(asking(db.read), { voucherId: before })),
        ...(await claimRows(asking(db.read), { voucherId: since })),
      ];
      expect(rows.map(({ id, code, user_id: of }) => [id, code, of]).sort()).toEqual(
        claims.map((id) => [id, ids.code(id), user]).sort(),
      );
    });

    it('knows claims that come again, of both forms', async () => {
      const again = await Promise.all([record(before, 1), record(since, 2)]);
      const { issued, known } = await ledger().issue(again.map((one) => ({ record: one })));
      expect([issued.length, known.length]).toEqual([0, 2]);
      expect([await count('claims'), await count('packed_claims')]).toEqual([WALLET / 2, WALLET / 2]);
    });

    it('finds them by id and by code', async () => {
      const lookup = new ClaimLookup(db, clock);
      const found = await Promise.all(claims.map((id) => lookup.find(id)));
      expect(found.map((claim) => claim?.id)).toEqual(claims);
      const store = new RedemptionStore(db);
      const search = new ClaimSearch(db, undefined as never);
      for (const id of [claims[0] ?? '', claims[1] ?? '']) {
        const voucherId = `vch_${id.slice(4, 20)}`;
        expect(await search.find(voucherId, ids.code(id))).toEqual([id]);
        expect(await search.find(voucherId, id.slice(0, 32))).toEqual([id]);
        expect((await search.find(voucherId, user)).length).toBe(WALLET / 2);
        expect((await search.find(voucherId, user.slice(0, 9))).length).toBe(WALLET / 2);
      }
      expect(store).toBeDefined();
    });

    it.each([1, 3, 7, WALLET])('lists those of their user, newest first, in pages of %d', (limit) =>
      expectPagesOf(new ClaimLists(db, clock), user, claims, limit),
    );

    it('lists by status what time makes of them', async () => {
      const lists = new ClaimLists(db, clock);
      const expired = await lists.ofUser(user, { limit: 50, status: 'expired' }, []);
      expect(expired.data).toHaveLength(WALLET);
      expect((await lists.ofUser(user, { limit: 50, status: 'issued' }, [])).data).toEqual([]);
    });

    it('moves them together, each once', async () => {
      const moves = new ClaimMoves(db, new AuditLog());
      const by = systemActor('mer_1');
      const move = () =>
        db.write((tx) =>
          moves.move(
            tx,
            'redeem',
            claims.slice(0, 8).map((claimId) => ({ claimId, by })),
            clock.now(),
          ),
        );
      const outcomes = [...(await move()), ...(await move())].map(({ kind }) => kind);
      expect(outcomes).toEqual([...Array<string>(8).fill('moved'), ...Array<string>(8).fill('refused')]);
    });

    it('proves the vouchers of both', async () => {
      const keeper = { isOpen: false, epochOf: () => 1 } as unknown as GateKeeper;
      const auditor = new Auditor(
        db,
        undefined as unknown as StockGate,
        keeper,
        ids,
        new ProvedRanges(db),
        idlePace(clock),
      );
      for (const voucherId of [before, since]) {
        const broken = (await auditor.audit(voucherId, { whole: true })).filter(({ holds }) => !holds);
        expect(broken.map(({ name, left, right }) => `${name}: ${left}, ${right}`)).toEqual([]);
      }
    });

    it('archives those that are not packed', async () => {
      const late = new ManualClock();
      late.pass(400 * DAY_MS);
      const archiver = new ClaimArchiver(db, late, new Metrics(), { RETENTION_ARCHIVED_CLAIMS_DAYS: 31 });
      await archiver.run();
      expect(await count('packed_claims')).toBe(WALLET / 2);
      const marks: { claims_archived: string | null }[] = await db.read.query(
        'SELECT claims_archived FROM voucher_stock WHERE voucher_id = ?',
        [since],
      );
      expect(marks).toEqual([{ claims_archived: null }]);
    });
  });

  it('is written to by a process that did not know yet, once it holds the epoch', async () => {
    const late = await record(since, WALLET + 1);
    learnLayout(db.connections, undefined);
    expect((await ledger().issue([{ record: late }])).issued).toHaveLength(1);
    const rows = await claimRows(asking(db.read), { voucherId: since, sequences: [WALLET + 1] });
    expect(rows.map(({ id }) => id)).toEqual([late.id]);
    expect(await count('packed_claims')).toBe(WALLET / 2 + 1);
  });

  it('takes no claim whose id is not of its voucher: no row could say so', async () => {
    const strange = await record(since, WALLET + 2, { id: ids.id(before, user, WALLET + 2) });
    const refused: unknown = await ledger()
      .issue([{ record: strange }])
      .catch((error: unknown) => error);
    expect(isDataError(refused)).toBe(true);
    expect(await count('packed_claims')).toBe(WALLET / 2 + 1);
  });
}
