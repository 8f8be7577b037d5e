import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { createConnection, type Connection } from 'mysql2/promise';
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
import { freshSystem, query } from '../support/stack-env.js';

interface Entry {
  number: number;
  delta: number;
  state: string;
}

describe('the stock of a running voucher on MariaDB, Redis and Kafka', () => {
  let env: Record<string, string>;
  let one: Instance;
  let two: Instance;
  let redis: Redis;

  beforeAll(async () => {
    env = await freshSystem('stock', 7);
    one = await Instance.start(env);
    two = await Instance.start(env);
    redis = new Redis(env['REDIS_URL'] ?? '');
  });

  afterAll(async () => {
    await Promise.all([one.kill('SIGTERM'), two.kill('SIGTERM')]);
    await redis.quit();
  });

  const adjust = (
    base: string,
    drop: Drop,
    delta: number,
    headers: Record<string, string> = {},
  ): Promise<Answer> =>
    call(base, 'POST', `/v1/vouchers/${drop.id}/stock-adjustments`, {
      token: drop.merchantToken,
      body: { delta, reason: 'a test' },
      headers,
    });

  const entries = (drop: Drop): Promise<Entry[]> =>
    query<Entry>(env, 'SELECT number, delta, state FROM stock_ledger WHERE voucher_id = ? ORDER BY number', [
      drop.id,
    ]);

  const allIssued = async (base: string, answers: readonly Answer[], tokens: readonly string[]) => {
    const won = answers.flatMap((a, i) =>
      a.status === 202 ? [{ id: a.body.id as string, token: tokens[i] ?? '' }] : [],
    );
    const statuses = await settle(base, won);
    expect([...statuses.values()].filter((status) => status !== 'issued')).toEqual([]);
    return won.length;
  };

  const equationsHold = (base: string, drop: Drop): Promise<void> =>
    eventually('the equations hold', async () => {
      const equations = Object.values(await audit(base, drop));
      return equations.length >= 8 && equations.every((equation) => equation.holds);
    });

  /** What a process cannot settle while this connection holds the epoch's row. */
  async function holdEpoch(): Promise<Connection> {
    const connection = await createConnection((env['DATABASE_URL'] ?? '').replace(/^mariadb:/, 'mysql:'));
    await connection.beginTransaction();
    await connection.query('SELECT epoch FROM gate_epoch WHERE id = 1 FOR UPDATE');
    return connection;
  }

  const judged = async (drop: Drop, number: number): Promise<boolean> => {
    const epoch = await two.metric('gate_epoch');
    return (await redis.hget(`vc:{${drop.id}}:${epoch}:state`, 'adjusted')) === String(number);
  };

  it('releases units at their time once, although two instances look for them', async () => {
    const at = (ms: number): string => new Date(Date.now() + ms).toISOString();
    const waves = [1, 2, 3].map((n) => ({ at: at(-30_000 + n), units: n }));
    const drops = await Promise.all(Array.from({ length: 5 }, () => openDrop(one.url, 10, { waves })));
    await eventually('the units are there', async () => {
      const all = await Promise.all(drops.map(entries));
      return all.every((list) => list.length === 4 && list.every(({ state }) => state === 'applied'));
    });
    for (const drop of drops) {
      expect((await entries(drop)).map(({ delta }) => delta)).toEqual([10, 1, 2, 3]);
      await equationsHold(two.url, drop);
    }
  });

  it('200 claims at once get different codes of the list that their merchant imported', async () => {
    const { merchantToken: token } = await openDrop(one.url, 1);
    const window = {
      opens_at: new Date(Date.now() - 60_000).toISOString(),
      closes_at: new Date(Date.now() + 3_600_000).toISOString(),
    };
    const body = { title: 'A drop', total_stock: 200, ...window };
    const { id } = (await call(one.url, 'POST', '/v1/vouchers', { token, body })).body as { id: string };
    const codes = Array.from({ length: 210 }, (_none, n) => `STACK-${1_000 + n}`);
    const imported = await fetch(`${two.url}/v1/vouchers/${id}/codes`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'text/csv' },
      body: codes.join('\r\n'),
    });
    expect(await imported.json()).toMatchObject({ codes: 210 });
    expect((await call(one.url, 'POST', `/v1/vouchers/${id}/publish`, { token })).status).toBe(200);
    const crowd = users(220);
    const answers = await Promise.all(
      crowd.map(({ token: user }, n) => claim(n % 2 === 0 ? one.url : two.url, id, user)),
    );
    const tokens = crowd.map(({ token: user }) => user);
    expect(await allIssued(one.url, answers, tokens)).toBe(200);
    const given = await Promise.all(
      answers.flatMap(({ status, body: { id: claimId } }, n) =>
        status === 202 ? [call(two.url, 'GET', `/v1/claims/${claimId}`, { token: tokens[n] ?? '' })] : [],
      ),
    );
    const shown = given.map(({ body: { code } }) => code as string);
    expect(shown.toSorted()).toEqual(codes.slice(0, 200));
    await equationsHold(two.url, { id, merchantToken: token });
  });

  it('a sold-out voucher that is restocked sells again on both instances within 1 s', async () => {
    const drop = await openDrop(one.url, 3);
    const bases = [one.url, two.url];
    const [holder, ...rest] = users(400);
    const first = [await claim(one.url, drop.id, holder?.token ?? '')];
    for (const { token } of rest.splice(0, 2)) first.push(await claim(two.url, drop.id, token));
    expect(first.map(({ status }) => status)).toEqual([202, 202, 202]);
    const refused = (instance: Instance) =>
      instance.metric('funnel_total', 'layer="sold_out_flag",outcome="refused"');
    // Late-comers, until both processes refuse by themselves.
    await eventually('both instances refuse by themselves', async () => {
      for (const base of bases) {
        const answer = await claim(base, drop.id, rest.pop()?.token ?? '');
        expect(answer.body.code).toBe('sold_out');
      }
      return (await refused(one)) > 0 && (await refused(two)) > 0;
    });
    // Who holds a claim is told so, by the gate, on both.
    for (const base of bases) {
      const answer = await claim(base, drop.id, holder?.token ?? '');
      expect([answer.body.code, answer.body.claim_id]).toEqual(['claim_limit_reached', first[0]?.body.id]);
    }
    expect((await adjust(one.url, drop, 2)).status).toBe(200);
    const restocked = Date.now();
    for (const base of bases) {
      let answer: Answer | undefined;
      while (answer?.status !== 202 && Date.now() - restocked < 1_000)
        answer = await claim(base, drop.id, rest.pop()?.token ?? '');
      expect(answer?.status).toBe(202);
    }
    await equationsHold(one.url, drop);
  });

  it('drafts that come together are one transaction, and a preflight counts the instances', async () => {
    const { merchantToken: token } = await openDrop(one.url, 1);
    const opens = Date.now() + 3_600_000;
    const draft = (title: string) => ({
      title,
      total_stock: 5,
      opens_at: new Date(opens).toISOString(),
      closes_at: new Date(opens + 3_600_000).toISOString(),
    });
    const create = (titles: readonly string[]) =>
      call(one.url, 'POST', '/v1/merchants/me/vouchers', { token, body: { vouchers: titles.map(draft) } });
    expect((await create(['fine', ' '])).status).toBe(422);
    const { status, body } = await create(Array.from({ length: 100 }, (_, at) => `Day ${at}`));
    expect(status).toBe(201);
    const ids = body.voucher_ids as string[];
    const rows = await query<{ title: string; total: number }>(
      env,
      `SELECT title, total FROM vouchers JOIN voucher_stock ON voucher_id = id WHERE id IN (${ids.map(() => '?').join()}) ORDER BY id`,
      ids,
    );
    expect(rows.map(({ title }) => title)).toEqual(ids.map((_, at) => `Day ${at}`));
    await eventually('both instances have reported', async () => {
      const path = `/v1/vouchers/${ids[0]}/preflight?expected_crowd=6001`;
      const { body: found } = await call(two.url, 'GET', path, { token });
      const result = (name: string) => found.checks.find((check: { name: string }) => check.name === name);
      expect(found.publishable).toBe(true);
      expect(result('gate').result).toBe('passed');
      expect(result('warm_up').result).toBe('passed');
      return result('requests_at_once').detail.startsWith('2 instances take 6000');
    });
  });

  it('500 claims over two instances against additions and removals: never below what is committed', async () => {
    const drop = await openDrop(one.url, 150);
    const crowd = users(500);
    const claims = crowd.map(({ token }, i) => claim(i % 2 ? one.url : two.url, drop.id, token));
    const deltas = [40, -60, 25, -500, -30, 70, -90, 15, -20, 33];
    const answers = await Promise.all(
      deltas.map((delta, i) =>
        adjust(i % 2 ? two.url : one.url, drop, delta, { 'idempotency-key': `k${i}` }),
      ),
    );
    expect(answers.filter(({ status }) => ![200, 409, 503].includes(status))).toEqual([]);
    const settled = await Promise.all(claims);
    const tokens = crowd.map(({ token }) => token);
    const won = await allIssued(one.url, settled, tokens);
    await eventually('nothing is pending in the stock ledger', async () =>
      (await entries(drop)).every(({ state }) => state !== 'pending'),
    );
    const ledger = await entries(drop);
    expect(ledger.map(({ number }) => number)).toEqual(ledger.map((_entry, n) => n));
    const total = ledger
      .filter(({ state }) => state === 'applied')
      .reduce((sum, { delta }) => sum + delta, 0);
    expect(won).toBeLessThanOrEqual(total);
    const [stock] = await query(env, 'SELECT total, issued FROM voucher_stock WHERE voucher_id = ?', [
      drop.id,
    ]);
    expect(stock).toEqual({ total, issued: won });
    expect((await call(two.url, 'GET', `/v1/vouchers/${drop.id}`)).body.total_stock).toBe(total);
    await equationsHold(two.url, drop);
    expect(await one.metric('claims_rejected_total')).toBe(0);
    expect(await two.metric('claims_rejected_total')).toBe(0);
  });

  it.each([4, -4])(
    'an adjustment of %d whose process was killed after the gate judged it is finished by another, once',
    async (delta) => {
      const drop = await openDrop(two.url, 10);
      const victim = await Instance.start({ ...env, APP_ROLE: 'api' });
      const lock = await holdEpoch();
      const asked = adjust(victim.url, drop, delta, { 'idempotency-key': 'killed' });
      await eventually('the gate has judged it', () => judged(drop, 1));
      await victim.kill('SIGKILL');
      expect((await asked).status).toBe(0);
      expect((await entries(drop)).at(-1)).toMatchObject({ number: 1, state: 'pending' });
      await lock.end();
      await eventually('it is finished', async () => (await entries(drop)).at(-1)?.state === 'applied');
      await equationsHold(two.url, drop);
      expect((await call(one.url, 'GET', `/v1/vouchers/${drop.id}`)).body.total_stock).toBe(10 + delta);
      const crowd = users(20).map(({ token }) => token);
      const answers = await Promise.all(crowd.map((token) => claim(one.url, drop.id, token)));
      expect(await allIssued(one.url, answers, crowd)).toBe(10 + delta);
    },
  );

  it.each([4, -4])(
    'an adjustment of %d that is pending while Redis forgets everything is finished once by the rebuilt gate',
    async (delta) => {
      const drop = await openDrop(two.url, 10);
      const early = users(6).map(({ token }) => token);
      const first = await Promise.all(early.map((token) => claim(two.url, drop.id, token)));
      expect(await allIssued(two.url, first, early)).toBe(6);
      const victim = await Instance.start({ ...env, APP_ROLE: 'api' });
      const lock = await holdEpoch();
      const asked = adjust(victim.url, drop, delta);
      await eventually('the gate has judged it', () => judged(drop, 1));
      const epoch = await two.metric('gate_epoch');
      await victim.kill('SIGKILL');
      await asked;
      await redis.flushdb();
      await lock.end();
      await eventually('the gate is rebuilt', async () => (await two.metric('gate_epoch')) > epoch);
      await eventually('it is finished', async () => (await entries(drop)).at(-1)?.state === 'applied');
      const late = users(20).map(({ token }) => token);
      await one.ready();
      await two.ready();
      const answers = await Promise.all(
        late.map((token, i) => claim(i % 2 ? one.url : two.url, drop.id, token)),
      );
      expect(await allIssued(one.url, answers, late)).toBe(4 + delta);
      await equationsHold(two.url, drop);
      expect(await two.metric('claims_rejected_total')).toBe(0);
    },
  );

  it('an idle Redis that is flushed is noticed without a claim, and the gate opens again by itself', async () => {
    const drop = await openDrop(one.url, 5);
    const epoch = await one.metric('gate_epoch');
    await redis.flushdb();
    await eventually('the gate is rebuilt', async () => (await one.metric('gate_epoch')) > epoch);
    await one.ready();
    const [user] = users(1);
    expect((await claim(one.url, drop.id, user?.token ?? '')).status).toBe(202);
    await equationsHold(one.url, drop);
  });
});
