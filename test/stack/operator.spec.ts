import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { audit, call, claim, eventually, openDrop, tokenFor, users, type Drop } from '../support/crowd.js';
import { Instance } from '../support/instance.js';
import { freshSystem, query, redisUrl } from '../support/stack-env.js';
import type { Json } from '../support/api.js';
import { packUser } from '../../src/claim/ledger/rows/packing.js';

const token = tokenFor('usr_0000000000admn01', 'admin');

let env: Record<string, string>;
let one: Instance;
let two: Instance;

beforeAll(async () => {
  const redis = new Redis(redisUrl(12));
  await redis.flushdb();
  await redis.quit();
  env = { ...(await freshSystem('operator', 12)), SWEEP_AFTER_MS: '500', SWEEP_INTERVAL_MS: '200' };
  [one, two] = await Instance.startAll(env, env);
});
afterAll(async () => {
  await Promise.all([one, two].map((instance) => instance?.kill('SIGTERM')));
});

const get = async (path: string): Promise<Json> => {
  const { status, body } = await call(one.url, 'GET', `/v1/admin/${path}`, { token });
  if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
  return body;
};
const decide = (id: string, what: 'retry' | 'discard') =>
  call(two.url, 'POST', `/v1/admin/dead-letters/${id}/${what}`, {
    token,
    ...(what === 'discard' ? { body: { reason: 'refunded by hand' } } : {}),
  });
const holds = async (drop: Drop): Promise<void> => {
  const equations = await audit(one.url, drop);
  expect(Object.entries(equations).filter(([, equation]) => !equation.holds)).toEqual([]);
};

describe('the register of instances', () => {
  it('shows both, each with its share of the log, and loses one that was killed', async () => {
    const instances = async (): Promise<Json[]> => (await get('instances')).data;
    await eventually('both are there, and consume', async () => {
      const found = await instances();
      const partitions = found.map(({ consumer }) => consumer.partitions as number);
      return found.length === 2 && partitions.every((share) => share > 0);
    });
    for (const instance of await instances())
      expect(instance).toMatchObject({
        mode: 'stack',
        role: 'all',
        ready: true,
        gate: { open: true },
        checks: { redis: { ready: true }, kafka: { ready: true, required: false } },
      });
    const third = await Instance.start({ ...env, APP_ROLE: 'api' });
    await eventually('the third is there', async () => (await instances()).length === 3);
    const [, , newest] = await instances();
    expect(newest).toMatchObject({ role: 'api', consumer: { consumes: false, partitions: 0 } });
    await third.kill('SIGKILL');
    await eventually('it is gone', async () => (await instances()).length === 2);
    expect((await instances()).map(({ id }) => id)).not.toContain(newest.id);
  });

  it('loses one that stops at once', async () => {
    const third = await Instance.start({ ...env, APP_ROLE: 'jobs' });
    await eventually('the third is there', async () => (await get('instances')).data.length === 3);
    await third.kill('SIGTERM');
    expect((await get('instances')).data).toHaveLength(2);
  });

  it('says what waits, and which job ran when, whichever instance it was', async () => {
    await eventually('every job has run', async () => (await get('system')).jobs.length >= 5);
    expect(await get('system')).toMatchObject({
      gate: { state: 'open' },
      log_lag: expect.any(Number),
      intake_depth: 0,
      dead_letters_open: 0,
    });
  });
});

describe('a claim that the database refuses', () => {
  let drop: Drop;
  let unlucky: { id: string; token: string };
  let claimId: string;

  /** The database says that the data are wrong, as for a column that has become too short. */
  const poison = async (userId: string): Promise<void> => {
    const isRefused = (user: string): string =>
      `IF NEW.user_id = ${user} AND NEW.status = 'issued'
         THEN SIGNAL SQLSTATE '22001' SET MYSQL_ERRNO = 1406, MESSAGE_TEXT = 'too long'; END IF`;
    const packed = `X'${packUser(userId).toString('hex')}'`;
    await query(
      env,
      `CREATE TRIGGER poison BEFORE INSERT ON claims FOR EACH ROW ${isRefused(`'${userId}'`)}`,
    );
    await query(
      env,
      `CREATE TRIGGER poison_packed BEFORE INSERT ON packed_claims FOR EACH ROW ${isRefused(packed)}`,
    );
  };
  const cure = async (): Promise<void> => {
    for (const trigger of ['poison', 'poison_packed']) await query(env, `DROP TRIGGER IF EXISTS ${trigger}`);
  };
  const status = async (): Promise<Json> =>
    (await call(one.url, 'GET', `/v1/claims/${claimId}`, { token: unlucky.token })).body;
  const open = async (): Promise<Json[]> =>
    (await get('dead-letters?status=open')).data.filter((one: Json) => one.claim_id === claimId);

  async function stuck(): Promise<Json> {
    drop = await openDrop(one.url, 2);
    [unlucky] = users(1) as [{ id: string; token: string }];
    await poison(unlucky.id);
    const taken = await claim(one.url, drop.id, unlucky.token);
    expect(taken.status).toBe(202);
    claimId = taken.body.id;
    const [lucky] = users(1);
    await claim(two.url, drop.id, lucky?.token ?? '');
    await eventually('it is set aside', async () => (await open()).length === 1);
    return (await open())[0];
  }

  it('is held, set aside once, and issued once by a retry on another instance', async () => {
    const letter = await stuck();
    const sweeps = async (): Promise<number> => {
      const runs = await Promise.all(
        [one, two].map((instance) => instance.metric('job_runs_total', 'job="sweep",outcome="ok"')),
      );
      return runs.reduce((sum, count) => sum + count, 0);
    };
    const before = await sweeps();
    await eventually('the sweep would have sent it by now', async () => (await sweeps()) >= before + 10);
    expect(await query(env, 'SELECT id FROM claim_dead_letters WHERE claim_id = ?', [claimId])).toHaveLength(
      1,
    );
    expect((await status()).status).toBe('pending');
    await holds(drop);
    expect((await decide(letter.id, 'retry')).body).toMatchObject({ status: 'open', retries: 1 });
    await cure();
    const answers = await Promise.all([decide(letter.id, 'retry'), decide(letter.id, 'retry')]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409]);
    expect(await status()).toMatchObject({ status: 'issued', code: expect.any(String) });
    await holds(drop);
  });

  it('is held by the gate that is rebuilt after Redis lost everything, and its unit is back after a discard', async () => {
    const letter = await stuck();
    const redis = new Redis(env['REDIS_URL'] ?? '');
    await redis.flushdb();
    await redis.script('FLUSH');
    await redis.quit();
    await eventually('the gate is closed and opened again', async () => {
      const [other] = users(1);
      return (await claim(one.url, drop.id, other?.token ?? '')).body?.code === 'sold_out';
    });
    await eventually('the other follows', async () => (await fetch(`${two.opsUrl}/readyz`)).ok);
    expect((await status()).status).toBe('pending');
    await holds(drop);
    expect((await decide(letter.id, 'discard')).body).toMatchObject({ status: 'discarded' });
    expect(await status()).toMatchObject({ status: 'rejected', reject_reason: 'discarded' });
    await holds(drop);
    const [next] = users(1);
    await eventually('the unit is there again', async () => {
      const answer = await claim(two.url, drop.id, next?.token ?? '');
      return answer.status === 202;
    });
    await cure();
    await eventually('the books are even', async () => (await get('system')).pending === 0);
    await holds(drop);
  });
});
