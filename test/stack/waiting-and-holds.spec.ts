import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import {
  audit,
  call,
  claim,
  eventually,
  openDrop,
  settle,
  users,
  type Answer,
  type Drop,
} from '../support/crowd.js';
import { Instance } from '../support/instance.js';
import { asksIn, freshSystem, query } from '../support/stack-env.js';
import { claimRows } from '../harness/claim-rows.js';

describe('waiting and holding on MariaDB, Redis and Kafka', () => {
  let env: Record<string, string>;
  let one: Instance;
  let two: Instance;

  beforeAll(async () => {
    env = await freshSystem('waiting', 1);
    one = await Instance.start(env);
    two = await Instance.start(env);
  });

  afterAll(async () => {
    await Promise.all([one.kill('SIGTERM'), two.kill('SIGTERM')]);
  });

  const list = (instance: Instance, method: string, drop: Drop, token: string, path = ''): Promise<Answer> =>
    call(instance.url, method, `/v1/vouchers/${drop.id}/waiting-list${path}`, { token });

  const offered = (drop: Drop, token: string): Promise<void> =>
    eventually(
      'there is an offer',
      async () => (await list(two, 'GET', drop, token)).body?.status === 'offered',
    );

  const cancel = (drop: Drop, claimId: string): Promise<Answer> =>
    call(one.url, 'POST', `/v1/claims/${claimId}/cancel`, {
      token: drop.merchantToken,
      body: { reason: 'a test' },
    });

  const booksHold = (drop: Drop): Promise<void> =>
    eventually('all equations hold', async () =>
      Object.values(await audit(one.url, drop)).every((equation) => equation.holds),
    );

  it('offers what returns to those who wait, in order, and survives a gate that lost its data meanwhile', async () => {
    const drop = await openDrop(one.url, 2);
    const [h1, h2, a, b, other] = users(5).map(({ token }) => token) as [
      string,
      string,
      string,
      string,
      string,
    ];
    const held = [await claim(one.url, drop.id, h1), await claim(two.url, drop.id, h2)];
    await settle(
      one.url,
      held.map(({ body }, n) => ({ id: body.id, token: n === 0 ? h1 : h2 })),
    );
    expect((await list(one, 'POST', drop, a)).body).toMatchObject({ status: 'waiting', position: 1 });
    expect((await list(two, 'POST', drop, b)).body).toMatchObject({ status: 'waiting', position: 2 });
    expect((await cancel(drop, held[0]?.body.id)).status).toBe(200);
    expect((await claim(two.url, drop.id, other)).body.code).toBe('sold_out');
    await offered(drop, a);

    const redis = new Redis(env['REDIS_URL'] ?? '');
    await redis.flushdb();
    redis.disconnect();
    expect((await cancelled(drop, held[1]?.body.id)).status).toBe(200);
    await eventually('the gate is open again, and whoever does not wait gets nothing', async () => {
      const answer = await claim(two.url, drop.id, other);
      expect(answer.status).not.toBe(202);
      return answer.body?.code === 'sold_out';
    });
    await offered(drop, b);
    const taken = await Promise.all([
      list(one, 'POST', drop, a, '/accept'),
      list(two, 'POST', drop, b, '/accept'),
    ]);
    expect(taken.map(({ status }) => status)).toEqual([202, 202]);
    const statuses = await settle(
      two.url,
      taken.map(({ body }, n) => ({ id: body.id, token: n === 0 ? a : b })),
    );
    expect([...statuses.values()]).toEqual(['issued', 'issued']);
    await eventually('both are accepted', async () => {
      const rows = await query<{ state: string }>(
        env,
        'SELECT state FROM waiting_entries WHERE voucher_id = ?',
        [drop.id],
      );
      return rows.length === 2 && rows.every(({ state }) => state === 'accepted');
    });
    await booksHold(drop);
  });

  /** A gate that is rebuilt takes no give-backs for some seconds. */
  async function cancelled(drop: Drop, claimId: string): Promise<Answer> {
    let answer = await cancel(drop, claimId);
    await eventually('it is cancelled', async () => {
      if (answer.status === 200) return true;
      answer = await cancel(drop, claimId);
      return answer.status === 200;
    });
    return answer;
  }

  it('holds claims until they are confirmed, once, and gives back the others', async () => {
    const drop = await openDrop(one.url, 10, { confirm_within_s: 10, confirm_by: 'merchant' });
    const crowd = users(10);
    const answers = await Promise.all(crowd.map(({ token }) => claim(one.url, drop.id, token)));
    expect(answers.every(({ status }) => status === 202)).toBe(true);
    const won = answers.map(({ body }, n) => ({ id: body.id as string, token: crowd[n]?.token ?? '' }));
    await eventually('all are held', async () => {
      const rows = await claimRows(asksIn(env), { voucherId: drop.id });
      return rows.filter(({ status }) => status === 'held').length === 10;
    });
    const confirm = (instance: Instance, id: string): Promise<Answer> =>
      call(instance.url, 'POST', `/v1/claims/${id}/confirm`, { token: drop.merchantToken });
    const confirmed = await Promise.all(
      won.slice(0, 4).flatMap(({ id }) => [confirm(one, id), confirm(two, id)]),
    );
    expect(confirmed.filter(({ status }) => status === 200)).toHaveLength(4);
    expect(confirmed.filter(({ body }) => body.code === 'not_confirmable')).toHaveLength(4);
    await booksHold(drop);
    await eventually('the others are released', async () => {
      const rows = await claimRows(asksIn(env), { voucherId: drop.id });
      return rows.filter(({ status }) => status === 'released').length === 6;
    });
    expect((await confirm(two, won[9]?.id ?? '')).body.code).toBe('confirm_expired');
    const statuses = await settle(two.url, won);
    expect([...statuses.values()].filter((status) => status === 'issued')).toHaveLength(4);
    await eventually('six units are there again', async () => {
      const { body } = await call(two.url, 'GET', `/v1/vouchers/${drop.id}/availability`);
      return body.remaining === 6;
    });
    await booksHold(drop);
  });
});
