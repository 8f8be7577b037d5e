import { expect, it } from '@jest/globals';
import { EmbeddedKnownIds } from '../../src/cache/adapters/known-ids.embedded.js';
import { ManualClock } from '../support/manual-clock.js';
import { knownIdsContract } from './support/known-ids.contract.js';

knownIdsContract(async () => new EmbeddedKnownIds(new ManualClock()));

it('lets additions go that a build has for certain', async () => {
  const clock = new ManualClock();
  const ids = new EmbeddedKnownIds(clock);
  await ids.add('voucher', 'vch_old');
  clock.pass(61_000);
  await ids.add('voucher', 'vch_new');
  const since = await ids.place('voucher');
  await ids.publish('voucher', { generation: 1, probes: 1, since }, new Uint8Array(1));
  expect((await ids.look('voucher', '0')).added).toEqual(['vch_new']);
});
