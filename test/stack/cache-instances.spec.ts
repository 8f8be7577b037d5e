import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { newId } from '../../src/common/ids.js';
import { ROOT } from '../../src/common/root.js';
import { call, claim, openDrop, users, type Drop } from '../support/crowd.js';
import { Instance } from '../support/instance.js';
import { freshSystem, redisUrl } from '../support/stack-env.js';
import { connectRedis, createRedis } from '../../src/redis/redis.js';

const say = (line: string) => process.stdout.write(`${line}\n`);

describe('public reads of two instances', () => {
  let instances: [Instance, Instance];
  let drop: Drop;

  beforeAll(async () => {
    const redis = createRedis(redisUrl(6), 5_000);
    await connectRedis(redis);
    await redis.flushdb();
    redis.disconnect();
    const env = { ...(await freshSystem('cache', 6)), WEB_DIR: join(ROOT, 'test', 'support', 'web') };
    instances = await Instance.startAll(env, env);
    drop = await openDrop(instances[0].url, 1_000);
  });

  afterAll(async () => {
    for (const instance of instances ?? []) await instance.kill('SIGTERM');
  });

  const both = async (name: string, labels: string): Promise<number> =>
    (await instances[0].metric(name, labels)) + (await instances[1].metric(name, labels));

  /**
   * Asks until it is so. @returns after how long a question was still answered as before; how long answers take on a busy
   * machine is not counted
   */
  async function timeUntil(check: () => Promise<boolean>): Promise<number> {
    const started = performance.now();
    for (let old = 0; ;) {
      const asked = performance.now() - started;
      if (await check()) return old;
      if (asked > 10_000) throw new Error('not so within 10 s');
      old = asked;
      await delay(5);
    }
  }

  it('a change through instance 1 is read through instance 2 in under 1 s', async () => {
    const [one, two] = instances;
    const path = `/v1/vouchers/${drop.id}`;
    const took = { status: 0, availability: 0, list: 0 };
    for (let n = 0; n < 10; n++) {
      for (const page of [path, `${path}/availability`, '/v1/vouchers']) await call(two.url, 'GET', page);
      const [move, status] = n % 2 === 0 ? ['pause', 'paused'] : ['resume', 'live'];
      const moved = await call(one.url, 'POST', `${path}/${move}`, { token: drop.merchantToken });
      expect(moved.status).toBe(200);
      const [page, availability, list] = await Promise.all([
        timeUntil(async () => (await call(two.url, 'GET', path)).body.status === status),
        timeUntil(async () => (await call(two.url, 'GET', `${path}/availability`)).body.status === status),
        timeUntil(async () => (await call(two.url, 'GET', '/v1/vouchers')).body.data[0]?.status === status),
      ]);
      took.status = Math.max(took.status, page);
      took.availability = Math.max(took.availability, availability);
      took.list = Math.max(took.list, list);
    }
    say(
      `seen through the other instance, worst of 10: ${JSON.stringify(took, (_key, v) => (typeof v === 'number' ? Math.round(v) : v))} ms`,
    );
    expect(Math.max(took.status, took.availability, took.list)).toBeLessThan(1_000);
  });

  it('the page of a drop is right on instance 2 within 1 s of a change through instance 1', async () => {
    const [one, two] = instances;
    const fresh = await openDrop(one.url, 2);
    const page = async (): Promise<string> => (await fetch(`${two.url}/drops/${fresh.id}`)).text();
    const change = async (
      what: string,
      work: () => Promise<{ status: number }>,
      shown: string,
    ): Promise<number> => {
      await page();
      const { status } = await work();
      expect([what, status < 300]).toEqual([what, true]);
      return timeUntil(async () => (await page()).includes(shown));
    };
    const token = fresh.merchantToken;
    const move = (name: string) => () => call(one.url, 'POST', `/v1/vouchers/${fresh.id}/${name}`, { token });
    const took: Record<string, number> = {};
    for (let n = 0; n < 5; n++) {
      took[`pause ${n}`] = await change('pause', move('pause'), 'Paused by the merchant');
      took[`resume ${n}`] = await change('resume', move('resume'), 'Claim now');
    }
    const [first, second] = users(2);
    const take =
      (user = first) =>
      () =>
        claim(one.url, fresh.id, user?.token ?? '');
    took['claim'] = await change('claim', take(), 'data-test="remaining">1<');
    took['sold out'] = await change('sold out', take(second), 'Sold out');
    const restock = () =>
      call(one.url, 'POST', `/v1/vouchers/${fresh.id}/stock-adjustments`, {
        token,
        body: { delta: 7, reason: 'more' },
      });
    took['restock'] = await change('restock', restock, 'data-test="remaining">7<');
    say(`pages seen through the other instance, worst: ${Math.round(Math.max(...Object.values(took)))} ms`);
    expect(Math.max(...Object.values(took))).toBeLessThan(1_000);
  });

  it('a new voucher is read through the other instance at once', async () => {
    const [one, two] = instances;
    for (let n = 0; n < 5; n++) {
      const fresh = await openDrop(one.url, 1);
      expect((await call(two.url, 'GET', `/v1/vouchers/${fresh.id}`)).status).toBe(200);
      expect((await call(two.url, 'GET', `/v1/vouchers/${fresh.id}/availability`)).body.remaining).toBe(1);
    }
  });

  it('hit rate on a drop page over 99%', async () => {
    const paths = [`/v1/vouchers/${drop.id}`, `/v1/vouchers/${drop.id}/availability`];
    const counts = async () => ({
      reads: await both('cache_reads_total', ''),
      loads: await both('cache_reads_total', 'level="load"'),
      vouchers: await both('cache_reads_total', 'family="voucher",level="load"'),
      behind: await both('cache_rebuilds_total', 'outcome="loaded"'),
    });
    let rate = 0;
    // Loads go with time and reads with speed: a machine that is busy with other things gets another try.
    for (let attempt = 0; attempt < 3 && rate <= 0.99; attempt++) {
      const before = await counts();
      const started = performance.now();
      for (let wave = 0; wave < 60; wave++)
        await Promise.all(
          Array.from({ length: 50 }, (_none, n) =>
            call((instances[n % 2] as Instance).url, 'GET', paths[(n >> 1) % 2] as string),
          ),
        );
      const seconds = (performance.now() - started) / 1_000;
      const after = await counts();
      const total = after.reads - before.reads;
      const loads = after.loads - before.loads;
      rate = 1 - loads / total;
      say(
        `drop page: ${total} reads in ${seconds.toFixed(1)} s, ${loads} waited for a load, ` +
          `${after.behind - before.behind} loads behind an answer, hit rate ${(100 * rate).toFixed(2)} %`,
      );
      expect(total).toBeGreaterThan(3_000);
      // What is loaded is the stock, from the gate. A few vouchers of the test before may still be brought to the gate.
      expect(after.vouchers - before.vouchers).toBeLessThan(15);
    }
    expect(rate).toBeGreaterThan(0.99);
  });

  it('10,000 unknown ids cause fewer than 1% database reads, through HTTP', async () => {
    const loads = () => both('cache_reads_total', 'family="voucher",level="load"');
    const before = await loads();
    for (let wave = 0; wave < 100; wave++)
      await Promise.all(
        Array.from({ length: 100 }, async (_none, n) => {
          const id = newId('vch', Date.now() - n * wave);
          const { status } = await call(instances[n % 2]?.url ?? '', 'GET', `/v1/vouchers/${id}`);
          if (status !== 404) throw new Error(`${status} for an unknown id`);
        }),
      );
    const loaded = (await loads()) - before;
    say(`10,000 unknown ids through HTTP: ${loaded} loads`);
    expect(loaded).toBeLessThan(100);
  });

  it('tags are the same on both instances and answer 304', async () => {
    for (const path of ['/v1/vouchers', `/v1/vouchers/${drop.id}`, `/v1/vouchers/${drop.id}/availability`]) {
      const first = await call(instances[0].url, 'GET', path);
      const tag = String(first.headers['etag']);
      const again = await call(instances[1].url, 'GET', path, { headers: { 'if-none-match': tag } });
      expect([path, again.status, again.headers['etag'], again.headers['cache-control']]).toEqual([
        path,
        304,
        tag,
        'public, max-age=1',
      ]);
    }
  });
});
