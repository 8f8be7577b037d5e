import { expect, it } from '@jest/globals';
import { EmbeddedClaimCounts } from '../../src/claim/outcomes/claim-counts.embedded.js';
import { ManualClock } from '../support/manual-clock.js';
import { claimCountsContract } from './support/claim-counts.contract.js';

claimCountsContract(() => {
  const clock = new ManualClock();
  return { store: new EmbeddedClaimCounts(clock), pass: async (_voucherId, ms) => clock.pass(ms) };
});

it('drops the voucher that was not written for longest when there are too many', async () => {
  const store = new EmbeddedClaimCounts(new ManualClock(), 2);
  const counts = { outcomes: { accepted: 1 }, accepted: [1], refused: [] };
  for (const voucherId of ['a', 'b', 'a', 'c']) await store.write([{ voucherId, writer: 'w', counts }]);
  expect(await store.read('b')).toBeUndefined();
  expect(await store.read('a')).toEqual(counts);
  expect(await store.read('c')).toEqual(counts);
});
