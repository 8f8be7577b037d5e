import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { call, eventually, openDrop, settle, tokenFor, users, type Answer } from '../support/crowd.js';
import { solve } from '../support/captcha.js';
import { Instance } from '../support/instance.js';
import { freshSystem, query } from '../support/stack-env.js';

const REDIS_DB = 5;
const ADMIN = tokenFor('usr_0000000000admn01', 'admin');
const codes = (answers: readonly Answer[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { status, body } of answers) {
    const name = `${status} ${body?.code ?? ''}`.trim();
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
};

/** Two processes on one system. Polls so seldom that only the broadcast can tell in time. */
let env: Record<string, string>;
let one: Instance;
let two: Instance;

beforeAll(async () => {
  env = {
    ...(await freshSystem('challenge', REDIS_DB)),
    BLOCK_LIST_POLL_MS: '60000',
    RATE_LIMIT_CLAIM: 'off',
    RATE_LIMIT_CHALLENGE: 'off',
    AUTO_BLOCK_USER_CAPTCHAS: '10',
  };
  [one, two] = await Instance.startAll(env, env);
});
afterAll(() => Promise.all([one.kill('SIGTERM'), two.kill('SIGTERM')]));

describe('a protected voucher over two instances', () => {
  const person = (): string => users(1)[0]?.token ?? '';
  const linkFor = async (at: Instance, id: string, token: string): Promise<string> => {
    const captcha = await call(at.url, 'POST', `/v1/vouchers/${id}/captchas`, {
      token,
      body: { alternative: true },
    });
    const other = at === one ? two : one;
    const link = await call(other.url, 'POST', `/v1/vouchers/${id}/claim-links`, {
      token,
      body: { captcha_id: captcha.body.id, captcha_answer: solve(captcha.body.question) },
    });
    expect(link.status).toBe(201);
    return link.body.url as string;
  };

  it('takes the captcha of one instance on the other, and its link for one claim wherever it is used', async () => {
    const drop = await openDrop(one.url, 50, {
      per_user_limit: 5,
      protection: { claim_link: true, captcha: 'math' },
    });
    const token = person();
    const url = await linkFor(one, drop.id, token);
    const uses = await Promise.all(
      Array.from({ length: 20 }, (_none, n) => call(n % 2 ? one.url : two.url, 'POST', url, { token })),
    );
    expect(codes(uses)).toEqual({ '202': 1, '403 challenge_required': 19 });
    const { body } = uses.find(({ status }) => status === 202) as Answer;
    for (const { status, body: refused } of uses) if (status === 403) expect(refused.claim_id).toBe(body.id);
    expect([...(await settle(two.url, [{ id: body.id, token }])).values()]).toEqual(['issued']);
  });

  it('gives one link to twenty right answers over two instances', async () => {
    const drop = await openDrop(one.url, 50, { protection: { captcha: 'image' } });
    const token = person();
    const captcha = await call(one.url, 'POST', `/v1/vouchers/${drop.id}/captchas`, {
      token,
      body: { alternative: true },
    });
    const body = { captcha_id: captcha.body.id, captcha_answer: solve(captcha.body.question) };
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_none, n) =>
        call(n % 2 ? one.url : two.url, 'POST', `/v1/vouchers/${drop.id}/claim-links`, { token, body }),
      ),
    );
    expect(codes(answers)).toEqual({ '201': 1, '403 captcha_failed': 19 });
  });

  it('knows a used link after Redis has lost everything', async () => {
    const drop = await openDrop(one.url, 50, { per_user_limit: 5, protection: { captcha: 'math' } });
    const token = person();
    const url = await linkFor(one, drop.id, token);
    const headers = { 'idempotency-key': 'mine' };
    const first = await call(one.url, 'POST', url, { token, headers });
    expect(first.status).toBe(202);
    await settle(one.url, [{ id: first.body.id, token }]);
    const redis = new Redis(env['REDIS_URL'] ?? '');
    await redis.flushdb();
    redis.disconnect();
    let again: Answer | undefined;
    await eventually('the gate is rebuilt', async () => {
      again = await call(two.url, 'POST', url, { token });
      return again.status !== 503;
    });
    expect(again?.body).toMatchObject({ code: 'challenge_required', claim_id: first.body.id });
    await eventually('the other instance knows of it', async () => {
      again = await call(one.url, 'POST', url, { token, headers });
      return again.status !== 503;
    });
    expect([again?.status, again?.body.id]).toEqual([202, first.body.id]);
  });
});

describe('the block-list over two instances', () => {
  const held = (at: Instance): Promise<number> => at.metric('blocks_held');
  const add = (body: object): Promise<Answer> =>
    call(one.url, 'POST', '/v1/admin/blocks', { token: ADMIN, body });
  const remove = (at: Instance, id: string): Promise<Answer> =>
    call(at.url, 'DELETE', `/v1/admin/blocks/${id}`, { token: ADMIN });
  /** Shows how long it took: the polls of these processes come too late to help. */
  const noticed = async (what: string, check: () => Promise<boolean>): Promise<void> => {
    const begun = performance.now();
    await eventually(what, check);
    process.stdout.write(`${what}: ${Math.round(performance.now() - begun)} ms\n`);
  };

  it.each([
    ['a user', (user: string) => ({ user_id: user, reason: 'bot' })],
    ['a range', () => ({ address: '203.0.113.0/24', reason: 'bot' })],
  ])('holds %s on both at once, and lets go on both', async (name, body) => {
    const [user] = users(1) as [{ id: string; token: string }];
    const before = [await held(one), await held(two)] as const;
    const { status, body: block } = await add(body(user.id));
    expect(status).toBe(201);
    expect(await held(one)).toBe(before[0] + 1);
    await noticed(`${name} blocked on the other instance`, async () => (await held(two)) === before[1] + 1);
    expect((await remove(two, block.id)).status).toBe(204);
    expect(await held(two)).toBe(before[1]);
    await noticed(`${name} unblocked on the other instance`, async () => (await held(one)) === before[0]);
    expect((await remove(one, block.id)).status).toBe(404);
  });

  it('blocks by itself who fails too many captchas, until an administrator says otherwise', async () => {
    const drop = await openDrop(one.url, 5, { protection: { captcha: 'math' } });
    const [user] = users(1) as [{ id: string; token: string }];
    const before = [await held(one), await held(two)] as const;
    const fail = async (at: Instance): Promise<Answer> => {
      const path = `/v1/vouchers/${drop.id}`;
      const captcha = await call(at.url, 'POST', `${path}/captchas`, { token: user.token, body: {} });
      const body = { captcha_id: captcha.body.id, captcha_answer: '1000' };
      return call(at.url, 'POST', `${path}/claim-links`, { token: user.token, body });
    };
    for (let n = 0; n < 10; n += 1) expect((await fail(one)).body.code).toBe('captcha_failed');
    await noticed('an automatic block on both instances', async () => {
      return (await held(one)) === before[0] + 1 && (await held(two)) === before[1] + 1;
    });
    const list = await call(two.url, 'GET', '/v1/admin/blocks?kind=user', { token: ADMIN });
    const block = list.body.data.find((found: { user_id: string }) => found.user_id === user.id);
    expect(block).toMatchObject({
      source: 'automatic',
      created_by: null,
      reason: expect.stringContaining('captcha'),
    });
    expect(Date.parse(block.expires_at)).toBeGreaterThan(Date.now());
    expect((await remove(two, block.id)).status).toBe(204);
    await noticed('its end on the other instance', async () => (await held(one)) === before[0]);
  });

  it('is known to a process that starts later before it is ready', async () => {
    const [user] = users(1) as [{ id: string; token: string }];
    const { body } = await add({ user_id: user.id, reason: 'bot' });
    const three = await Instance.start(env);
    try {
      expect(await held(three)).toBe(await held(one));
    } finally {
      await three.kill('SIGTERM');
      await remove(one, body.id);
    }
  });
});

describe('the block-list without a broadcast', () => {
  it('is found by the poll', async () => {
    const polling = await Instance.start({ ...env, BLOCK_LIST_POLL_MS: '200' });
    try {
      const held = await polling.metric('blocks_held');
      // Written past the program: nobody is told.
      await query(env, 'UPDATE block_changes SET last = last + 1');
      await query(
        env,
        `INSERT INTO blocks (id, kind, subject, reason, source, created_at, change_number)
         SELECT 'blk_00000000000poll1', 'user', 'usr_00000000000poll1', 'bot', 'admin', 1, last FROM block_changes`,
      );
      await eventually('the poll finds it', async () => (await polling.metric('blocks_held')) === held + 1);
    } finally {
      await polling.kill('SIGTERM');
    }
  });
});

describe('a voucher with a list over two instances', () => {
  it('is claimed by all people of the list, wherever they ask, and by nobody else', async () => {
    const people = users(200).map((user, n) => ({
      ...user,
      email: `${user.id}@test.example`,
      listed: n % 2 === 0,
    }));
    await query(env, 'INSERT INTO users (id, email, email_verified_at, name, role, created_at) VALUES ?', [
      people.map(({ id, email }) => [id, email, 1, 'Lin', 'shopper', 1]),
    ]);
    const owner = await call(one.url, 'POST', '/v1/merchants', {
      body: {
        name: 'Tea',
        time_zone: 'UTC',
        owner: { email: `m${Date.now()}@test.example`, password: 'a long password', name: 'Owner' },
      },
    });
    const token = owner.body.session.access_token as string;
    const terms = {
      title: 'A drop',
      total_stock: 500,
      opens_at: new Date(Date.now() - 60_000).toISOString(),
      closes_at: new Date(Date.now() + 3_600_000).toISOString(),
    };
    const voucher = await call(one.url, 'POST', '/v1/vouchers', { token, body: terms });
    const id = voucher.body.id as string;
    const put = (lines: readonly string[]): Promise<Response> =>
      fetch(`${one.url}/v1/vouchers/${id}/eligibility`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'text/csv' },
        body: lines.join('\n'),
      });
    const strangers = Array.from({ length: 20_000 }, (_none, n) => `stranger${n}@test.example`);
    expect((await put(strangers)).status).toBe(200);
    // The second list takes the place of the first, which has some of the same people.
    const listed = people.filter((person) => person.listed).map(({ email }) => email);
    expect(await (await put([...strangers.slice(0, 5_000), ...listed])).json()).toMatchObject({
      people: 5_100,
    });
    expect((await call(two.url, 'POST', `/v1/vouchers/${id}/publish`, { token })).status).toBe(200);
    const answers = await Promise.all(
      people.map((person, n) =>
        call(n % 3 === 0 ? one.url : two.url, 'POST', `/v1/vouchers/${id}/claims`, { token: person.token }),
      ),
    );
    expect(codes(answers)).toEqual({ '202': 100, '403 not_eligible': 100 });
    for (const [n, { status }] of answers.entries()) expect(status).toBe(people[n]?.listed ? 202 : 403);
  });
});
