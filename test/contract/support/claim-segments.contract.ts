import { beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ClaimSegments, SEGMENT_ROWS } from '../../../src/claim/ledger/claim-segments.js';
import { learnLayout, readLayout, segmentsOf } from '../../../src/claim/ledger/rows/claim-layout.js';
import { claimsAndClock } from '../../../src/claim/ledger/rows/claims-by-code.js';
import { ClaimColumns } from '../../../src/claim/ledger/rows/claim-columns.js';
import { ClaimMoves } from '../../../src/claim/moves/claim-moves.js';
import { ClaimLists } from '../../../src/claim/read/claim-lists.js';
import { ClaimLookup } from '../../../src/claim/read/claim-lookup.js';
import { newId } from '../../../src/common/ids.js';
import { AuditLog, systemActor } from '../../../src/database/audit-log.js';
import type { Database } from '../../../src/database/database.js';
import { ClaimSearch } from '../../../src/reporting/claim-search.js';
import { ManualClock } from '../../support/manual-clock.js';
import { expectPagesOf } from './claims-of-a-user.js';
import { ClaimsFixture } from './claims-fixture.js';

const SEGMENTS = 4;
/** Of one user, in each of the segments. */
const OF_EACH = 9;
const CLAIMS = SEGMENTS * OF_EACH;
const ID = new ClaimColumns('id');

/** Of an empty database, all of whose claims are packed, and of another process with it. */
export function claimSegmentsContract(subject: () => readonly [db: Database, other: Database]): void {
  let db: Database;
  let other: Database;
  const clock = new ManualClock();

  beforeAll(() => {
    [db, other] = subject();
  });

  const state = async (): Promise<readonly [segment: number, since: number]> => {
    const [row] = await db.read.query(
      'SELECT claims_segment AS segment, claims_segment_from AS since FROM gate_epoch',
    );
    return [Number(row.segment), Number(row.since)];
  };

  describe('the job', () => {
    const fixture = (): ClaimsFixture => new ClaimsFixture(db, clock);
    const voucherId = newId('vch', clock.now());
    let written = 0;

    /** As if that many claims had been written before. */
    const writeRow = async (n: number): Promise<void> => {
      const userId = newId('usr', clock.now());
      const record = await fixture().record({ voucherId, userId, at: clock.now() }, (written += 1));
      expect((await fixture().ledger().issue([{ record }])).issued).toHaveLength(1);
      await db.read.query('UPDATE packed_claims SET n = ? WHERE sequence = ?', [n, record.sequence]);
    };
    const run = (): Promise<boolean> => new ClaimSegments(db).run();

    beforeAll(() => fixture().insertVoucher(voucherId, 100));

    it('goes on when the segment has its rows, and not before', async () => {
      expect(await run()).toBe(false);
      await writeRow(SEGMENT_ROWS - 1);
      expect([await run(), await state()]).toEqual([false, [0, 0]]);
      await writeRow(SEGMENT_ROWS);
      expect([await run(), await state()]).toEqual([true, [1, SEGMENT_ROWS]]);
      expect([await run(), await state()]).toEqual([false, [1, SEGMENT_ROWS]]);
    });

    it('goes on once where two instances run it at the same time', async () => {
      await writeRow(2 * SEGMENT_ROWS);
      const runs = await Promise.all([run(), new ClaimSegments(other).run()]);
      expect([runs.filter(Boolean).length, await state()]).toEqual([1, [2, 2 * SEGMENT_ROWS]]);
    });

    it('makes segments of a large table larger, and never more than the column has', async () => {
      const rows = 64 * SEGMENT_ROWS;
      await writeRow(rows);
      await db.read.query('UPDATE gate_epoch SET claims_segment = 9, claims_segment_from = ?', [
        rows - 3 * SEGMENT_ROWS,
      ]);
      expect(await run()).toBe(false);
      await db.read.query('UPDATE gate_epoch SET claims_segment_from = ?', [rows - 4 * SEGMENT_ROWS]);
      expect([await run(), await state()]).toEqual([true, [10, rows]]);
      await db.read.query('UPDATE gate_epoch SET claims_segment = 254, claims_segment_from = 0');
      expect([await run(), await state()]).toEqual([false, [254, 0]]);
      expect(Math.max(...segmentsOf(db.read))).toBeLessThan(255);
    });

    it('warns once in a process when the numbers of rows run short', async () => {
      const warn = jest.spyOn(Logger.prototype, 'warn');
      try {
        const job = new ClaimSegments(db);
        const last = Math.floor(0.8 * 2 ** 32);
        await job.run();
        expect(warn).not.toHaveBeenCalled();
        await writeRow(last);
        await job.run();
        await job.run();
        expect(warn.mock.calls).toEqual([
          [{ last, most: 2 ** 32 - 1 }, 'claim numbers run short: see docs/runbook.md'],
        ]);
      } finally {
        warn.mockRestore();
      }
    });
  });

  describe('claims of several segments', () => {
    const userId = newId('usr', clock.now());
    const voucherId = newId('vch', clock.now());
    let ids: string[];

    const goOn = async (segment: number): Promise<void> => {
      await db.read.query('UPDATE gate_epoch SET claims_segment = ?, claims_segment_from = 0', [segment]);
    };

    beforeAll(async () => {
      const fixture = new ClaimsFixture(db, clock);
      await fixture.insertVoucher(voucherId, CLAIMS);
      const all = await Promise.all(
        Array.from({ length: CLAIMS }, (_none, n) =>
          // In no order of the segments, and two in one millisecond.
          fixture.record({ voucherId, userId, at: clock.now() + Math.floor(((n * 7) % CLAIMS) / 2) }, n + 1),
        ),
      );
      ids = all.map(({ id }) => id);
      for (let segment = 0; segment < SEGMENTS; segment++) {
        await goOn(segment);
        const some = all.slice(segment * OF_EACH, (segment + 1) * OF_EACH);
        await fixture.ledger().issue(some.map((record) => ({ record })));
      }
    });
    beforeEach(async () => {
      for (const one of [db, other]) await readLayout(one);
    });

    it('are where those who wrote them had come to', async () => {
      const rows: { segment: number; n: number | string }[] = await db.read.query(
        'SELECT segment, COUNT(*) AS n FROM packed_claims WHERE user_id IN (SELECT user_id FROM packed_claims GROUP BY user_id HAVING COUNT(*) > 1) GROUP BY segment ORDER BY segment',
      );
      expect(rows.map(({ segment, n }) => [segment, Number(n)])).toEqual(
        Array.from({ length: SEGMENTS }, (_none, segment) => [segment, OF_EACH]),
      );
    });

    it.each([1, 5, CLAIMS])('are one list of their user, newest first, in pages of %d', (limit) =>
      expectPagesOf(new ClaimLists(db, clock), userId, ids, limit),
    );

    it('are found by code, by id and by search, whichever they are in', async () => {
      const { ids: secrets } = new ClaimsFixture(db, clock);
      const byCode = await claimsAndClock(
        db,
        ID,
        'code',
        ids.map((id) => secrets.code(id)),
      );
      expect(byCode.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
      const lookup = new ClaimLookup(db, clock);
      expect((await Promise.all(ids.map((id) => lookup.find(id)))).map((claim) => claim?.id)).toEqual(ids);
      const search = new ClaimSearch(db, undefined as never);
      for (const id of ids) expect(await search.find(voucherId, secrets.code(id))).toEqual([id]);
    });

    it('are found by a process that has not heard of the newest segment yet', async () => {
      learnLayout(other.connections, {
        claims_packed_from: 0,
        claims_packing: null,
        claims_segment: SEGMENTS - 2,
      });
      const list = await new ClaimLists(other, clock).ofUser(userId, { limit: CLAIMS }, []);
      expect(list.data.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
      const { ids: secrets } = new ClaimsFixture(other, clock);
      const newest = ids.at(-1) ?? '';
      expect(await claimsAndClock(other, ID, 'code', [secrets.code(newest)])).toMatchObject([{ id: newest }]);
    });

    it('move together, each once', async () => {
      const moves = new ClaimMoves(db, new AuditLog());
      const by = systemActor('mer_1');
      const redeem = () =>
        db.write((tx) =>
          moves.move(
            tx,
            'redeem',
            ids.map((claimId) => ({ claimId, by })),
            clock.now(),
          ),
        );
      const outcomes = [...(await redeem()), ...(await redeem())].map(({ kind }) => kind);
      expect(outcomes).toEqual([
        ...Array<string>(CLAIMS).fill('moved'),
        ...Array<string>(CLAIMS).fill('refused'),
      ]);
    });
  });
}
