import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InstanceId } from '../../src/common/instance-id.js';
import { loadConfig } from '../../src/config/index.js';
import { InstanceRegister } from '../../src/instances/instances.js';
import { ROOT } from '../../src/common/root.js';
import { loggerParams } from '../../src/observability/logging.js';
import { Metrics } from '../../src/observability/metrics.js';
import { until, type Json } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { tokenFor, users } from '../support/crowd.js';
import { expectProblem } from '../support/problem.js';

const token = tokenFor('usr_0000000000admn01', 'admin');

let server: TestApp;
beforeAll(async () => {
  server = await startApp({ RATE_LIMIT_READ: 'off', RATE_LIMIT_LOGIN: '7/3m sliding-window shared refuse' });
});
afterAll(() => server.stop());

const get = (path: string): Promise<Json> => server.api.expect(200, 'GET', `/v1/admin/${path}`, { token });

describe('what an administrator sees', () => {
  it('is the instance: what it is, whether it is ready, how it fares', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    const instance = await until(async () => {
      const [one] = (await get('instances')).data;
      return one?.ready && one.jobs.some(({ job }: Json) => job === 'sweep') ? one : undefined;
    });
    expect(instance).toMatchObject({
      object: 'instance',
      id: expect.stringMatching(/^ins_/),
      version,
      role: 'all',
      mode: 'embedded',
      ready: true,
      checks: { database: { ready: true, required: true }, gate: { ready: true } },
      gate: { open: true, epoch: expect.any(Number) },
      consumer: { consumes: true, partitions: null },
    });
    expect(instance.memory.rss_bytes).toBeGreaterThan(10_000_000);
    expect(instance.event_loop_lag_ms.max).toBeGreaterThanOrEqual(instance.event_loop_lag_ms.mean);
    expect(Date.parse(instance.last_seen)).toBeGreaterThanOrEqual(Date.parse(instance.started_at));
    expect((await get('instances')).data).toHaveLength(1);
  });

  it('has one identity: in its report, jobs, metrics, leases of the gate and log lines', async () => {
    const [instance] = (await get('instances')).data;
    const system = await until(async () => {
      const found = await get('system');
      return found.jobs.length > 0 ? found : undefined;
    });
    expect(system.gate.leader).toBe(instance.id);
    expect(new Set(system.jobs.map((job: Json) => job.instance))).toEqual(new Set([instance.id]));
    const { instanceInfo } = server.app.get(Metrics);
    expect((await instanceInfo.get()).values).toEqual([
      { labels: { id: instance.id, role: 'all', version: instance.version }, value: 1 },
    ]);
    const params = loggerParams(loadConfig({}), server.app.get(InstanceId));
    expect(params.pinoHttp).toMatchObject({ base: { role: 'all', instance: instance.id } });
  });

  it('is its reads by cache level and what each layer saw, with the next report', async () => {
    const merchant = (await server.api.registerMerchant()).access_token;
    const { id } = await server.api.liveVoucher(merchant, { total_stock: 1 });
    for (let n = 0; n < 3; n++) await server.api.expect(200, 'GET', `/v1/vouchers/${id}`);
    const [user] = users(1);
    const { body } = await server.api.claim(user?.token ?? '', id);
    await server.api.waitIssued(user?.token ?? '', body.id);
    const instance = await until(async () => {
      const [one] = (await get('instances')).data;
      return one.totals.claims_issued === 1 ? one : undefined;
    });
    const reads = instance.caches.filter(({ family }: Json) => family === 'voucher');
    expect(reads.reduce((sum: number, one: Json) => sum + one.reads, 0)).toBeGreaterThanOrEqual(3);
    expect(instance.funnel).toContainEqual(expect.objectContaining({ layer: 'gate', requests: 1 }));
  });

  it('is what waits where, and when each job ran last', async () => {
    const system = await until(async () => {
      const found = await get('system');
      return found.jobs.some(({ job }: Json) => job === 'sweep') ? found : undefined;
    });
    expect(system).toMatchObject({
      object: 'system',
      gate: { state: 'open', epoch: expect.any(Number), scripts_version: expect.any(Number) },
      gate_open_here: true,
      log_lag: 0,
      pending: 0,
      pending_oldest_ms: null,
      intake_depth: 0,
      outbox_depth: expect.any(Number),
      dead_letters_open: 0,
    });
    expect(system.jobs).toContainEqual(
      expect.objectContaining({ job: 'sweep', outcome: 'ok', failures: 0, instance: expect.any(String) }),
    );
  });

  it('is the limits and lifetimes in force', async () => {
    const policies = await get('policies');
    const byName = new Map(policies.rate_limits.map((one: Json) => [one.name, one]));
    expect(byName.get('read')).toMatchObject({ enabled: false, limit: null, setting: 'RATE_LIMIT_READ' });
    expect(byName.get('login')).toEqual({
      name: 'login',
      enabled: true,
      algorithm: 'sliding-window',
      limit: 7,
      window_ms: 180_000,
      scope: 'shared',
      when_away: 'refuse',
      setting: 'RATE_LIMIT_LOGIN',
    });
    expect(policies.caches).toContainEqual({
      family: 'voucher',
      local: expect.objectContaining({ fresh_ms: expect.any(Number) }),
      shared: expect.objectContaining({ stale_ms: expect.any(Number) }),
      null_ms: expect.any(Number),
      jitter: 0.1,
    });
    expect(policies.drain).toEqual({ claims_per_second: null });
  });

  it('is shown to nobody else', async () => {
    const shopper = (await server.api.register()).access_token;
    const merchant = (await server.api.registerMerchant()).access_token;
    for (const path of ['instances', 'system', 'policies']) {
      for (const other of [shopper, merchant])
        expectProblem(await server.api.call('GET', `/v1/admin/${path}`, { token: other }), 'forbidden');
      expectProblem(await server.api.call('GET', `/v1/admin/${path}`), 'unauthenticated');
    }
  });
});

describe('an instance that stops', () => {
  it('takes itself off the register', async () => {
    const other = await startApp();
    const register = other.app.get(InstanceRegister);
    await until(async () => ((await register.list()).length === 1 ? true : undefined));
    await other.stop();
    expect(await register.list()).toEqual([]);
  });
});
