import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { truncateSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Stack } from '../harness/stack.js';
import {
  audit,
  call,
  claim,
  crowdAt,
  eventually,
  openDrop,
  settle,
  users,
  type Drop,
} from '../support/crowd.js';
import { Instance } from '../support/instance.js';
import { asksIn, freshSystem, required } from '../support/stack-env.js';
import { fieldsOf } from '../../src/claim/gate/redis/gate-records.js';
import { claimRows } from '../harness/claim-rows.js';

/** One test for each line of the table of faults; what is not here stands in faults.spec.ts. */
describe('the table of faults', () => {
  let env: Record<string, string>;
  let stack: Stack;
  let running: Instance[] = [];

  beforeAll(async () => {
    env = await freshSystem('table', 10);
    stack = new Stack(required('STACK_DIR'));
  });

  afterAll(async () => {
    await stack.up(); // whatever a failed test left down
  });

  // An instance that a failed test left would consume what the next one waits for.
  afterEach(() => stop());

  const start = async (more: Record<string, string> = {}): Promise<Instance> => {
    const instance = await Instance.start({ ...env, ...more });
    running.push(instance);
    return instance;
  };

  const stop = async (): Promise<void> => {
    await Promise.all(running.map((instance) => instance.kill('SIGTERM')));
    running = [];
  };

  const rows = async (drop: Drop): Promise<string[]> =>
    (await claimRows(asksIn(env), { voucherId: drop.id }))
      .filter(({ status }) => status === 'issued')
      .map(({ id }) => id);

  /** Every 202 is issued, nothing is pending, and the equations hold. */
  async function allIsWell(
    at: Instance,
    drop: Drop,
    won: readonly { id: string; token: string }[],
  ): Promise<void> {
    const statuses = await settle(at.url, won);
    expect([...statuses.values()].filter((status) => status !== 'issued')).toEqual([]);
    await eventually('the equations hold, and nothing is pending', async () => {
      const { body } = await call(at.url, 'GET', `/v1/vouchers/${drop.id}/summary`, {
        token: drop.merchantToken,
      });
      return body.pending === 0 && Object.values(await audit(at.url, drop)).every(({ holds }) => holds);
    });
  }

  describe.each([
    ['before the gate', 'claim.before-gate', 'nothing', 15],
    ['after the gate', 'claim.after-gate', 'sweep', 15],
    ['after the log', 'claim.after-log', 'consumer', 15],
    // A batch is one pass, and a consumer that started late takes many claims in each.
    ['after the commit', 'consumer.after-commit', 'redelivery is a no-op', 3],
  ])('application killed %s', (_when, step, outcome, pass) => {
    it(outcome, async () => {
      const first = await start({ FAILPOINTS: `${step}=kill:${pass}` });
      // More units and users than any first instance lives to see.
      const drop = await openDrop(first.url, 40_000);
      // One by one where nothing may have been taken: of others, one could just be between gate and log.
      const crowd = crowdAt(() => first.url, drop, 40_000, step === 'claim.before-gate' ? 1 : 10);
      await first.exited();
      await crowd.stop();
      const second = await start();
      await allIsWell(second, drop, crowd.won);
      const issued = await rows(drop);
      expect(crowd.won.length).toBeGreaterThan(0);
      const unanswered = issued.length - crowd.won.length;
      const swept = await second.metric('compensations_total', 'job="sweep"');
      const known = await second.metric('claims_duplicate_total');
      if (step === 'claim.before-gate') expect(unanswered).toBe(0);
      if (step === 'claim.after-gate') expect(Math.min(unanswered, swept)).toBeGreaterThan(0);
      if (step === 'claim.after-log') expect(unanswered).toBeGreaterThan(0);
      if (step === 'consumer.after-commit') expect(known).toBeGreaterThan(0);
    });
  });

  it.each(['flushed', 'replaced by an older copy'])(
    'Redis %s: closed at once, rebuilt, opened; no accepted claim lost, no unit sold twice',
    async (how) => {
      const instance = await start();
      const drop = await openDrop(instance.url, 1_500);
      const crowd = crowdAt(() => instance.url, drop, 20_000);
      await eventually('some claims are taken', async () => crowd.won.length > 100);
      if (how === 'flushed') {
        const redis = new Redis(stack.redis.url);
        await redis.flushall();
        await redis.quit();
      } else {
        const { path, size } = stack.redis.appendOnlyFile;
        const before = crowd.won.length;
        await eventually('more is taken than the copy has', async () => crowd.won.length > before + 100);
        await stack.redis.stop('SIGKILL');
        truncateSync(path, size);
        await stack.redis.start();
        await stack.redis.waitReady();
      }
      await eventually('it is closed, or was', async () =>
        crowd.answers.some(({ body }) => body?.code === 'gate_recovering'),
      );
      const before = crowd.won.length;
      await eventually('claims go on', async () => crowd.won.length > before + 50);
      await crowd.stop();
      await allIsWell(instance, drop, crowd.won);
      expect(await instance.metric('claims_rejected_total')).toBe(0);
    },
  );

  it('Kafka lost its data and offsets: the pending ledger re-sends; duplicates are no-ops', async () => {
    const instance = await start();
    const drop = await openDrop(instance.url, 20_000);
    const crowd = crowdAt(() => instance.url, drop, 20_000);
    await eventually('some claims are taken', async () => crowd.won.length > 100);
    // With the database away the claims wait in Kafka, where they are lost; the gate's pending ledger has them still.
    await stack.database.stop('SIGKILL');
    const before = crowd.won.length;
    await eventually('claims wait in Kafka', async () => crowd.won.length > before + 100);
    await crowd.stop();
    await stack.kafka.stop('SIGKILL');
    stack.kafka.wipe();
    await Promise.all([stack.kafka.start(), stack.database.start()]);
    await Promise.all([stack.kafka.waitReady(), stack.database.waitReady()]);
    await allIsWell(instance, drop, crowd.won);
    expect(await instance.metric('compensations_total', 'job="sweep"')).toBeGreaterThanOrEqual(100);
  });

  it('database and Kafka down: 503 before the gate; nothing taken', async () => {
    const instance = await start();
    const drop = await openDrop(instance.url, 20_000);
    const crowd = users(2_000);
    expect((await claim(instance.url, drop.id, crowd[0]?.token ?? '')).status).toBe(202);
    await Promise.all([stack.database.stop('SIGKILL'), stack.kafka.stop('SIGKILL')]);
    const refused: string[] = [];
    let next = 1;
    await eventually('claims are refused before the gate', async () => {
      const wave = crowd.slice(next, (next += 10));
      const answers = await Promise.all(wave.map(({ token }) => claim(instance.url, drop.id, token)));
      for (const [i, { status, body, headers }] of answers.entries()) {
        expect(status).toBe(503);
        expect(headers['retry-after']).toBeDefined();
        if (body.code === 'overloaded') refused.push(wave[i]?.id ?? '');
      }
      return refused.length >= 50;
    });
    const redis = new Redis(env['REDIS_URL'] ?? '');
    const key = `vc:{${drop.id}}:${await instance.metric('gate_epoch')}:claims`;
    const taken = await Promise.all(
      refused.flatMap((id) => fieldsOf(id).map((field) => redis.hexists(key, field))),
    );
    expect(taken.filter((held) => held === 1)).toEqual([]);
    await redis.quit();
    await Promise.all([stack.database.start(), stack.kafka.start()]);
    await Promise.all([stack.database.waitReady(), stack.kafka.waitReady()]);
    await allIsWell(instance, drop, []);
  });

  it('Redis out of memory: nothing taken, not ready; both again in the same epoch once it has some', async () => {
    const instance = await start();
    const drop = await openDrop(instance.url, 20);
    const [before, meanwhile, after] = users(3).map(({ token }) => token) as [string, string, string];
    const claimBy = async (token: string): Promise<number> =>
      (await claim(instance.url, drop.id, token)).status;
    const ready = async (): Promise<number> => (await fetch(`${instance.opsUrl}/readyz`)).status;
    expect([await ready(), await claimBy(before)]).toEqual([200, 202]);
    const epoch = await instance.metric('gate_epoch');
    const redis = new Redis(stack.redis.url);
    try {
      await redis.config('SET', 'maxmemory', '1');
      await eventually('no claim can be taken', async () => (await ready()) === 503);
      expect(await claimBy(meanwhile)).toBe(503);
    } finally {
      await redis.config('SET', 'maxmemory', '0');
      await redis.quit();
    }
    await eventually('claims can be taken', async () => (await ready()) === 200);
    expect([await claimBy(after), await instance.metric('gate_epoch')]).toEqual([202, epoch]);
  });

  // Shorter than a minute, and several times the lease, which is what the protocol compares a pause with.
  it('two instances, one paused (SIGSTOP) for a minute and then continued: its late answers and records cannot oversell or double-issue', async () => {
    const [one, two] = [await start(), await start()];
    // More users and units than are used up meanwhile, refusals of a closed gate included: they must last beyond the pause.
    const drop = await openDrop(one.url, 120_000);
    const crowds = [one, two].map((instance) => crowdAt(() => instance.url, drop, 60_000));
    const taken = (): number => crowds.reduce((sum, { won }) => sum + won.length, 0);
    await eventually('some claims are taken', async () => taken() > 200);
    two.signal('SIGSTOP');
    const redis = new Redis(stack.redis.url);
    await redis.flushall();
    await redis.quit();
    const epoch = await one.metric('gate_epoch');
    await eventually(
      'the other instance rebuilds the gate',
      async () => (await one.metric('gate_epoch')) > epoch,
    );
    await delay(5_000);
    two.signal('SIGCONT');
    const before = taken();
    await eventually('claims go on', async () => taken() > before + 100);
    await Promise.all(crowds.map((crowd) => crowd.stop()));
    const won = crowds.flatMap((crowd) => crowd.won);
    await allIsWell(one, drop, won);
    expect((await rows(drop)).length).toBeLessThanOrEqual(120_000);
  });

  it('clocks apart by minutes: nothing: windows are judged by one clock', async () => {
    const slow = await start({ CLOCK_OFFSET_MS: '-300000' });
    const fast = await start({ CLOCK_OFFSET_MS: '300000' });
    const drop = await openDrop(slow.url, 100, {
      opens_at: new Date(Date.now() - 1_000).toISOString(),
      closes_at: new Date(Date.now() + 120_000).toISOString(),
    });
    const looks = (instance: Instance) => instance.metric('job_runs_total', 'job="lifecycle",outcome="ok"');
    for (const instance of [slow, fast]) {
      const before = await looks(instance);
      await eventually(
        'it has looked several times at what time does to vouchers',
        async () => (await looks(instance)) >= before + 3,
      );
    }
    const crowd = users(20);
    const answers = await Promise.all(
      crowd.map(({ token }, i) => claim(i % 2 ? slow.url : fast.url, drop.id, token)),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
    await allIsWell(
      slow,
      drop,
      answers.map(({ body }, i) => ({ id: body.id as string, token: crowd[i]?.token ?? '' })),
    );
  });
});
