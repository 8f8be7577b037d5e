import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Stack } from '../harness/stack.js';
import { audit, claim, crowdAt, eventually, openDrop, settle, users } from '../support/crowd.js';
import { freePort } from '../../src/cli/free-ports.js';
import { Instance } from '../support/instance.js';
import { freshSystem, required } from '../support/stack-env.js';

describe('faults on real servers', () => {
  let env: Record<string, string>;
  let stack: Stack;

  beforeAll(async () => {
    env = await freshSystem('faults', 2);
    stack = new Stack(required('STACK_DIR'));
  });

  afterAll(async () => {
    await stack.up(); // whatever a failed test left down
  });

  it('issues every 202 after kill -9 of the application under load', async () => {
    let instance = await Instance.start(env);
    const drop = await openDrop(instance.url, 5_000);
    const crowd = crowdAt(() => instance.url, drop, 4_000);
    await eventually('some claims are taken', async () => crowd.won.length > 300);
    await instance.kill('SIGKILL');
    await crowd.stop();
    instance = await Instance.start(env);
    const statuses = await settle(instance.url, crowd.won);
    expect(statuses.size).toBe(crowd.won.length);
    expect([...statuses.values()].filter((status) => status !== 'issued')).toEqual([]);
    await eventually('nothing is pending', async () => {
      const equations = await audit(instance.url, drop);
      return Object.values(equations).every((equation) => equation.holds);
    });
    await instance.kill('SIGTERM');
  });

  it('Kafka down for long: the intake takes over, claims go on; the intake drains when it is back', async () => {
    const instance = await Instance.start(env);
    const drop = await openDrop(instance.url, 20_000);
    const crowd = crowdAt(() => instance.url, drop, 20_000);
    await eventually('some claims are taken', async () => crowd.won.length > 100);
    await stack.kafka.stop('SIGKILL');
    const before = crowd.won.length;
    await eventually('claims go on', async () => crowd.won.length > before + 200);
    expect(await instance.metric('claim_log_appends_total', 'sink="intake"')).toBeGreaterThan(0);
    await stack.kafka.start();
    await stack.kafka.waitReady();
    const back = crowd.won.length;
    await eventually('claims go on with Kafka back', async () => crowd.won.length > back + 200);
    await crowd.stop();
    const statuses = await settle(instance.url, crowd.won);
    expect([...statuses.values()].filter((status) => status !== 'issued')).toEqual([]);
    await eventually('the equations hold', async () => {
      const equations = await audit(instance.url, drop);
      return Object.values(equations).every((equation) => equation.holds);
    });
    await instance.kill('SIGTERM');
  });

  it('database down: claims go on into Kafka and are issued when it is back', async () => {
    const instance = await Instance.start(env);
    const drop = await openDrop(instance.url, 20_000);
    const crowd = crowdAt(() => instance.url, drop, 20_000);
    await eventually('some claims are taken', async () => crowd.won.length > 50);
    await stack.database.stop('SIGKILL');
    const before = crowd.won.length;
    await eventually('claims go on', async () => crowd.won.length > before + 100);
    await stack.database.start();
    await stack.database.waitReady();
    await crowd.stop();
    const statuses = await settle(instance.url, crowd.won);
    expect([...statuses.values()].filter((status) => status !== 'issued')).toEqual([]);
    const equations = await audit(instance.url, drop);
    expect(Object.values(equations).every((equation) => equation.holds)).toBe(true);
    await instance.kill('SIGTERM');
  });

  it('Redis restarted: closed at once, rebuilt, opened; no accepted claim lost, no unit sold twice', async () => {
    const instance = await Instance.start(env);
    const drop = await openDrop(instance.url, 1_000);
    const crowd = crowdAt(() => instance.url, drop, 20_000);
    await eventually('some claims are taken', async () => crowd.won.length > 200);
    await stack.redis.stop('SIGKILL');
    await stack.redis.start();
    await stack.redis.waitReady();
    await instance.ready();
    const before = crowd.won.length;
    await eventually('claims go on', async () => crowd.won.length > before + 50);
    await crowd.stop();
    const statuses = await settle(instance.url, crowd.won);
    expect([...statuses.values()].filter((status) => status !== 'issued')).toEqual([]);
    await eventually('the equations hold', async () => {
      const equations = await audit(instance.url, drop);
      return Object.values(equations).every((equation) => equation.holds);
    });
    expect(await instance.metric('claims_rejected_total')).toBe(0);
    await instance.kill('SIGTERM');
  });

  it('works with its roles apart', async () => {
    const api = await Instance.start({ ...env, APP_ROLE: 'api' });
    const consumer = await Instance.start({ ...env, APP_ROLE: 'consumer' });
    const jobs = await Instance.start({ ...env, APP_ROLE: 'jobs' });
    const drop = await openDrop(api.url, 100);
    const crowd = users(150);
    const answers = await Promise.all(crowd.map(({ token }) => claim(api.url, drop.id, token)));
    const won = answers.flatMap((a, i) =>
      a.status === 202 ? [{ id: a.body.id as string, token: crowd[i]?.token ?? '' }] : [],
    );
    expect(won).toHaveLength(100);
    await settle(api.url, won);
    expect(await consumer.metric('claims_issued_total')).toBeGreaterThanOrEqual(100);
    await eventually('the jobs send the events', async () => (await jobs.metric('events_sent_total')) >= 100);
    await Promise.all([api, consumer, jobs].map((instance) => instance.kill('SIGTERM')));
  });

  it.each(['DATABASE_URL', 'REDIS_URL', 'KAFKA_BROKERS'])(
    'says in one line that %s leads nowhere',
    async (name) => {
      const port = await freePort();
      const nowhere = {
        DATABASE_URL: `mariadb://app:secret-word@127.0.0.1:${port}/x`,
        REDIS_URL: `redis://127.0.0.1:${port}`,
        KAFKA_BROKERS: `127.0.0.1:${port}`,
      };
      const instance = await Instance.spawn({
        ...env,
        LOG_LEVEL: 'silent',
        [name]: nowhere[name as keyof typeof nowhere],
      });
      expect(await instance.exited()).toBe(1);
      const lines = instance.log.trim().split('\n');
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(/^could not start: .*cannot be reached/);
      expect(instance.log).not.toContain('secret-word');
    },
  );
});
