import { beforeEach, describe, expect, it } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import { countUsersAbove, usersAboveInStretch } from '../../../src/claim/ledger/rows/audited-claims.js';
import { packedShare } from '../../../src/claim/ledger/rows/claim-layout.js';
import { placeOf } from '../../../src/claim/ledger/rows/claim-places.js';
import { EmbeddedStockGate } from '../../../src/claim/gate/embedded/stock-gate.embedded.js';
import { Auditor, EQUATION, type Equation } from '../../../src/audit/auditor.js';
import { AuditFindings } from '../../../src/audit/audit-findings.js';
import { DeadLetters } from '../../../src/claim/ledger/dead-letters.js';
import type { BackgroundPace } from '../../../src/claim/issue/background-pace.js';
import { ClaimIssuer, CLAIMS_ENDED, GATE_OVERSOLD } from '../../../src/claim/issue/claim-issuer.js';
import { ConsumedPositions, type Coverage } from '../../../src/claim/ledger/consumed-positions.js';
import type { ClaimRecord, LoggedClaim } from '../../../src/claim/domain/claim-record.js';
import { WaitingStore } from '../../../src/claim/ledger/waiting-store.js';
import { ClaimCodes } from '../../../src/claim/ledger/claim-codes.js';
import { ClaimHolds } from '../../../src/claim/ledger/claim-holds.js';
import { GateEpochs, SCRIPTS_VERSION } from '../../../src/claim/ledger/gate-epochs.js';
import type { GateKeeper } from '../../../src/claim/epoch/gate-keeper.js';
import { ProvedRanges } from '../../../src/audit/proved-ranges.js';
import { tallyClaims } from '../../../src/audit/claim-tally.js';
import { LedgerReader } from '../../../src/claim/epoch/ledger-reader.js';
import { parkedClaim, parkedClaims } from '../../../src/claim/ledger/parked-claims.js';
import { Retention } from '../../../src/claim/recovery/retention.js';
import { OutboxRelay } from '../../../src/claim/outbox/outbox-relay.js';
import { slotOf } from '../../../src/claim/domain/log-slots.js';
import { eventsOf, linesOf, packEvents } from '../../../src/claim/domain/event-pack.js';
import type { PackRow } from '../../../src/database/outbox.js';
import { EventStream, type EventPack } from '../../../src/claim/outbox/event-stream.js';
import { Intake, StaleEpochError } from '../../../src/claim/log/intake.js';
import { Ledger, StockRowMissingError } from '../../../src/claim/ledger/ledger.js';
import { placeholders, type Database } from '../../../src/database/database.js';
import { IssueHistories } from '../../../src/reporting/issue-history.js';
import { EmbeddedBroadcast } from '../../../src/broadcast/broadcast.embedded.js';
import { Metrics } from '../../../src/observability/metrics.js';
import { rfc3339 } from '../../../src/common/clock.js';
import { ClaimIds, eventId, newId } from '../../../src/common/ids.js';
import { slotOf as keySlot } from '../../../src/redis/hash-slot.js';
import { SlotSet } from '../../../src/redis/slots.js';
import { idleLoad, idlePace } from '../../support/idle-load.js';
import { ManualClock } from '../../support/manual-clock.js';
import {
  asking,
  changeClaim,
  claimRow,
  claimRows,
  insertClaims,
  type StoredClaim,
} from '../../harness/claim-rows.js';

interface SentRow extends PackRow {
  readonly status: number;
}

interface WrittenEvent {
  id: string;
  payload: string;
}

const KEPT = { RETENTION_GATE_STATE_HOURS: 1 };

/** What the ledger promises on every database. The database is migrated and may hold anything. */
export function ledgerContract(database: () => Database): void {
  const ids = new ClaimIds('a secret of the tests, 32 characters or more');
  let db: Database;
  let clock: ManualClock;
  let epochs: GateEpochs;
  let ledger: Ledger;
  let positions: ConsumedPositions;
  let gate: EmbeddedStockGate;
  let issuer: ClaimIssuer;
  let letters: DeadLetters;
  let told: { channel: string; message: string }[];
  let epoch: number;

  beforeEach(async () => {
    db = database();
    clock = new ManualClock();
    epochs = new GateEpochs(db, clock);
    positions = new ConsumedPositions(db, newId('vch', clock.now()));
    ledger = new Ledger(db, epochs, new ClaimCodes(db, ids), clock, positions, new ClaimHolds(db));
    gate = new EmbeddedStockGate(clock, { maxPending: 1_000, keyTtlMs: 1_000 });
    const broadcast = new EmbeddedBroadcast();
    told = [];
    for (const channel of [CLAIMS_ENDED, GATE_OVERSOLD]) {
      broadcast.subscribe(channel, (message) => told.push({ channel, message }));
    }
    letters = new DeadLetters(db, epochs, ids, clock, new Metrics(), positions);
    issuer = new ClaimIssuer(ledger, gate, letters, broadcast, clock, new Metrics(), idleLoad(clock));
    epoch = await nextEpoch();
  });

  /** Raises the epoch, as a recovery does. */
  async function opened(present: number): Promise<void> {
    await epochs.opening(present);
    await epochs.open(present);
  }

  async function nextEpoch(): Promise<number> {
    const { epoch: seen } = await epochs.current();
    const raised = await epochs.raise(seen, 'test', 1_000);
    if (raised === undefined) throw new Error('the epoch was not raised');
    return raised;
  }

  async function voucher(total: number): Promise<string> {
    const id = newId('vch', clock.now());
    await stockRow(id, total);
    return id;
  }

  const stockRow = (id: string, total: number): Promise<unknown> =>
    db.write((tx) =>
      tx.query('INSERT INTO voucher_stock (voucher_id, total, issued) VALUES (?, ?, 0)', [id, total]),
    );

  const record = (voucherId: string, sequence: number, more: Partial<ClaimRecord> = {}): ClaimRecord => {
    const userId = more.user_id ?? `usr_${sequence}`;
    const ordinal = more.ordinal ?? 1;
    return {
      v: 1,
      id: ids.id(voucherId, userId, ordinal),
      voucher_id: voucherId,
      user_id: userId,
      ordinal,
      epoch,
      sequence,
      at: clock.now(),
      ...more,
    };
  };
  const some = (voucherId: string, from: number, to: number): ClaimRecord[] =>
    Array.from({ length: to - from + 1 }, (_, n) => record(voucherId, from + n));
  const logged = (records: readonly ClaimRecord[]): LoggedClaim[] =>
    records.map((entry) => ({ record: entry }));
  const issue = (...records: ClaimRecord[]) => ledger.issue(logged(records));
  const rows = (voucherId: string): Promise<StoredClaim[]> => claimRows(asking(db.read), { voucherId });
  const packs = async (voucherId: string, type = 'claim.issued'): Promise<SentRow[]> =>
    db.read.query(
      'SELECT id, type, aggregate_id, payload, packed, events, created_at, status FROM outbox WHERE aggregate_id = ? AND type = ? ORDER BY id',
      [voucherId, type],
    );
  const events = async (voucherId: string, type = 'claim.issued'): Promise<WrittenEvent[]> =>
    (await packs(voucherId, type)).flatMap((row) => {
      const lines = eventsOf(row);
      expect(lines).toHaveLength(Number(row.events));
      return lines.map((line) => ({ id: (JSON.parse(line) as { id: string }).id, payload: line }));
    });
  const taken = async (voucherId: string): Promise<number> =>
    Number(
      (await db.read.query('SELECT issued FROM voucher_stock WHERE voucher_id = ?', [voucherId]))[0].issued,
    );

  describe('the ledger', () => {
    it('writes claims, stock and one event for each in one go', async () => {
      const id = await voucher(10);
      const batch = some(id, 1, 3);
      const result = await issue(...batch);
      expect(result).toMatchObject({ known: [], rejected: [], voided: [], at: clock.now() });
      expect(result.issued).toEqual(batch);
      const found = await rows(id);
      expect(found.map((row) => row.id)).toEqual(batch.map((entry) => entry.id));
      for (const row of found)
        expect(row).toMatchObject({ status: 'issued', code: ids.code(row.id), reject_reason: null });
      expect(await taken(id)).toBe(3);
      const sent = await events(id);
      expect(sent.map((event) => event.id).sort()).toEqual(
        batch.map((entry) => eventId('claim.issued', entry.id)).sort(),
      );
      for (const { payload } of sent) {
        for (const row of found) expect(payload).not.toContain(row.code);
      }
    });

    it('takes a batch that is delivered again as known, and writes nothing', async () => {
      const id = await voucher(10);
      const batch = some(id, 1, 5);
      await issue(...batch);
      const before = [await rows(id), await events(id), await taken(id)];
      clock.pass(1_000);
      const again = await issue(...batch);
      expect(again.issued).toEqual([]);
      expect(again.known.map(({ record: entry, rejected }) => [entry.id, rejected])).toEqual(
        batch.map((entry) => [entry.id, false]),
      );
      expect([await rows(id), await events(id), await taken(id)]).toEqual(before);
    });

    it('holds claims on a voucher that asks for confirmation, beside others that are issued', async () => {
      const [kept, plain] = [await voucher(10), await voucher(10)];
      await db.write((tx) =>
        tx.query(
          `INSERT INTO vouchers (id, merchant_id, title, status, total_stock, per_user_limit, opens_at, closes_at, time_zone, protection, version, created_at, updated_at, confirm_within_s)
           VALUES (?, 'mer_1', 'x', 'live', 10, 1, 0, 1, 'UTC', '{}', 1, 0, 0, 60)`,
          [kept],
        ),
      );
      const before = await db.readClock();
      const records = [...some(kept, 1, 3), ...some(plain, 1, 1)];
      const result = await issue(...records);
      const after = await db.readClock();
      expect([result.issued.length, result.held.size]).toEqual([4, 3]);
      expect((await rows(kept)).map((row) => [row.status, row.code])).toEqual(
        Array<unknown>(3).fill(['held', null]),
      );
      expect((await rows(plain)).map((row) => row.status)).toEqual(['issued']);
      expect([await taken(kept), await taken(plain)]).toEqual([3, 1]);
      const holds: { claim_id: string; confirm_until: number | string }[] = await db.read.query(
        'SELECT claim_id, confirm_until FROM claim_holds WHERE voucher_id = ?',
        [kept],
      );
      expect(holds).toHaveLength(3);
      for (const { claim_id: claimId, confirm_until: until } of holds) {
        expect((await claimRow(asking(db.read), claimId)).confirm_until).toBe(Number(until));
        expect(Number(until)).toBeGreaterThanOrEqual(before + 60_000);
        expect(Number(until)).toBeLessThanOrEqual(after + 60_000);
      }
      const again = await issue(...records);
      expect(again.issued).toEqual([]);
      expect(again.known.map(({ held }) => held).sort()).toEqual([false, true, true, true]);
    });

    it('takes a record that stands twice in a batch once', async () => {
      const id = await voucher(10);
      const [one, two] = some(id, 1, 2) as [ClaimRecord, ClaimRecord];
      expect((await issue(one, two, one, one)).issued).toHaveLength(2);
      expect([await taken(id), (await rows(id)).length, (await events(id)).length]).toEqual([2, 2, 2]);
    });

    it('writes the new ones of a batch that overlaps an earlier one', async () => {
      const id = await voucher(10);
      await issue(...some(id, 1, 3));
      const result = await issue(...some(id, 2, 5));
      expect(result.issued.map((entry) => entry.sequence)).toEqual([4, 5]);
      expect(result.known).toHaveLength(2);
      expect([await taken(id), (await events(id)).length]).toEqual([5, 5]);
    });

    it('rejects the highest sequence numbers when the stock does not suffice', async () => {
      const id = await voucher(3);
      const [a, b, c, d, e] = some(id, 1, 5) as [
        ClaimRecord,
        ClaimRecord,
        ClaimRecord,
        ClaimRecord,
        ClaimRecord,
      ];
      const result = await issue(e, b, a, d, c);
      expect(result.issued.map((entry) => entry.sequence).sort()).toEqual([1, 2, 3]);
      expect(result.rejected.map((entry) => entry.sequence).sort()).toEqual([4, 5]);
      expect(
        (await rows(id)).map((row) => [row.sequence, row.status, row.reject_reason, row.code !== null]),
      ).toEqual([
        [1, 'issued', null, true],
        [2, 'issued', null, true],
        [3, 'issued', null, true],
        [4, 'rejected', 'stock_exhausted', false],
        [5, 'rejected', 'stock_exhausted', false],
      ]);
      expect([await taken(id), (await events(id)).length]).toEqual([3, 3]);
      const refused = (await events(id, 'claim.rejected')).map((event) => JSON.parse(event.payload).data);
      expect(refused.map((data) => [data.sequence, data.status]).sort()).toEqual([
        [4, 'rejected'],
        [5, 'rejected'],
      ]);
      const again = await issue(a, d);
      expect(again.known.map(({ rejected }) => rejected)).toEqual([false, true]);
    });

    it('rejects only where the stock is short, not in other vouchers of the batch', async () => {
      const [short, ample] = [await voucher(1), await voucher(10)];
      const result = await issue(...some(short, 1, 2), ...some(ample, 1, 2));
      expect(result.rejected.map((entry) => [entry.voucher_id, entry.sequence])).toEqual([[short, 2]]);
      expect([await taken(short), await taken(ample)]).toEqual([1, 2]);
    });

    it('never issues more than there is, when ten batches are written at once', async () => {
      const id = await voucher(25);
      const batches = Array.from({ length: 10 }, (_, n) => some(id, n * 5 + 1, n * 5 + 5));
      await Promise.all(batches.map((batch) => issue(...batch)));
      const found = await rows(id);
      expect(found.filter((row) => row.status === 'issued')).toHaveLength(25);
      expect(found.filter((row) => row.status === 'rejected')).toHaveLength(25);
      expect([await taken(id), (await events(id)).length]).toEqual([25, 25]);
    });

    it('takes a voucher without a stock row for a fault, not for sold out', async () => {
      const id = await voucher(10);
      const absent = newId('vch', clock.now());
      const batch = [...some(id, 1, 2), ...some(absent, 1, 2)];
      await expect(issue(...batch)).rejects.toThrow(StockRowMissingError);
      expect([await rows(id), await rows(absent), await taken(id)]).toEqual([[], [], 0]);
      expect(await events(absent, 'claim.rejected')).toEqual([]);
      await stockRow(absent, 10); // the node has caught up
      expect(await issue(...batch)).toMatchObject({ rejected: [], issued: { length: 4 } });
      expect([await taken(id), await taken(absent)]).toEqual([2, 2]);
    });

    it('writes nothing of a batch that breaks in the middle', async () => {
      const id = await voucher(10);
      await issue(record(id, 1));
      const poison = record(id, 2, { user_id: 'usr_1', id: ids.id(id, 'somebody else', 1) });
      await expect(issue(...some(id, 3, 5), poison)).rejects.toThrow();
      expect([await taken(id), (await rows(id)).length, (await events(id)).length]).toEqual([1, 1, 1]);
    });
  });

  describe('the outbox', () => {
    interface Sent extends Pick<EventPack, 'type' | 'key' | 'payload'> {
      readonly id: string;
    }

    class Heard extends EventStream {
      readonly events: Sent[] = [];
      readonly calls: number[] = [];
      send(packs: readonly EventPack[]): Promise<void> {
        const sent = packs.flatMap(({ type, key, payload }) =>
          linesOf(payload).map((line) => ({ id: JSON.parse(line).id, type, key, payload: line })),
        );
        this.events.push(...sent);
        this.calls.push(sent.length);
        return Promise.resolve();
      }
      of = (voucherId: string): Sent[] => this.events.filter(({ key }) => key === voucherId);
    }

    /** Sends what there is. */
    async function relayed(): Promise<{ heard: Heard; metrics: Metrics }> {
      const [heard, metrics] = [new Heard(), new Metrics()];
      await new OutboxRelay(db, heard, clock, metrics).run();
      return { heard, metrics };
    }

    const depthOf = async (metrics: Metrics): Promise<number | undefined> =>
      (await metrics.outboxDepth.get()).values[0]?.value;

    it('holds the events of a voucher and a type in packs of a hundred', async () => {
      const [id, other] = [await voucher(250), await voucher(10)];
      await issue(...some(id, 1, 251), ...some(other, 1, 3));
      const counts = (await packs(id)).map((pack) => pack.events);
      expect(counts.sort()).toEqual([100, 100, 50]);
      expect((await packs(id, 'claim.rejected')).map((pack) => pack.events)).toEqual([1]);
      expect((await packs(other)).map((pack) => pack.events)).toEqual([3]);
    });

    it('is sent once, each event on a line of its own', async () => {
      await relayed();
      const id = await voucher(150);
      const batch = some(id, 1, 150);
      const { at } = await issue(...batch);
      const { heard, metrics } = await relayed();
      const sent = heard.of(id);
      expect(sent.map((event) => event.id).sort()).toEqual(
        batch.map((entry) => eventId('claim.issued', entry.id)).sort(),
      );
      for (const event of sent) expect(event).toMatchObject({ type: 'claim.issued', key: id });
      // To the byte what was sent when the events were in the table as text.
      expect(sent.map(({ payload }) => payload).sort()).toEqual(
        batch
          .map((entry) =>
            JSON.stringify({
              id: eventId('claim.issued', entry.id),
              type: 'claim.issued',
              version: 1,
              created_at: rfc3339(at),
              data: {
                object: 'claim',
                id: entry.id,
                voucher_id: id,
                user_id: entry.user_id,
                ordinal: entry.ordinal,
                sequence: entry.sequence,
                status: 'issued',
              },
            }),
          )
          .sort(),
      );
      expect(await packs(id)).toMatchObject([1, 1].map((status) => ({ status, payload: null })));
      expect((await relayed()).heard.of(id)).toEqual([]);
      expect(await depthOf(metrics)).toBe(0);
    });

    it('is sent two thousand events at a time at most', async () => {
      await relayed();
      const id = await voucher(2_150);
      await issue(...some(id, 1, 2_150));
      const { heard } = await relayed();
      // Packs of one transaction are of the same age: the last one, of 50, may be taken before others.
      expect(heard.calls).toHaveLength(2);
      expect(Math.max(...heard.calls)).toBeLessThanOrEqual(2_000);
      expect(new Set(heard.of(id).map((event) => event.id)).size).toBe(2_150);
    });

    it('sends a row from before there were packs as the one event it is', async () => {
      await relayed();
      const id = await voucher(1);
      const payload = JSON.stringify({ id: `evt_old_${id}`, type: 'claim.issued', data: { id: 'clm_1' } });
      await db.write((tx) =>
        tx.query(
          'INSERT INTO outbox (id, type, aggregate_id, payload, status, created_at) VALUES (?, ?, ?, ?, 0, ?)',
          [`evt_old_${id}`, 'claim.issued', id, payload, clock.now()],
        ),
      );
      const { heard } = await relayed();
      expect(heard.of(id)).toEqual([{ id: `evt_old_${id}`, type: 'claim.issued', key: id, payload }]);
    });

    it('counts the events that wait, not their packs, also while they cannot be sent', async () => {
      const id = await voucher(150);
      await relayed();
      await issue(...some(id, 1, 150));
      const metrics = new Metrics();
      const broken = Object.assign(new Heard(), { send: () => Promise.reject(new Error('away')) });
      const relay = new OutboxRelay(db, broken, clock, metrics);
      await expect(relay.run()).rejects.toThrow('away');
      expect(await depthOf(metrics)).toBe(150);
      expect((await packs(id)).map(({ status }) => status)).toEqual([0, 0]);
      expect((await relayed()).heard.of(id)).toHaveLength(150);
    });

    it.each([
      ['bytes', (kept: readonly ClaimRecord[], at: number) => packEvents('claim.issued', kept, at)[0]],
      [
        'lines, as versions before wrote it',
        (kept: readonly ClaimRecord[], at: number) => ({
          packed: null,
          payload: kept
            .map(({ id, user_id, ordinal, sequence }) =>
              JSON.stringify([id.slice(20), user_id, ordinal, sequence]),
            )
            .join('\n'),
          at,
        }),
      ],
    ])(
      'is given back the events of a pack of %s that was cut by hand, also the first, once',
      async (_how, cut) => {
        const id = await voucher(10);
        const batch = some(id, 1, 5);
        await issue(...batch);
        const [pack] = (await packs(id)) as [SentRow];
        const left = cut(batch.slice(1, 4), Number(pack.created_at));
        // Versions before gave a pack the id of its first event; it keeps it when it loses that event.
        await db.write((tx) =>
          tx.query('UPDATE outbox SET id = ?, payload = ?, packed = ?, events = 3 WHERE id = ?', [
            eventId('claim.issued', batch[0]?.id ?? ''),
            left?.payload,
            left?.packed,
            pack.id,
          ]),
        );
        const findings = new AuditFindings(db, gate, { isOpen: false } as GateKeeper, ids);
        const missing = await findings.withoutEvent(id);
        expect(missing.sort()).toEqual([batch[0]?.id, batch[4]?.id].sort());
        await Promise.all([ledger.restoreEvents(missing), ledger.restoreEvents([...missing].reverse())]);
        expect((await events(id)).map((event) => event.payload).sort()).toEqual(eventsOf(pack).sort());
        expect(await findings.withoutEvent(id)).toEqual([]);
      },
    );

    it('is given back all events of a pack that was removed', async () => {
      const id = await voucher(150);
      await issue(...some(id, 1, 150));
      const before = (await events(id)).map((event) => event.payload).sort();
      const [pack] = (await packs(id)) as [SentRow];
      await db.write((tx) => tx.query('DELETE FROM outbox WHERE id = ?', [pack.id]));
      const findings = new AuditFindings(db, gate, { isOpen: false } as GateKeeper, ids);
      const missing = await findings.withoutEvent(id);
      expect(missing).toHaveLength(pack.events);
      await ledger.restoreEvents(missing);
      await ledger.restoreEvents(missing);
      expect((await events(id)).map((event) => event.payload).sort()).toEqual(before);
    });

    describe('when it is pruned', () => {
      const DAY_MS = 86_400_000;
      const days = {
        RETENTION_SENT_EVENTS_DAYS: 30,
        RETENTION_DEAD_LETTERS_DAYS: 180,
        RETENTION_UNIT_RETURNS_DAYS: 20,
      };
      const keeper = { isOpen: false, epochOf: () => 0 } as unknown as GateKeeper;
      const prune = (metrics = new Metrics()): Promise<void> => new Retention(db, clock, metrics, days).run();
      const removed = async (id: string): Promise<unknown> =>
        db.read.query('SELECT type, events, up_to FROM outbox_removed WHERE aggregate_id = ?', [id]);
      const eventsEquation = async (id: string): Promise<Equation | undefined> =>
        (await new Auditor(db, gate, keeper, ids, new ProvedRanges(db), idlePace(clock)).audit(id)).find(
          ({ name }) => name === EQUATION.events,
        );

      it('loses packs that were sent and are old, keeps how many events they were, and the audit holds', async () => {
        const id = await voucher(500);
        const old = some(id, 1, 150);
        await issue(...old);
        const issuedAt = clock.now();
        await relayed();
        clock.pass(29 * DAY_MS);
        const unsent = some(id, 151, 260);
        await issue(...unsent);
        await prune();
        expect(await packs(id)).toHaveLength(4);
        expect(await removed(id)).toEqual([]);

        clock.pass(2 * DAY_MS);
        const metrics = new Metrics();
        await Promise.all([prune(metrics), prune(metrics)]);
        expect((await events(id)).map((event) => event.id).sort()).toEqual(
          unsent.map((entry) => eventId('claim.issued', entry.id)).sort(),
        );
        const [kept] = (await removed(id)) as [{ type: string; events: unknown; up_to: unknown }];
        expect([kept.type, Number(kept.events), Number(kept.up_to)]).toEqual(['claim.issued', 150, issuedAt]);
        expect((await metrics.retentionRemoved.get()).values).toContainEqual(
          expect.objectContaining({ labels: { kind: 'sent_event' } }),
        );
        expect(await eventsEquation(id)).toMatchObject({ left: 260, right: 260, holds: true });

        // Old enough by now, and not sent: it stays.
        clock.pass(60 * DAY_MS);
        await prune();
        expect(await packs(id)).toHaveLength(2);
      });

      it('sums up give-backs that a gate took long ago, in one row a voucher, and what was given back stays told', async () => {
        const [id, other] = [await voucher(5), await voucher(5)];
        const insert = (voucherId: string, first: number, count: number, state: string): Promise<unknown> =>
          db.write((tx) =>
            tx.query(
              `INSERT INTO unit_returns (voucher_id, number, cause, units, claims_count, claims, state, created_at, settled_at)
               VALUES ${placeholders(count, 9)}`,
              Array.from({ length: count }, (_, n) => [
                ...[voucherId, first + n, 'cancelled', 2, 3, '[["usr_1",1]]', state, clock.now()],
                state === 'taken' ? clock.now() : null,
              ]).flat(),
            ),
          );
        const left = async (voucherId: string): Promise<unknown[]> => {
          const rows: Record<string, unknown>[] = await db.read.query(
            'SELECT number, state, units, claims_count FROM unit_returns WHERE voucher_id = ? ORDER BY number',
            [voucherId],
          );
          return rows.map((row) => [
            Number(row['number']),
            row['state'],
            Number(row['units']),
            Number(row['claims_count']),
          ]);
        };
        // More than one transaction folds, one that no gate took in between, and one of another voucher.
        await insert(id, 1, 700, 'taken');
        await insert(id, 701, 1, 'pending');
        await insert(id, 702, 1, 'taken');
        await insert(other, 1, 1, 'taken');
        clock.pass(19 * DAY_MS);
        await insert(id, 703, 1, 'taken');
        await prune();
        expect(await left(id)).toHaveLength(703);
        clock.pass(2 * DAY_MS);
        const metrics = new Metrics();
        await Promise.all([prune(metrics), prune(metrics)]);
        // Of two that meet one may end early, and leave some to the next run.
        await prune(metrics);
        const kept = [
          [0, 'folded', 1402, 2103],
          [701, 'pending', 2, 3],
        ];
        expect(await left(id)).toEqual([...kept, [703, 'taken', 2, 3]]);
        expect(await left(other)).toEqual([[0, 'folded', 2, 3]]);
        expect((await metrics.retentionRemoved.get()).values).toContainEqual({
          labels: { kind: 'unit_return' },
          value: 702,
        });
        clock.pass(30 * DAY_MS);
        await prune();
        await prune();
        expect(await left(id)).toEqual([[0, 'folded', 1404, 2106], kept[1]]);
        const equations = await new Auditor(
          db,
          gate,
          keeper,
          ids,
          new ProvedRanges(db),
          idlePace(clock),
        ).audit(id);
        expect(
          equations.find(({ name }) => name === 'claims given back = claims cancelled or released'),
        ).toMatchObject({ left: 2_109 });
      });

      it('loses by which accounts people took part, a day after the voucher was over and no sooner', async () => {
        const [over, live] = [await voucher(5), await voucher(5)];
        const rows = (id: string): Promise<unknown[]> =>
          db.read.query('SELECT person FROM voucher_people WHERE voucher_id = ?', [id]);
        const set = (id: string, status: string): Promise<unknown> =>
          db.write((tx) =>
            tx.query(
              `INSERT INTO vouchers (id, merchant_id, title, status, total_stock, per_user_limit, opens_at, closes_at, time_zone,
                protection, one_per, version, created_at, updated_at)
                VALUES (?, 'mer_1', 'Tea', ?, 5, 1, 0, 1, 'UTC', '{}', 'person', 1, 0, ?)`,
              [id, status, clock.now()],
            ),
          );
        for (const id of [over, live])
          await db.write((tx) =>
            tx.query(
              `INSERT INTO voucher_people (voucher_id, person, user_id, created_at) VALUES ${placeholders(600, 4)}`,
              Array.from({ length: 600 }, (_, n) => [id, `person ${n}`, `usr_${n}`, 0]).flat(),
            ),
          );
        await set(live, 'live');
        await set(over, 'ended');
        clock.pass(DAY_MS - 1_000);
        await prune();
        expect(await rows(over)).toHaveLength(600);
        clock.pass(2_000);
        await Promise.all([prune(), prune()]);
        expect(await rows(over)).toEqual([]);
        expect(await rows(live)).toHaveLength(600);
      });

      it('still tells a claim without an event, and writes none of those again that were removed', async () => {
        const id = await voucher(500);
        await issue(...some(id, 1, 120));
        await relayed();
        clock.pass(31 * DAY_MS);
        await issue(...some(id, 121, 150));
        await prune();
        const findings = new AuditFindings(db, gate, keeper, ids);
        expect(await findings.withoutEvent(id)).toEqual([]);
        await db.write((tx) => tx.query('DELETE FROM outbox WHERE aggregate_id = ?', [id]));
        expect(await eventsEquation(id)).toMatchObject({ left: 120, right: 150, holds: false });
        const missing = await findings.withoutEvent(id);
        expect(missing.sort()).toEqual(
          some(id, 121, 150)
            .map((entry) => entry.id)
            .sort(),
        );
        const said = await findings.of(
          id,
          await new Auditor(db, gate, keeper, ids, new ProvedRanges(db), idlePace(clock)).audit(id),
        );
        expect(said).toContainEqual(expect.stringContaining('were removed because of their age'));
        await ledger.restoreEvents(missing);
        expect(await eventsEquation(id)).toMatchObject({ left: 150, right: 150, holds: true });
      });

      it('adds to what was removed before', async () => {
        const id = await voucher(500);
        for (const [from, to] of [
          [1, 30],
          [31, 90],
        ] as const) {
          await issue(...some(id, from, to));
          await relayed();
          clock.pass(31 * DAY_MS);
          await prune();
        }
        const [kept] = (await removed(id)) as [{ events: unknown; up_to: unknown }];
        expect([Number(kept.events), Number(kept.up_to)]).toEqual([90, clock.now() - 31 * DAY_MS]);
        expect(await eventsEquation(id)).toMatchObject({ left: 90, right: 90, holds: true });
      });

      it('loses dead letters that were settled long ago, and never an open one', async () => {
        const sources = ['open', 'retried', 'discarded', 'late'].map(
          (name) => `${name}/${newId('vch', clock.now())}`,
        );
        for (const source of sources) await letters.keep({ source, payload: '{', reason: 'of the test' });
        const ofTest = async (): Promise<{ id: string; source: string }[]> =>
          db.read.query(`SELECT id, source FROM claim_dead_letters WHERE source IN (?, ?, ?, ?)`, sources);
        const idOf = new Map((await ofTest()).map(({ id, source }) => [source, id]));
        const settle = (source: string | undefined, status: 'retried' | 'discarded'): Promise<void> =>
          db.write((tx) => letters.close(tx, idOf.get(source ?? '') ?? '', status, 'usr_1', 'of the test'));
        await settle(sources[1], 'retried');
        await settle(sources[2], 'discarded');
        clock.pass(100 * DAY_MS);
        await settle(sources[3], 'discarded');
        clock.pass(81 * DAY_MS);
        await prune();
        expect((await ofTest()).map(({ source }) => source).sort()).toEqual([sources[0], sources[3]].sort());
      });
    });
  });

  describe('the history of a drop', () => {
    const WINDOW = 10_000;
    const MINUTE_MS = 60_000;
    const CHUNK = 1_000;

    /** Rows with the sequence numbers, taken one a millisecond. */
    async function taken(id: string, from: number, to: number, status = 'issued'): Promise<void> {
      for (let first = from; first <= to; first += CHUNK) {
        const rows = some(id, first, Math.min(to, first + CHUNK - 1));
        await db.write((tx) =>
          insertClaims(
            tx,
            rows.map((row) => ({
              id: row.id,
              voucher_id: id,
              user_id: row.user_id,
              ordinal: 1,
              epoch,
              sequence: row.sequence,
              status: row.sequence === 7 ? 'rejected' : status,
              created_at: clock.now() + row.sequence,
              issued_at: status === 'issued' ? clock.now() + row.sequence + 5 : null,
            })),
          ),
        );
      }
    }

    /** A process of its own; @returns how many windows it read from the claims. */
    function process(pace = idlePace(clock)): { histories: IssueHistories; windowsRead: () => number } {
      let reads = 0;
      const { read } = db;
      const counting = new Proxy(read, {
        get: (target, name) =>
          name === 'query'
            ? (sql: string, values: unknown[]) => {
                if (sql.includes('COUNT(DISTINCT sequence)')) reads += 1;
                return target.query(sql, values);
              }
            : Reflect.get(target, name),
      });
      const seen = new Proxy(db, {
        get: (target, name) => {
          if (name === 'read') return counting;
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
      return { histories: new IssueHistories(seen, clock, pace), windowsRead: () => reads };
    }

    it('is read from the claims once where it is settled, whichever process shows it', async () => {
      const id = await voucher(30_000);
      await taken(id, 1, 2 * WINDOW + 10);
      const first = process();
      const shown = await first.histories.of(id);
      expect(shown).toMatchObject({ rejected: 1, users: 2 * WINDOW + 9 });
      expect(first.windowsRead()).toBe(3);
      // Too recent to be settled: the next process reads all of it, too.
      const second = process();
      expect(await second.histories.of(id)).toEqual(shown);
      expect(second.windowsRead()).toBe(3);

      clock.pass(11 * MINUTE_MS);
      expect(await first.histories.of(id)).toEqual(shown);
      const third = process();
      expect(await third.histories.of(id)).toEqual(shown);
      expect(third.windowsRead()).toBe(1);
      expect(shown.rate.taken.reduce((sum, n) => sum + n)).toBe(2 * WINDOW + 9);
    });

    it('gives way to claims where more than two windows are to be read, and what it waited counts for no look', async () => {
      const id = await voucher(30_000);
      await taken(id, 1, 2 * WINDOW + 10);
      const waits: string[] = [];
      const { histories, windowsRead } = process({
        run: async (what, piece, how) => {
          waits.push(what);
          clock.pass(MINUTE_MS);
          how?.onWait?.(MINUTE_MS);
          return piece();
        },
      } as BackgroundPace);
      await histories.of(id);
      expect(waits).toEqual(['board']);
      expect(windowsRead()).toBe(3);
      clock.pass(1);
      await histories.of(id);
      expect(windowsRead()).toBe(4);
      expect(waits).toEqual(['board']);
    });

    it('is not settled while a claim waits for its confirmation, and knows no time of one that has none', async () => {
      const id = await voucher(30_000);
      await taken(id, 1, WINDOW - 1);
      await taken(id, WINDOW, WINDOW, 'held');
      clock.pass(11 * MINUTE_MS);
      const { rate } = await process().histories.of(id);
      expect(rate.bucketS).toBe(1);
      expect(rate.issued.reduce((sum, n) => sum + n)).toBe(WINDOW - 2);
      await db.write((tx) =>
        changeClaim(asking(tx), record(id, WINDOW).id, { status: 'issued', issued_at: clock.now() }),
      );
      const later = await process().histories.of(id);
      expect(later.lastIssuedAt).toBe(clock.now());
      expect(later.rate.issued.reduce((sum, n) => sum + n)).toBe(WINDOW - 1);
    });
  });

  describe('the barrier of a recovery', () => {
    const at = (entry: ClaimRecord, partition: number, offset: bigint): LoggedClaim => ({
      record: entry,
      position: { partition, offset },
    });

    it('voids records of an old epoch at or behind it, and takes those before it', async () => {
      const id = await voucher(10);
      const [before, on, behind, elsewhere] = some(id, 1, 4) as [
        ClaimRecord,
        ClaimRecord,
        ClaimRecord,
        ClaimRecord,
      ];
      const present = await nextEpoch();
      await epochs.setBarrier(present, { 0: '100', 1: '7' });
      const result = await ledger.issue([
        at(before, 0, 99n),
        at(on, 0, 100n),
        at(behind, 1, 8n),
        at(elsewhere, 5, 0n),
      ]);
      expect(result.issued).toEqual([before]);
      // A partition that the barrier does not name did not exist when it was drawn.
      expect(result.voided).toEqual([on, behind, elsewhere]);
      expect((await rows(id)).map((row) => row.id)).toEqual([before.id]);
      expect([await taken(id), (await events(id)).length]).toEqual([1, 1]);
    });

    it('takes a claim whose first record lies before it, though a late copy lies behind it', async () => {
      const id = await voucher(10);
      const one = record(id, 1);
      const present = await nextEpoch();
      await epochs.setBarrier(present, { 0: '100' });
      const result = await ledger.issue([at(one, 0, 99n), at(one, 0, 100n)]);
      expect([result.issued, result.voided]).toEqual([[one], []]);
    });

    it('takes a claim that was made again, though a void record of the same id comes before it', async () => {
      const id = await voucher(10);
      const late = record(id, 1);
      const present = await nextEpoch();
      await epochs.setBarrier(present, { 0: '100' });
      const again = { ...late, epoch: present, sequence: 2 };
      const result = await ledger.issue([at(late, 0, 100n), at(again, 0, 101n)]);
      expect([result.issued, result.voided]).toEqual([[again], []]);
    });

    it('keeps void what a later epoch voided, also while the next recovery has no barrier yet', async () => {
      const id = await voucher(10);
      const [late, before] = some(id, 1, 2) as [ClaimRecord, ClaimRecord];
      const present = await nextEpoch();
      await epochs.setBarrier(present, { 0: '100' });
      await opened(present);
      await nextEpoch();
      const fresh = { ...before, epoch: present };
      const result = await ledger.issue([at(late, 0, 120n), at(fresh, 0, 121n)]);
      expect([result.issued, result.voided]).toEqual([[fresh], [late]]);
    });

    it('takes everything while it is not drawn yet, and what comes from the intake', async () => {
      const id = await voucher(10);
      const [one, two] = some(id, 1, 2) as [ClaimRecord, ClaimRecord];
      const present = await nextEpoch();
      expect((await ledger.issue([at(one, 0, 500n)])).issued).toEqual([one]);
      await epochs.setBarrier(present, { 0: '100' });
      expect((await issue(two)).issued).toEqual([two]);
    });

    it('stands in the intake as the epoch itself: claims of an older one are not taken', async () => {
      const id = await voucher(10);
      const intake = new Intake(db, epochs, clock);
      const [late, other] = some(id, 1, 2) as [ClaimRecord, ClaimRecord];
      const present = await nextEpoch();
      const before = await intake.depth();
      const fresh = { ...other, epoch: present };
      await expect(intake.append([fresh, late])).rejects.toBeInstanceOf(StaleEpochError);
      expect(await intake.depth()).toBe(before);
      await intake.append([fresh]);
      expect(await intake.depth()).toBe(before + 1);
      await db.write((tx) => tx.query('DELETE FROM claim_intake WHERE claim_id = ?', [fresh.id]));
    });

    it('is none for slots that keep their epoch, and older than the row may be what counts of the others', async () => {
      const [kept, lost, lostLater] = [await voucher(10), await voucher(10), await voucher(10)];
      const slots = (id: string): SlotSet => SlotSet.of([keySlot(id)]);
      const first = epoch;
      await opened(first);
      /** One master each, which has all slots. */
      const begins = (of: number) =>
        epochs.joined(of, [{ epoch: of, history: 'a'.repeat(40), mark: 7, slots: SlotSet.ALL }]);
      await begins(first);
      const raise = async (these: SlotSet): Promise<number> => {
        const { epoch: seen, masters } = await epochs.current();
        const kept = masters.map((master) => ({ ...master, slots: master.slots.without(these) }));
        return (await epochs.raise(seen, 'test', 1_000, { kept })) ?? 0;
      };
      const second = await raise(slots(lost));
      const barrierForAll = async (): Promise<unknown> => {
        const [raw] = await db.read.query<{ barrier: string }[]>('SELECT barrier FROM gate_epoch');
        return JSON.parse(raw?.barrier ?? '') as unknown;
      };
      // A version that knows no slots fails at the row, before the barrier is drawn and afterwards.
      await expect(barrierForAll()).rejects.toThrow(SyntaxError);
      await epochs.setBarrier(second, { 0: '100' });
      await expect(barrierForAll()).rejects.toThrow(SyntaxError);
      const [a, b, c, d] = some(kept, 1, 4) as [ClaimRecord, ClaimRecord, ClaimRecord, ClaimRecord];
      const [e, f] = some(lost, 1, 2) as [ClaimRecord, ClaimRecord];
      const [g, h] = some(lostLater, 1, 2) as [ClaimRecord, ClaimRecord];
      const recovering = await ledger.issue([at(a, 0, 100n), at(e, 0, 99n), at(f, 0, 101n)]);
      expect([recovering.issued, recovering.voided]).toEqual([[a, e], [f]]);
      await begins(second);
      await opened(second);
      expect((await ledger.issue([at(f, 0, 99n), at(b, 0, 102n)])).issued).toEqual([b]);
      // The intake goes by the same.
      const intake = new Intake(db, epochs, clock);
      const fresh = { ...f, epoch: second };
      await expect(intake.append([c, f])).rejects.toBeInstanceOf(StaleEpochError);
      await intake.append([c, fresh]);
      await db.write((tx) => tx.query('DELETE FROM claim_intake WHERE claim_id IN (?, ?)', [c.id, fresh.id]));
      // Lost with the third: its claims of the first are before the barrier, though the second was opened since.
      const third = await raise(slots(lostLater));
      await epochs.setBarrier(third, { 0: '200' });
      const again = await ledger.issue([at(g, 0, 199n), at(h, 0, 200n), at(d, 0, 201n), at(fresh, 0, 202n)]);
      expect([again.issued, again.voided]).toEqual([[g, d, fresh], [h]]);
      await opened(third);
      expect((await epochs.current()).groups).toHaveLength(2);
      const last = await nextEpoch();
      await epochs.setBarrier(last, { 0: '300' });
      await opened(last);
      expect(await epochs.current()).toMatchObject({ groups: [], barrier: { 0: '300' } });
      expect(await barrierForAll()).toEqual({ 0: '300' });
    });

    it.each([SCRIPTS_VERSION - 1, 0])(
      'keeps no slots of an epoch that is of version %i of the scripts: its keys are of another form',
      async (version) => {
        const first = await nextEpoch();
        const master = { epoch: first, history: 'a'.repeat(40), mark: 7, slots: SlotSet.ALL };
        expect(await epochs.setOrigin(first, { history: 'cluster@', masters: [master] })).toBe(true);
        await opened(first);
        await db.write((tx) => tx.query('UPDATE gate_epoch SET scripts_version = ?', [version]));
        const second = (await epochs.raise(first, 'test', 1_000, { kept: [master] })) ?? 0;
        expect(await epochs.current()).toMatchObject({
          epoch: second,
          scriptsVersion: SCRIPTS_VERSION,
          groups: [],
          masters: [],
        });
        // Of its own version it keeps them.
        const mine = { ...master, epoch: second };
        expect(await epochs.setOrigin(second, { history: 'cluster@', masters: [mine] })).toBe(true);
        await opened(second);
        const third = (await epochs.raise(second, 'test', 1_000, { kept: [mine] })) ?? 0;
        expect((await epochs.current()).masters).toEqual([mine]);
        await opened(third);
        await opened(await nextEpoch());
      },
    );

    it('is of the masters that its row names, with slots that no other master has had', async () => {
      const master = (of: number, history: string, slots: string) => ({
        epoch: of,
        history: history.repeat(40),
        mark: 7,
        slots: SlotSet.parse(slots),
      });
      const first = await nextEpoch();
      const [a, b] = [master(first, 'a', '0-9'), master(first, 'b', '10-16383')];
      const origin = { history: 'cluster@', masters: [a, b] };
      expect(await epochs.setOrigin(first, origin)).toBe(true);
      await opened(first);
      const joined = master(first, 'c', '');
      expect(await epochs.joined(first, [joined, { ...b, slots: SlotSet.ALL }])).toEqual([a, b, joined]);
      // Whoever had it: a slot that comes back is not what it was.
      const left = { ...a, slots: SlotSet.parse('0-4,6-9') };
      for (const _time of [1, 2])
        expect(await epochs.moved(first, SlotSet.of([5]))).toEqual([left, b, joined]);
      expect((await epochs.current()).masters).toEqual([left, b, joined]);
      // Those of an epoch that have lost nothing go on with what they alone have had, beside those of the new one: one that has lost goes.
      const { epoch: seen } = await epochs.current();
      const stranger = master(first, 'e', '20-29');
      const second = (await epochs.raise(seen, 'test', 1_000, { kept: [a, joined, stranger] })) ?? 0;
      const anew = master(second, 'd', '5-5,10-16383');
      expect(await epochs.setOrigin(second, { history: 'cluster@', masters: [anew] })).toBe(true);
      const kept = await epochs.current();
      expect(kept.masters).toEqual([left, joined, anew]);
      expect(kept.groups).toEqual([{ slots: left.slots, epoch: first, kept: true }]);
      expect(await epochs.moved(first, SlotSet.of([6]))).toHaveLength(2);
      expect(await epochs.setOrigin(first, origin)).toBe(false);
      await opened(second);
      // Where all is lost they go with their epoch, which nobody joins any more.
      const last = await nextEpoch();
      expect(await epochs.current()).toMatchObject({ epoch: last, masters: [] });
      for (const over of [first, second]) {
        expect(await epochs.joined(over, [joined])).toBeUndefined();
        expect(await epochs.moved(over, SlotSet.of([7]))).toBeUndefined();
      }
      await opened(last);
    });

    it('does not judge records of the present epoch', async () => {
      const id = await voucher(10);
      const present = await nextEpoch();
      await epochs.setBarrier(present, { 0: '100' });
      const fresh = record(id, 1, { epoch: present });
      expect((await ledger.issue([at(fresh, 0, 500n)])).issued).toEqual([fresh]);
    });

    it('voids a known record too, without a change to its row', async () => {
      const id = await voucher(10);
      const one = record(id, 1);
      await ledger.issue([at(one, 0, 1n)]);
      const present = await nextEpoch();
      await epochs.setBarrier(present, { 0: '1' });
      const again = await ledger.issue([at(one, 0, 2n)]);
      expect(again.issued).toEqual([]);
      expect((await rows(id)).map((row) => row.status)).toEqual(['issued']);
    });
  });

  describe('the account of what is consumed', () => {
    /** Claims of one partition, each a record of its own, as the transport reads them. */
    const at = (records: readonly ClaimRecord[], offset: number): LoggedClaim[] =>
      records.map((entry, index) => ({
        record: entry,
        position: {
          partition: 0,
          offset: BigInt(offset + index),
          covers: { from: slotOf(BigInt(offset + index)), next: slotOf(BigInt(offset + index + 1)) },
        },
      }));
    const reached = async (low = 0n): Promise<bigint | undefined> =>
      (await positions.read()).get(0)?.next(low);

    it('is written with the rows, or not at all', async () => {
      const id = await voucher(10);
      await positions.begin(0, 5n);
      expect(await reached()).toBe(5n);
      await ledger.issue(at(some(id, 1, 3), 5));
      expect(await reached()).toBe(8n);
      const absent = newId('vch', clock.now());
      await expect(ledger.issue(at(some(absent, 1, 2), 8))).rejects.toThrow(StockRowMissingError);
      expect(await reached()).toBe(8n);
    });

    it('counts what was known, void, or set aside, and knows the newest epoch', async () => {
      const id = await voucher(10);
      await positions.begin(0, 0n);
      const old = some(id, 1, 1);
      await ledger.issue(at(old, 0));
      await ledger.issue(at(old, 1));
      expect(await positions.newestEpoch()).toBe(epoch);
      epoch = await nextEpoch();
      await epochs.setBarrier(epoch, { 0: '2' });
      const late = record(id, 2, { epoch: epoch - 1 });
      expect((await ledger.issue(at([late], 2))).voided).toEqual([late]);
      await letters.setAside(at([record(id, 3)], 3)[0] as LoggedClaim, 'no');
      expect(await reached()).toBe(4n);
      expect(await positions.newestEpoch()).toBe(epoch);
    });

    it('shows a gap where batches that are under way at once do not all arrive', async () => {
      const id = await voucher(10);
      await positions.begin(0, 0n);
      await Promise.all([ledger.issue(at(some(id, 3, 4), 2)), ledger.issue(at(some(id, 5, 6), 4))]);
      expect(await reached()).toBe(0n);
      await ledger.issue(at(some(id, 1, 2), 0));
      expect(await reached()).toBe(6n);
    });

    it('is merged without a loss, and keeps what is beyond a gap', async () => {
      const id = await voucher(200);
      await positions.begin(0, 0n);
      for (let n = 0; n < 40; n++) await ledger.issue(at([record(id, n + 1)], n));
      await ledger.issue(at([record(id, 100)], 50));
      const before = (await positions.read()).get(0) as Coverage;
      await positions.compact(0, before, before.upTo(0n));
      const after = (await positions.read()).get(0) as Coverage;
      expect(after.ranges).toHaveLength(2);
      expect(after.next(0n)).toBe(40n);
      expect(after.next(50n)).toBe(51n);
      expect(await positions.newestEpoch()).toBe(epoch);
    });

    it('begins once, and begins anew where the log was emptied', async () => {
      await positions.begin(0, 5n);
      await positions.begin(0, 3n);
      expect(await reached()).toBe(5n);
      await positions.restart(0, 0n);
      expect(await reached()).toBe(0n);
      await positions.skip({ partition: 0, from: 0, next: slotOf(2n) });
      expect(await reached()).toBe(2n);
    });

    it('voids a record that stands behind one of a newer epoch, though the database has forgotten that epoch', async () => {
      const id = await voucher(10);
      const [late] = at(some(id, 1, 1), 0) as [LoggedClaim];
      const overtaken = { ...late, position: { partition: 0, offset: 0n, overtaken: true } };
      expect((await ledger.issue([overtaken])).voided).toEqual([late.record]);
    });

    it('keeps numbers of epochs from being given again', async () => {
      const { epoch: seen } = await epochs.current();
      expect(await epochs.raise(seen, 'test', 1_000, { above: seen + 7 })).toBe(seen + 8);
    });
  });

  describe('the issuer', () => {
    const kept = async (voucherId: string): Promise<{ source: string; payload: string; reason: string }[]> =>
      db.read.query('SELECT source, payload, reason FROM claim_dead_letters WHERE payload LIKE ?', [
        `%${voucherId}%`,
      ]);

    /** Lets the gate take the claims first, as it happens. */
    async function gated(total: number, users: number): Promise<{ id: string; batch: ClaimRecord[] }> {
      const id = await voucher(total);
      await gate.begin(epoch);
      await gate.finish(epoch);
      const now = clock.now();
      await gate.prepare(epoch, {
        id,
        state: 'open',
        opensAt: now,
        closesAt: now + 1_000,
        total: users,
        perUserLimit: 1,
        version: 1,
      });
      await gate.claim(
        epoch,
        id,
        Array.from({ length: users }, (_, n) => ({ userId: `usr_${n + 1}` })),
      );
      return { id, batch: some(id, 1, users) };
    }

    it('tells the gate and the watchers what became of the claims', async () => {
      const { id, batch } = await gated(10, 3);
      await issuer.handle({ claims: logged(batch), unreadable: [] });
      expect(await gate.pendingSize(epoch, id)).toEqual({ size: 0 });
      expect(await gate.status(epoch, id, 'usr_1', 1)).toMatchObject({
        status: 'issued',
        endedAt: clock.now(),
      });
      const ended = told
        .filter(({ channel }) => channel === CLAIMS_ENDED)
        .flatMap(({ message }) => JSON.parse(message));
      expect(ended.sort()).toEqual(batch.map((entry) => entry.id).sort());
    });

    it('tells the gate again of claims that were rows already', async () => {
      const { id, batch } = await gated(10, 3);
      await ledger.issue(logged(batch)); // died before it told the gate
      expect(await gate.pendingSize(epoch, id)).toMatchObject({ size: 3 });
      await issuer.handle({ claims: logged(batch), unreadable: [] });
      expect(await gate.pendingSize(epoch, id)).toEqual({ size: 0 });
      expect([await taken(id), (await events(id)).length]).toEqual([3, 3]);
    });

    it('rejects what an overselling gate accepted, and has it fenced', async () => {
      const { id, batch } = await gated(2, 3);
      await issuer.handle({ claims: logged(batch), unreadable: [] });
      expect(await gate.status(epoch, id, 'usr_3', 1)).toMatchObject({
        status: 'rejected',
        reason: 'stock_exhausted',
      });
      expect(told).toContainEqual({ channel: GATE_OVERSOLD, message: String(epoch) });
    });

    it('sets a poison record aside, and the rest of its batch goes through', async () => {
      const { id, batch } = await gated(100, 20);
      await issue(record(id, 500, { user_id: 'usr_500' }));
      // The same claim under another id: no batch with it can ever be written.
      const poison = record(id, 501, { user_id: 'usr_500', id: ids.id(id, 'somebody else', 1) });
      const mixed = [...batch.slice(0, 13), poison, ...batch.slice(13)];
      await issuer.handle({ claims: logged(mixed), unreadable: [] });
      expect(await rows(id)).toHaveLength(21);
      expect([await taken(id), (await events(id)).length]).toEqual([21, 21]);
      const aside = await kept(id);
      expect(aside).toHaveLength(1);
      expect(JSON.parse(aside[0]?.payload as string)).toEqual(poison);
      expect(aside[0]?.source).toContain(poison.id);
      expect(aside[0]?.reason).not.toBe('');
      expect(await gate.pendingSize(epoch, id)).toEqual({ size: 0 });
    });

    it('waits for a stock row that is missing while other vouchers go on, and sets nothing aside', async () => {
      const { id, batch } = await gated(100, 3);
      const absent = newId('vch', clock.now());
      const handle = () =>
        issuer.handle({ claims: logged([...some(absent, 1, 2), ...batch]), unreadable: [] });
      await expect(handle()).rejects.toThrow(StockRowMissingError);
      expect(await taken(id)).toBe(3);
      expect(await gate.pendingSize(epoch, id)).toEqual({ size: 0 });
      clock.pass(29_000);
      await expect(handle()).rejects.toThrow(StockRowMissingError);
      expect([await rows(absent), await kept(absent)]).toEqual([[], []]);
      await stockRow(absent, 2);
      await handle();
      expect([await taken(id), await taken(absent)]).toEqual([3, 2]);
      expect(told.filter(({ channel }) => channel === GATE_OVERSOLD)).toEqual([]);
    });

    it('sets the claims of a voucher aside whose stock row never comes, to be retried once it is there', async () => {
      const absent = newId('vch', clock.now());
      const batch = some(absent, 1, 2);
      const handle = () => issuer.handle({ claims: logged(batch), unreadable: [] });
      await expect(handle()).rejects.toThrow(StockRowMissingError);
      clock.pass(31_000);
      await handle();
      expect(await rows(absent)).toEqual([]);
      expect((await parkedClaims(db.read, absent)).map((held) => held.id).sort()).toEqual(
        batch.map((entry) => entry.id).sort(),
      );
      expect((await kept(absent))[0]?.reason).toContain('has no stock row in this database');
    });

    it('sets two of them aside, wherever they stand', async () => {
      const { id, batch } = await gated(100, 8);
      await issue(record(id, 500, { user_id: 'usr_500' }));
      const poison = (name: string): ClaimRecord =>
        record(id, 501, { user_id: 'usr_500', id: ids.id(id, name, 1) });
      const mixed = [poison('one'), ...batch, poison('two')];
      await issuer.handle({ claims: logged(mixed), unreadable: [] });
      expect([(await kept(id)).length, await taken(id)]).toEqual([2, 9]);
    });

    /** A claim that can never be issued: the user's claim of that number is there, under the id of another secret. */
    async function unwritable(id: string): Promise<ClaimRecord> {
      const stranger = new ClaimIds('another secret of the tests, 32 characters long');
      await issue(record(id, 700, { user_id: 'usr_700', id: stranger.id(id, 'usr_700', 1) }));
      return record(id, 701, { user_id: 'usr_700' });
    }

    it('tells the gate what the row says where the claim is one under another id', async () => {
      const { id } = await gated(100, 1);
      const poison = await unwritable(id);
      expect(await letters.setAside({ record: poison }, 'no')).toMatchObject({
        kind: 'known',
        rejected: false,
      });
      expect(await kept(id)).toEqual([]);
    });

    it('sets a claim aside once, however often it comes, and holds it', async () => {
      const { id, batch } = await gated(100, 1);
      const [one] = batch as [ClaimRecord];
      for (const reason of ['first', 'second'])
        expect(await letters.setAside({ record: one }, reason)).toEqual({ kind: 'kept' });
      expect(await kept(id)).toMatchObject([{ reason: 'first' }]);
      expect(await parkedClaims(db.read, id)).toEqual([one]);
      expect(await parkedClaim(db.read, one.id)).toEqual(one);
      await issue(one);
      expect(await parkedClaims(db.read, id)).toEqual([]); // what is a row is held no longer
    });

    it('keeps no letter of a record that is void: its unit is back already', async () => {
      const id = await voucher(10);
      const late = record(id, 1);
      const behind = (offset: bigint): LoggedClaim => ({ record: late, position: { partition: 0, offset } });
      const present = await nextEpoch();
      await epochs.setBarrier(present, { 0: '1' });
      expect(await letters.setAside(behind(2n), 'no')).toEqual({ kind: 'void' });
      expect(await letters.setAside(behind(0n), 'no')).toEqual({ kind: 'kept' });
      await opened(present);
      const later = record(id, 2, { epoch: late.epoch });
      expect(await letters.setAside({ record: later }, 'no')).toEqual({ kind: 'void' });
      expect(await parkedClaims(db.read, id)).toEqual([late]);
    });

    it('a gate that is rebuilt loads what ended, as long as the setting says', async () => {
      const now = clock.now();
      const [soon, late] = [newId('vch', now), newId('vch', now)];
      for (const [id, hours] of [[soon, 2] as const, [late, 25] as const])
        await db.write((tx) =>
          tx.query(
            `INSERT INTO vouchers (id, merchant_id, title, status, total_stock, per_user_limit, opens_at, closes_at, time_zone,
               protection, version, created_at, updated_at) VALUES (?, 'mer_1', 'Tea', 'ended', 1, 1, 1, 2, 'UTC', '{}', 1, 1, ?)`,
            [id, now - hours * 3_600_000],
          ),
        );
      const loaded = async (hours: number): Promise<string[]> => {
        const kept = { RETENTION_GATE_STATE_HOURS: hours };
        const all = await new LedgerReader(db, new WaitingStore(db), kept).openVouchers(now);
        return all.flatMap(({ id }) => ([soon, late].includes(id) ? [id] : []));
      };
      expect(await loaded(1)).toEqual([]);
      expect(await loaded(24)).toEqual([soon]);
    });

    it('counts what is held as taken when a gate is rebuilt', async () => {
      const { id, batch } = await gated(10, 3);
      const [first, second, third] = batch as [ClaimRecord, ClaimRecord, ClaimRecord];
      await issue(first, second);
      await letters.setAside({ record: { ...third, sequence: 30, idempotency: 'k.f' } }, 'no');
      const terms = {
        id,
        state: 'open' as const,
        opensAt: 0,
        closesAt: 1,
        total: 10,
        perUserLimit: 1,
        version: 1,
      };
      const reader = new LedgerReader(db, new WaitingStore(db), KEPT);
      const [found] = await reader.forRebuild([terms]);
      if (!found) throw new Error('no voucher was read');
      expect(found.isClaimed).toBe(true);
      expect([found.counters.remaining, found.counters.sequence]).toEqual([7, 30]);
      const all = [];
      for await (const chunk of reader.allUsers(found).users) all.push(...chunk);
      const together = [];
      for (const { users } of await reader.usersOf([found]))
        for await (const chunk of users) together.push(...chunk);
      expect(together).toEqual(expect.arrayContaining(all));
      expect(together).toHaveLength(all.length);
      expect(all).toHaveLength(3);
      expect(all.find(({ userId }) => userId === third.user_id)).toEqual({
        userId: third.user_id,
        live: 1,
        last: 1,
        keys: [{ key: 'k', fingerprint: 'f', ordinal: 1, at: third.at }],
        pending: [{ ordinal: 1, sequence: 30, at: third.at, idempotency: 'k.f' }],
      });
    });

    it('tallies the claims of an audit in pieces of any size, and ends between two of them', async () => {
      const id = await voucher(20);
      await issue(
        ...[1, 2, 3, 4, 5].map((sequence) => record(id, sequence)),
        record(id, 6, { user_id: 'usr_3', ordinal: 2 }),
        record(id, 7, { user_id: 'usr_3', ordinal: 3 }),
      );
      const other = await voucher(3);
      await issue(record(other, 1));
      await db.write(async (tx) => {
        const set = (sequence: number, to: Partial<StoredClaim>): Promise<void> =>
          changeClaim(asking(tx), record(id, sequence).id, to);
        await set(2, { status: 'cancelled' });
        await set(4, { status: 'held', issued_at: null });
        await set(1, { sequence: 5 });
      });
      const { dialect } = db;
      const asked = { voucherId: id, perUserLimit: 2, numberedUpTo: 6, dialect, proved: new Map() };
      const { tally: whole } = await db.snapshot((tx) => tallyClaims(tx, asked));
      expect(whole).toEqual({
        live: 6,
        numbered: 5,
        everIssued: 6,
        givenBack: 1,
        held: 1,
        listed: 2,
        repeated: 1,
        usersAboveLimit: 1,
        indexed: 0,
      });
      for (const piece of [1, 2, 3, 7])
        expect((await db.snapshot((tx) => tallyClaims(tx, { ...asked, piece, range: 1 }))).tally).toEqual(
          whole,
        );

      const gone = new AbortController();
      let statements = 0;
      const counted = db.snapshot((tx) =>
        tallyClaims(
          {
            query: async (sql: string, values: unknown[]) => {
              statements += 1;
              if (statements === 3) gone.abort(new Error('the client went away'));
              return tx.query(sql, values);
            },
            connection: tx.connection,
          } as typeof tx,
          { ...asked, piece: 1, range: 1, signal: gone.signal },
        ),
      );
      await expect(counted).rejects.toThrow('the client went away');
      expect(statements).toBe(3);
    });

    it('reads the rows of users only where one has claims enough to be above the limit', async () => {
      const id = await voucher(20);
      await issue(record(id, 1), record(id, 2), record(id, 3, { user_id: 'usr_1', ordinal: 2 }));
      const { dialect } = db;
      await db.snapshot(async (tx) => {
        const index = placeOf(tx, id, 'claims').byHolder.terms.index;
        const readsIndexAlone = async (sql: string, values: unknown[]): Promise<boolean> => {
          const form = dialect === 'sqlite' ? 'EXPLAIN QUERY PLAN' : 'EXPLAIN FORMAT=TRADITIONAL';
          const plan: Record<string, unknown>[] = await tx.query(`${form} ${sql}`, values);
          const ofUsers = plan.map((row) => JSON.stringify(row)).filter((row) => row.includes(index));
          expect(ofUsers).toHaveLength(1);
          return /COVERING INDEX|Using index(?! condition)/.test(ofUsers.join(''));
        };
        for (const [limit, above] of [
          [1, 1],
          [2, 0],
        ] as const) {
          const asked: [sql: string, values: unknown[]][] = [];
          const seen = {
            connection: tx.connection,
            query: (sql: string, values: unknown[]) => {
              asked.push([sql, values]);
              return tx.query(sql, values);
            },
          } as typeof tx;
          const among = { voucherId: id, dialect };
          expect(await countUsersAbove(seen, among, { after: '', to: undefined, limit })).toBe(above);
          expect(await usersAboveInStretch(seen, among, { after: 0, to: 20, limit })).toHaveLength(above);
          expect(asked).toHaveLength(above > 0 ? 4 : 2);
          for (const [sql, values] of asked)
            expect(await readsIndexAlone(sql, values)).toBe(!sql.includes('status'));
        }
      });
    });

    it('reads what a rebuild needs of many vouchers in a few statements', async () => {
      const ids = [];
      for (let n = 0; n < 20; n++) ids.push(await voucher(5));
      const terms = ids.map((id) => ({
        id,
        state: 'open' as const,
        opensAt: 0,
        closesAt: 1,
        total: 5,
        perUserLimit: 1,
        version: 1,
      }));
      let statements = 0;
      const counted = new Proxy(db, {
        get: (target, name) => {
          const counting = (on: EntityManager): unknown => ({
            connection: on.connection,
            query: (sql: string, values: unknown[]): Promise<unknown> => {
              statements += 1;
              return on.query(sql, values);
            },
          });
          if (name === 'read') return counting(target.read);
          if (name !== 'snapshot') return Reflect.get(target, name) as unknown;
          return (work: (tx: unknown) => Promise<unknown>) => target.snapshot((tx) => work(counting(tx)));
        },
      });
      await issue(record(ids[0] as string, 1), record(ids[0] as string, 2), record(ids[1] as string, 1));
      const reader = new LedgerReader(counted, new WaitingStore(counted), KEPT);
      const sizes = await reader.sizes(ids);
      expect(ids.map((id) => sizes.get(id))).toEqual([2, 1, ...ids.slice(2).map(() => 0)]);
      const found = await reader.forRebuild(terms);
      expect(found.map(({ counters: { remaining }, isClaimed }) => [remaining, isClaimed])).toEqual([
        [3, true],
        [4, true],
        ...ids.slice(2).map(() => [5, false]),
      ]);
      const users: [string, number][] = [];
      for (const { voucherId, users: chunks } of await reader.usersOf(found))
        for await (const chunk of chunks) users.push([voucherId, chunk.length]);
      expect(users).toEqual([
        [ids[0], 2],
        [ids[1], 1],
      ]);
      // Stock and claims are of one statement where a voucher is named by the same text in both tables.
      expect(statements).toBe(packedShare(db.read) === 'all' ? 6 : 5);
    });

    it('issues a held claim of an epoch that is over, only while the gate is open', async () => {
      const id = await voucher(10);
      const held = record(id, 1);
      await letters.setAside({ record: held }, 'no');
      const present = await nextEpoch();
      const nothing = { before: async () => undefined, after: async () => undefined };
      await expect(ledger.reissue({ record: held, held: true }, nothing)).rejects.toMatchObject({
        code: 'gate_recovering',
      });
      await opened(present);
      expect((await ledger.reissue({ record: held, held: false }, nothing)).voided).toEqual([held]);
      expect((await ledger.reissue({ record: held, held: true }, nothing)).issued).toEqual([held]);
      expect((await ledger.reissue({ record: held, held: true }, nothing)).issued).toEqual([]);
      expect(await taken(id)).toBe(1);
    });

    it('keeps what cannot be read, cut to what fits', async () => {
      const id = await voucher(1);
      const payload = `${id} ${'x'.repeat(40_000)}`;
      await issuer.handle({ claims: [], unreadable: [{ source: 'log/0/1', payload, reason: 'not JSON' }] });
      const [letter] = await kept(id);
      expect(letter).toMatchObject({ source: 'log/0/1', reason: 'not JSON' });
      expect(letter?.payload.length).toBeLessThan(payload.length);
    });

    it('writes claims once when two issuers are given the same batch at once', async () => {
      const { id, batch } = await gated(100, 10);
      await Promise.all(
        Array.from({ length: 4 }, () => issuer.handle({ claims: logged(batch), unreadable: [] })),
      );
      expect([(await rows(id)).length, await taken(id), (await events(id)).length]).toEqual([10, 10, 10]);
      expect(await kept(id)).toEqual([]);
    });

    it('asks for the batch again when the database is away, and sets nothing aside', async () => {
      const { id, batch } = await gated(100, 2);
      const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      const broken = { issue: () => Promise.reject(away) } as unknown as Ledger;
      const helpless = new ClaimIssuer(
        broken,
        gate,
        letters,
        new EmbeddedBroadcast(),
        clock,
        new Metrics(),
        idleLoad(clock),
      );
      await expect(helpless.handle({ claims: logged(batch), unreadable: [] })).rejects.toBe(away);
      expect(await kept(id)).toEqual([]);
      expect(await gate.pendingSize(epoch, id)).toMatchObject({ size: 2 });
    });

    it('leaves the claims pending when the gate does not hear', async () => {
      const { id, batch } = await gated(100, 2);
      const deaf = Object.create(gate) as EmbeddedStockGate;
      deaf.confirm = () => Promise.reject(new Error('away'));
      await new ClaimIssuer(
        ledger,
        deaf,
        letters,
        new EmbeddedBroadcast(),
        clock,
        new Metrics(),
        idleLoad(clock),
      ).handle({
        claims: logged(batch),
        unreadable: [],
      });
      expect(await taken(id)).toBe(2);
      expect(await gate.pendingSize(epoch, id)).toMatchObject({ size: 2 });
    });
  });
}
