import { expect, it } from '@jest/globals';
import { EmbeddedRevocationLog } from '../../src/auth/adapters/revocation-log.embedded.js';
import { ManualClock } from '../support/manual-clock.js';
import { revocationLogContract } from './support/revocation-log.contract.js';

revocationLogContract(() => {
  const log = new EmbeddedRevocationLog(new ManualClock(), 60_000);
  return { log, elsewhere: log };
});

it('drops what is older than an access token can be', async () => {
  const clock = new ManualClock();
  const log = new EmbeddedRevocationLog(clock, 60_000);
  await log.add(['old']);
  clock.pass(60_000);
  await log.add(['new']);
  expect((await log.since(undefined)).sessionIds).toEqual(['new']);
});
