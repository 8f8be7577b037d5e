import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  COUNTS_TTL_MS,
  type ClaimCounts,
  type ClaimCountsStore,
} from '../../../src/claim/outcomes/claim-counts.js';

export interface ClaimCountsHarness {
  readonly store: ClaimCountsStore;
  /** Lets time pass for what the store keeps of the voucher. */
  pass(voucherId: string, ms: number): Promise<void>;
}

let vouchers = 0;
const counts = (accepted: number, latency: readonly number[] = [accepted]): ClaimCounts => ({
  outcomes: { accepted },
  accepted: latency,
  refused: [],
});

/** What every store of counts must do. */
export function claimCountsContract(open: () => ClaimCountsHarness): void {
  describe('a store of counts', () => {
    let harness: ClaimCountsHarness;
    let voucherId: string;
    const write = (writer: string, part: ClaimCounts) =>
      harness.store.write([{ voucherId, writer, counts: part }]);

    beforeEach(() => {
      harness = open();
      voucherId = `vch_${process.pid}${Date.now()}${(vouchers += 1)}`;
    });

    it('knows nothing of a voucher that nobody counted', async () => {
      expect(await harness.store.read(voucherId)).toBeUndefined();
    });

    it('adds up what several writers counted, whatever each of them knows', async () => {
      await write('a', { outcomes: { accepted: 2, 'gate.sold_out': 5 }, accepted: [1, 1], refused: [5] });
      await write('b', { outcomes: { accepted: 3 }, accepted: [0, 0, 3], refused: [] });
      expect(await harness.store.read(voucherId)).toEqual({
        outcomes: { accepted: 5, 'gate.sold_out': 5 },
        accepted: [1, 1, 3],
        refused: [5],
      });
    });

    it('counts nothing twice when a writer writes again', async () => {
      await write('a', counts(2));
      await write('a', counts(2));
      await write('a', counts(7));
      expect(await harness.store.read(voucherId)).toEqual(counts(7));
    });

    it('takes several vouchers at once, and keeps them apart', async () => {
      const other = `${voucherId}x`;
      await harness.store.write([
        { voucherId, writer: 'a', counts: counts(1) },
        { voucherId: other, writer: 'a', counts: counts(2) },
      ]);
      expect(await harness.store.read(voucherId)).toEqual(counts(1));
      expect(await harness.store.read(other)).toEqual(counts(2));
    });

    it('forgets a voucher thirty days after the last write, and not before', async () => {
      await write('a', counts(1));
      await harness.pass(voucherId, COUNTS_TTL_MS - 60_000);
      await write('b', counts(1));
      await harness.pass(voucherId, COUNTS_TTL_MS - 60_000);
      expect(await harness.store.read(voucherId)).toEqual(counts(2));
      await harness.pass(voucherId, 60_000);
      expect(await harness.store.read(voucherId)).toBeUndefined();
    });
  });
}
