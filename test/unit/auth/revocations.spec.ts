import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { EmbeddedRevocationLog } from '../../../src/auth/adapters/revocation-log.embedded.js';
import { Revocations } from '../../../src/auth/revocations.js';
import { EmbeddedBroadcast } from '../../../src/broadcast/broadcast.embedded.js';
import type { Broadcast } from '../../../src/broadcast/broadcast.js';
import { Metrics } from '../../../src/observability/metrics.js';
import { until } from '../../support/api.js';
import { ManualClock } from '../../support/manual-clock.js';

const POLL_MS = 20;
const LIFETIME_MS = 900_000 + 60_000;
const clock = new ManualClock();
const metrics = new Metrics();
const running: Revocations[] = [];

async function instance(log: EmbeddedRevocationLog, broadcast: Broadcast): Promise<Revocations> {
  const config = { ACCESS_TOKEN_TTL_S: 900, REVOCATION_POLL_MS: POLL_MS };
  const revocations = new Revocations(log, broadcast, clock, metrics, config);
  await revocations.onModuleInit();
  running.push(revocations);
  return revocations;
}

/** Every message is lost. */
const deaf: Broadcast = { publish: () => Promise.resolve(), subscribe: () => undefined };

const known = (revocations: Revocations, id: string): Promise<true> =>
  until(async () => (revocations.has(id) ? true : undefined));

describe('revocations', () => {
  beforeAll(() => Logger.overrideLogger(false));
  afterEach(async () => {
    for (const revocations of running.splice(0)) await revocations.beforeApplicationShutdown();
  });

  it('hold at once where they were made, and on all who hear of them', async () => {
    const log = new EmbeddedRevocationLog(clock, LIFETIME_MS);
    const broadcast = new EmbeddedBroadcast();
    const [here, there] = [await instance(log, broadcast), await instance(log, broadcast)];
    const revoked = here.revoke(['ses_1', 'ses_2'], 'ended_by_user');
    expect([here.has('ses_1'), here.has('ses_2'), here.has('ses_3')]).toEqual([true, true, false]);
    await revoked;
    expect([there.has('ses_1'), there.has('ses_2'), there.has('ses_3')]).toEqual([true, true, false]);
  });

  it('reach an instance whose messages are all lost', async () => {
    const log = new EmbeddedRevocationLog(clock, LIFETIME_MS);
    const [here, there] = [await instance(log, deaf), await instance(log, deaf)];
    await here.revoke(['ses_1'], 'logout');
    await known(there, 'ses_1');
  });

  it('are known to a new instance before it serves', async () => {
    const log = new EmbeddedRevocationLog(clock, LIFETIME_MS);
    await (await instance(log, deaf)).revoke(['ses_1'], 'logout');
    expect((await instance(log, deaf)).has('ses_1')).toBe(true);
  });

  it('are told to those who listen even where the log is away, and the caller hears of it', async () => {
    const log = new EmbeddedRevocationLog(clock, LIFETIME_MS);
    const broadcast = new EmbeddedBroadcast();
    const [here, there] = [await instance(log, broadcast), await instance(log, broadcast)];
    jest.spyOn(log, 'add').mockRejectedValueOnce(new Error('away'));
    await expect(here.revoke(['ses_1'], 'logout')).rejects.toThrow('away');
    expect([here.has('ses_1'), there.has('ses_1')]).toEqual([true, true]);
  });

  it('are read again after the log was away', async () => {
    const log = new EmbeddedRevocationLog(clock, LIFETIME_MS);
    const [here, there] = [await instance(log, deaf), await instance(log, deaf)];
    const since = jest.spyOn(log, 'since').mockRejectedValue(new Error('away'));
    await here.revoke(['ses_1'], 'logout');
    await until(async () => (since.mock.calls.length > 2 ? true : undefined));
    expect(there.has('ses_1')).toBe(false);
    since.mockRestore();
    await known(there, 'ses_1');
  });

  it('are kept as long as an access token can live, and no longer', async () => {
    const log = new EmbeddedRevocationLog(clock, LIFETIME_MS);
    const here = await instance(log, deaf);
    await here.revoke(['ses_1'], 'logout');
    clock.pass(LIFETIME_MS - 1);
    await here.revoke(['ses_2'], 'logout');
    expect(here.has('ses_1')).toBe(true);
    clock.pass(1);
    await here.revoke(['ses_3'], 'logout');
    expect([here.has('ses_1'), here.has('ses_2'), here.has('ses_3')]).toEqual([false, true, true]);
  });
});
