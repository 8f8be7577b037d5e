import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Auditor } from '../../../src/audit/auditor.js';
import { ProvedRanges } from '../../../src/audit/proved-ranges.js';
import { LedgerReader, type LedgerVoucher } from '../../../src/claim/epoch/ledger-reader.js';
import type { GateKeeper } from '../../../src/claim/epoch/gate-keeper.js';
import type { StockGate } from '../../../src/claim/gate/stock-gate.js';
import {
  ClaimPacking,
  PackingRefused,
  type PackingProgress,
} from '../../../src/claim/ledger/claim-packing.js';
import { prepareClaimRows } from '../../../src/claim/ledger/claim-rows-setting.js';
import { CLAIM_FACTS, ClaimColumns } from '../../../src/claim/ledger/rows/claim-columns.js';
import {
  isPacked,
  learnLayout,
  packedShare,
  type LayoutColumns,
} from '../../../src/claim/ledger/rows/claim-layout.js';
import { claimsAndClock } from '../../../src/claim/ledger/rows/claims-by-code.js';
import { claimsById } from '../../../src/claim/ledger/rows/claims-by-id.js';
import {
  claimsInLineAnywhere,
  endOfLine,
  walkClaims,
} from '../../../src/claim/ledger/rows/claims-in-line.js';
import { claimsByHolderAnywhere } from '../../../src/claim/ledger/rows/claims-of-holders.js';
import { deleteClaims } from '../../../src/claim/ledger/rows/change-claims.js';
import { ClaimMoves } from '../../../src/claim/moves/claim-moves.js';
import { ClaimLists } from '../../../src/claim/read/claim-lists.js';
import { ClaimArchiver } from '../../../src/claim/recovery/claim-archiver.js';
import { newId } from '../../../src/common/ids.js';
import { AuditLog, systemActor } from '../../../src/database/audit-log.js';
import type { Database } from '../../../src/database/database.js';
import { Metrics } from '../../../src/observability/metrics.js';
import { asking, claimRows, type StoredClaim } from '../../harness/claim-rows.js';
import { idlePace } from '../../support/idle-load.js';
import { ManualClock } from '../../support/manual-clock.js';
import { ClaimsFixture } from './claims-fixture.js';

const DAY_MS = 86_400_000;
/** More than two batches. */
const CLAIMS = 1_150;
const UNITS = 5_000;
/** Claims of one user, on vouchers of all forms. */
const WALLET = 12;
const WHOLE = ['copying', 'comparing', 'switched', 'checking', 'emptied', 'done'];
const TABLES = ['claims', 'claims_archive', 'packed_claims'] as const;

const byId = <T extends { readonly id: string }>(rows: readonly T[]): T[] =>
  [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));

/**
 * Older claims that are packed while two processes write others.
 * @param databases the same database as two processes have it, migrated; empty again whenever it is asked for
 */
export function claimPackingContract(databases: () => Promise<readonly [Database, Database]>): void {
  const user = newId('usr', Date.now());
  const by = systemActor('mer_1');
  let db: Database;
  let other: Database;
  let here: ClaimsFixture;
  let there: ClaimsFixture;
  let clock: ManualClock;
  /** Made before packed rows were turned on: with claims that go on, with archived ones, and since. */
  let [old, over, since]: string[] = [];
  let from: number;

  const count = async (table: string): Promise<number> =>
    Number((await db.read.query(`SELECT COUNT(*) AS n FROM ${table}`))[0].n);
  const counts = (): Promise<number[]> => Promise.all(TABLES.map(count));
  const packing = (on: Database = db, epochs = here.epochs): ClaimPacking =>
    new ClaimPacking(on, epochs, { share: 1, knownByAllMs: 0 });
  const all = async (run: ClaimPacking): Promise<PackingProgress['step'][]> => {
    const steps: PackingProgress['step'][] = [];
    for await (const { step } of run.run()) if (steps.at(-1) !== step) steps.push(step);
    return steps;
  };
  /** Runs it until it is at that step, and ends it there. */
  const endAt = async (step: PackingProgress['step'], batches = 1): Promise<void> => {
    let seen = 0;
    for await (const progress of packing().run()) if (progress.step === step && ++seen === batches) return;
    throw new Error(`it was never ${step}`);
  };

  const issue = async (
    fixture: ClaimsFixture,
    voucherId: string,
    sequences: readonly number[],
  ): Promise<string[]> => {
    const records = await Promise.all(
      sequences.map((sequence) => {
        const mine = sequence <= WALLET;
        const userId = mine
          ? user
          : sequence % 3 === 0
            ? `customer ${sequence}`
            : newId('usr', from + sequence);
        // Where times are equal the order of a list changes with the form: none are.
        const at = from + 3 * sequence + [old, over, since].indexOf(voucherId);
        return fixture.record({ voucherId, userId, at }, sequence, {
          ordinal: mine ? sequence : 1,
        });
      }),
    );
    const { issued } = await fixture.ledger().issue(records.map((record) => ({ record })));
    expect(issued).toHaveLength(records.length);
    return records.map(({ id }) => id);
  };
  const numbers = (after: number, n: number): number[] =>
    Array.from({ length: n }, (_none, at) => after + at + 1);
  const move = (on: Database, kind: 'redeem' | 'cancel', claimIds: readonly string[]): Promise<string[]> =>
    on
      .write((tx) =>
        new ClaimMoves(on, new AuditLog()).move(
          tx,
          kind,
          claimIds.map((claimId) => ({
            claimId,
            by,
            ...(kind === 'cancel' ? { cancelReason: 'rain' } : {}),
          })),
          clock.now(),
        ),
      )
      .then((outcomes) => outcomes.map(({ kind: outcome }) => outcome));
  const archive = (on: Database): Promise<unknown> => {
    const late = new ManualClock();
    late.pass(400 * DAY_MS);
    return new ClaimArchiver(on, late, new Metrics(), { RETENTION_ARCHIVED_CLAIMS_DAYS: 31 }).run();
  };
  /** All claims of the three vouchers, as the program reads them. */
  const readAll = async (on: Database): Promise<object[]> => {
    const found = new Map<string, object>();
    for (const voucherId of [old ?? '', over ?? '', since ?? ''])
      for await (const rows of walkClaims(on, CLAIM_FACTS, { voucherId, limit: 300 }))
        for (const { tie: _tie, ...row } of rows) found.set(row.id, row);
    return byId([...found.values()] as { id: string }[]);
  };
  const walletOf = async (on: Database, limit: number): Promise<string[]> => {
    const lists = new ClaimLists(on, clock);
    const found: string[] = [];
    for (let after: string | undefined; ;) {
      const { data, has_more: more } = await lists.ofUser(
        user,
        { limit, ...(after === undefined ? {} : { starting_after: after }) },
        [],
      );
      found.push(...data.map(({ id }) => id));
      after = data.at(-1)?.id;
      if (!more) return found;
    }
  };

  let claims: string[] = [];
  let archived: string[] = [];

  beforeEach(async () => {
    [db, other] = await databases();
    clock = new ManualClock();
    here = new ClaimsFixture(db, clock);
    there = new ClaimsFixture(other, clock);
    const now = await db.readClock();
    from = now - DAY_MS;
    old = newId('vch', from - 2);
    over = newId('vch', from - 1);
    since = newId('vch', from + 1);
    for (const id of [old, over]) await here.insertVoucher(id, UNITS);
    await prepareClaimRows(db, { CLAIM_ROWS: 'text' });
    await prepareClaimRows(other, { CLAIM_ROWS: 'text' });
    claims = await issue(here, old, numbers(0, CLAIMS));
    archived = await issue(here, over, numbers(0, 600));
    await move(db, 'redeem', archived.slice(0, 500));
    await move(db, 'redeem', archived.slice(500));
    await db.read.query('UPDATE vouchers SET redeem_until = NULL WHERE id = ?', [old]);
    await archive(db);
    expect(await counts()).toEqual([CLAIMS, 600, 0]);
    // As if `CLAIM_ROWS=packed` had been said a day ago.
    await db.read.query('UPDATE gate_epoch SET claims_packed_from = ? WHERE id = 1', [from]);
    await Promise.all([here.epochs.current(), there.epochs.current()]);
    expect([packedShare(db.read), packedShare(other.read)]).toEqual(['some', 'some']);
    await here.insertVoucher(since, UNITS);
    await issue(here, since, numbers(0, WALLET));
  });

  it('packs all claims, and empties the old tables', async () => {
    const before = await readAll(db);
    expect(before).toHaveLength(CLAIMS + 600 + WALLET);
    expect(await all(packing())).toEqual(WHOLE);
    expect(await counts()).toEqual([0, 0, CLAIMS + 600 + WALLET]);
    expect(await readAll(db)).toEqual(before);
    await there.epochs.current();
    expect(await readAll(other)).toEqual(before);
    expect(packedShare(other.read)).toBe('all');
    expect(await all(packing())).toEqual(['done']);
  });

  it('waits where packed rows were turned on a moment ago', async () => {
    await deleteClaims(db, since ?? '');
    const soon = (await db.readClock()) + 300;
    await db.read.query('UPDATE gate_epoch SET claims_packed_from = ? WHERE id = 1', [soon]);
    expect((await all(packing())).slice(0, 2)).toEqual(['waiting', 'copying']);
  });

  it('goes on where it was, wherever it was ended', async () => {
    const before = await readAll(db);
    for (const [step, batches] of [
      ['copying', 1],
      ['copying', 2],
      ['comparing', 1],
      ['comparing', 2],
      ['switched', 1],
    ] as const) {
      await endAt(step, batches);
      expect(await readAll(db)).toEqual(before);
    }
    expect(await all(packing())).toEqual(['checking', 'emptied', 'done']);
    expect(await readAll(db)).toEqual(before);
  });

  it('loses and doubles nothing of what two processes write meanwhile', async () => {
    const issued: string[] = [];
    const moved = { redeemed: new Set<string>(), cancelled: new Set<string>() };
    let isOver = false;
    const writer = async (on: Database, fixture: ClaimsFixture, part: number): Promise<void> => {
      const mine = claims.filter((_id, at) => at % 2 === part);
      for (let round = 0, more = mine.length; !isOver || round < 3; round++) {
        const sequence = CLAIMS + part * 1_000 + round * 7;
        if (round < 100) issued.push(...(await issue(fixture, old ?? '', numbers(sequence, 7))));
        const [redeem, cancel] = [mine.slice(more - 3, more), mine.slice(more - 5, more - 3)];
        more -= 5;
        if (more < 0) continue;
        expect(await move(on, 'redeem', redeem)).toEqual(redeem.map(() => 'moved'));
        expect(await move(on, 'cancel', cancel)).toEqual(cancel.map(() => 'moved'));
        for (const id of redeem) moved.redeemed.add(id);
        for (const id of cancel) moved.cancelled.add(id);
      }
    };
    const reader = async (on: Database): Promise<void> => {
      const code = here.ids.code(claims[1] ?? '');
      while (!isOver) {
        const wallet = await walletOf(on, 5);
        expect([...new Set(wallet)]).toHaveLength(wallet.length);
        expect(wallet.length).toBe(2 * WALLET + WALLET);
        expect(await claimsAndClock(on, CLAIM_FACTS, 'code', [code])).toHaveLength(1);
        expect(await claimsById(on.read, CLAIM_FACTS, [archived[3] ?? ''])).toHaveLength(1);
      }
    };
    const pack = all(packing()).finally(() => (isOver = true));
    await Promise.all([pack, writer(db, here, 0), writer(other, there, 1), reader(db)]);
    expect(await counts()).toEqual([0, 0, CLAIMS + 600 + WALLET + issued.length]);
    expect(issued.length).toBeGreaterThan(20);
    const rows = await claimRows(asking(db.read), { voucherId: old ?? '' });
    expect(new Set(rows.map(({ id }) => id))).toEqual(new Set([...claims, ...issued]));
    const expected = ({ id }: StoredClaim): string =>
      moved.redeemed.has(id) ? 'redeemed' : moved.cancelled.has(id) ? 'cancelled' : 'issued';
    expect(rows.filter((row) => row.status !== expected(row))).toEqual([]);
    expect(moved.redeemed.size).toBeGreaterThan(5);
    for (const row of rows)
      expect([row.moves ?? 0, row.cancel_reason]).toEqual([
        row.status === 'issued' ? 0 : 1,
        row.status === 'cancelled' ? 'rain' : null,
      ]);
    const keeper = { isOpen: false, epochOf: () => 1 } as unknown as GateKeeper;
    const gate = undefined as unknown as StockGate;
    const auditor = new Auditor(db, gate, keeper, here.ids, new ProvedRanges(db), idlePace(clock));
    for (const voucherId of [over ?? '', since ?? '']) {
      const broken = (await auditor.audit(voucherId, { whole: true })).filter(({ holds }) => !holds);
      expect(broken.map(({ name, left, right }) => `${name}: ${left}, ${right}`)).toEqual([]);
    }
  });

  it('is known to whoever writes, however little they knew before', async () => {
    await endAt('copying', 1);
    const late = claims.at(-1) ?? '';
    const asBefore = { claims_packed_from: from, claims_packing: null };
    learnLayout(other.connections, asBefore);
    expect(await move(other, 'redeem', [late])).toEqual(['moved']);
    const [issued = ''] = await issue(there, old ?? '', [CLAIMS + 1]);
    await endAt('switched');
    for (const id of [claims[0] ?? '', issued]) {
      learnLayout(other.connections, asBefore);
      expect(await move(other, 'redeem', [id])).toEqual(['moved']);
      expect(isPacked(other.read, old ?? '')).toBe(true);
    }
    learnLayout(other.connections, asBefore);
    await issue(there, old ?? '', [CLAIMS + 2]);
    expect(await all(packing())).toEqual(['checking', 'emptied', 'done']);
    const rows = await claimRows(asking(db.read), { voucherId: old ?? '' });
    expect(rows).toHaveLength(CLAIMS + 2);
    expect(byId(rows.filter(({ status }) => status === 'redeemed')).map(({ id }) => id)).toEqual(
      [claims[0] ?? '', late, issued].sort(),
    );
  });

  it('copies nothing over what was written since, where two of it run', async () => {
    const slow = packing(other, there.epochs).run();
    expect((await slow.next()).value).toMatchObject({ step: 'copying' });
    await endAt('switched');
    const last = [...claims].sort().at(-1) ?? '';
    expect(await move(db, 'redeem', [last])).toEqual(['moved']);
    const goOn = async (): Promise<void> => {
      while (!(await slow.next()).done);
    };
    await expect(goOn()).rejects.toBeInstanceOf(PackingRefused);
    expect(await claimsById(db.read, CLAIM_FACTS, [last])).toMatchObject([{ status: 'redeemed' }]);
  });

  it('takes no copy for the claim that somebody changed past the program, until it copies again', async () => {
    await endAt('comparing', 1);
    const ask = asking(db.read);
    const last = [...claims].sort().at(-1) ?? '';
    await ask('UPDATE packed_claims SET moved_by = ? WHERE sequence = ?', [
      'usr_x',
      claims.indexOf(last) + 1,
    ]);
    await expect(all(packing())).rejects.toThrow(/packed otherwise than they are/);
    expect(packedShare(db.read)).toBe('some');
    await packing().again();
    expect(await all(packing())).toEqual(WHOLE);
  });

  it('finds a copy that is of no claim, and claims that were deleted since', async () => {
    await endAt('comparing', 1);
    await db.read.query('DELETE FROM claims WHERE id = ?', [claims[5]]);
    await packing().again();
    await expect(all(packing())).rejects.toThrow(`are not as many on: ${old}`);
  });

  it('throws nothing away that only an old row says, but what was deleted', async () => {
    await endAt('switched');
    // Of the first batch, and of the last: what was looked at before is not looked at again.
    const sorted = [...claims].sort();
    const [late = '', lost = ''] = [sorted[0], sorted.at(-1)];
    await db.read.query(`UPDATE claims SET status = 'redeemed', moves = 1 WHERE id = ?`, [late]);
    await expect(all(packing())).rejects.toThrow(
      `written to after the switch, and not to the packed claim: ${late}`,
    );
    expect(await move(db, 'redeem', [late])).toEqual(['moved']);
    await db.read.query('DELETE FROM packed_claims WHERE sequence = ?', [claims.indexOf(lost) + 1]);
    await expect(all(packing())).rejects.toThrow('written to after the switch');
    expect((await counts()).slice(0, 2)).toEqual([CLAIMS, 600]);
    await db.read.query('DELETE FROM voucher_stock');
    expect(await all(packing())).toEqual(['checking', 'emptied', 'done']);
  });

  /** The process learns it once so many queries are answered. */
  function learningAfter(queries: number, layout: LayoutColumns): { mockRestore(): void } {
    const query = db.read.query.bind(db.read);
    let left = queries;
    return jest.spyOn(db.read, 'query').mockImplementation(async (sql, values) => {
      const rows: unknown = await query(sql, values);
      if (--left === 0) learnLayout(db.connections, layout);
      return rows;
    });
  }

  it('stops a rebuild that was reading: users stand in another order', async () => {
    await endAt('switched');
    const reader = new LedgerReader(db, undefined as never, undefined as never);
    const voucher = { counters: { voucher: { id: old ?? '' } }, parked: [] } as unknown as LedgerVoucher;
    const read = async (): Promise<number> => {
      let users = 0;
      for await (const some of reader.allUsers(voucher).users) users += some.length;
      return users;
    };
    expect(await read()).toBe(CLAIMS - WALLET + 1);
    learnLayout(db.connections, { claims_packed_from: from, claims_packing: 'copying' });
    const spied = learningAfter(1, { claims_packed_from: 0, claims_packing: 'packed' });
    await expect(read()).rejects.toThrow('were packed while they were read');
    spied.mockRestore();
    expect(await read()).toBe(CLAIMS - WALLET + 1);
  });

  it('is learnt by a process in the middle of what it reads, which misses and doubles nothing', async () => {
    await endAt('switched');
    const asBefore = { claims_packed_from: from, claims_packing: 'copying' };
    const now = { claims_packed_from: 0, claims_packing: 'packed' };
    const holders = new ClaimColumns('id', 'userId', 'ordinal');
    const page = { voucherId: over ?? '', limit: 700 };
    const reads: (() => Promise<unknown>)[] = [
      async () =>
        byId(await claimsById(db.read, CLAIM_FACTS, [archived[3] ?? '', claims[3] ?? ''])).map(
          ({ id }) => id,
        ),
      async () =>
        (await claimsAndClock(db, CLAIM_FACTS, 'code', [here.ids.code(archived[3] ?? '')])).map(
          ({ id }) => id,
        ),
      async () => (await claimsAndClock(db, CLAIM_FACTS, 'id', [archived[3] ?? ''])).map(({ id }) => id),
      async () => (await claimsInLineAnywhere(db, CLAIM_FACTS, page)).map(({ id }) => id),
      async () =>
        byId(await claimsByHolderAnywhere(db, holders, { ...page, after: { userId: '', ordinal: 0 } })).map(
          ({ id }) => id,
        ),
      () => walletOf(db, 50),
      () => endOfLine(db.read, over ?? '', true),
      () => readAll(db),
    ];
    for (const read of reads) {
      learnLayout(db.connections, now);
      const expected = await read();
      for (let queries = 1; queries <= 4; queries++) {
        learnLayout(db.connections, asBefore);
        const spied = learningAfter(queries, now);
        try {
          expect(await read()).toEqual(expected);
        } finally {
          spied.mockRestore();
        }
      }
    }
  });

  it('deletes the copies of claims that are deleted', async () => {
    await endAt('copying', 3);
    let deleted = 0;
    for (let n = 1; n > 0; deleted += n) n = await deleteClaims(db, old ?? '');
    expect(deleted).toBeGreaterThanOrEqual(CLAIMS);
    expect((await counts()).slice(0, 2)).toEqual([0, 600]);
    expect(await all(packing())).toEqual(WHOLE);
    expect(await counts()).toEqual([0, 0, 600 + WALLET]);
  });

  describe('beside the archive', () => {
    it('packs what is archived meanwhile, once', async () => {
      await db.read.query('UPDATE vouchers SET redeem_until = 3 WHERE id = ?', [old]);
      await move(db, 'redeem', claims.slice(0, 500));
      await endAt('copying', 2);
      await archive(db);
      expect((await counts()).slice(0, 2)).toEqual([CLAIMS - 500, 1_100]);
      await endAt('switched');
      await archive(other);
      expect(await all(packing())).toEqual(['checking', 'emptied', 'done']);
      await there.epochs.current();
      await archive(other);
      expect(await counts()).toEqual([0, 0, CLAIMS + 600 + WALLET]);
      const marks: { claims_archived: string | null }[] = await db.read.query(
        'SELECT claims_archived FROM voucher_stock ORDER BY voucher_id',
      );
      expect(marks.map(({ claims_archived: mark }) => mark)).toEqual(['moved', 'moved', null]);
    });
  });
}
