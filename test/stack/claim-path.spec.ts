import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import {
  audit,
  call,
  claim,
  claimUntilClear,
  eventually,
  openDrop,
  settle,
  users,
  type Answer,
} from '../support/crowd.js';
import { Instance } from '../support/instance.js';
import { asksIn, freshSystem, issuedEvents, kafkaFor, query } from '../support/stack-env.js';
import { claimRows } from '../harness/claim-rows.js';

const count = (answers: readonly Answer[], status: number): number =>
  answers.filter((a) => a.status === status).length;

describe('the claim path on MariaDB, Redis and Kafka', () => {
  let env: Record<string, string>;
  let one: Instance;
  let two: Instance;

  beforeAll(async () => {
    env = await freshSystem('path', 1);
    one = await Instance.start(env);
    two = await Instance.start(env);
  });

  afterAll(async () => {
    await Promise.all([one.kill('SIGTERM'), two.kill('SIGTERM')]);
  });

  it('gives exactly 100 units to 2,000 users over two instances: in the database, at the gate, in the events', async () => {
    const drop = await openDrop(one.url, 100);
    const crowd = users(2_000);
    const answers = await Promise.all(
      crowd.map(({ token }, i) => claim(i % 2 ? one.url : two.url, drop.id, token)),
    );
    expect(count(answers, 202)).toBe(100);
    expect(answers.filter((a) => a.status === 409 && a.body.code === 'sold_out')).toHaveLength(1_900);

    const won = answers.flatMap((a, i) =>
      a.status === 202 ? [{ id: a.body.id as string, token: crowd[i]?.token ?? '' }] : [],
    );
    const statuses = await settle(two.url, won);
    expect([...statuses.values()].every((status) => status === 'issued')).toBe(true);

    const rows = await claimRows(asksIn(env), { voucherId: drop.id });
    expect(rows.map((row) => row.id).sort()).toEqual(won.map((w) => w.id).sort());
    const [stock] = await query<{ issued: number }>(
      env,
      'SELECT issued FROM voucher_stock WHERE voucher_id = ?',
      [drop.id],
    );
    expect(stock?.issued).toBe(100);
    const events = await issuedEvents(env, drop.id, 100);
    expect(events.sort()).toEqual(won.map((w) => w.id).sort());
    const equations = await audit(one.url, drop);
    expect(Object.values(equations).filter((equation) => !equation.holds)).toEqual([]);
    expect(equations['remaining + pending + held + offered + issued live = total']?.left).toBe(100);
  });

  it('names its connections to Redis by the identity that its log has', async () => {
    const redis = new Redis(env['REDIS_URL'] ?? '');
    const connections = String(await redis.client('LIST'));
    await redis.quit();
    for (const { log } of [one, two])
      expect(connections).toContain(`name=voucherconnect:${/ins_[0-9a-z]+/i.exec(log)?.[0]} `);
  });

  it('gives one unit to 200 parallel claims of one user over two instances', async () => {
    const drop = await openDrop(one.url, 500);
    const [user] = users(1);
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_n, i) => claim(i % 2 ? one.url : two.url, drop.id, user?.token ?? '')),
    );
    expect(count(answers, 202)).toBe(1);
    // Five attempts in five seconds, over both instances: four more were judged by the gate.
    expect(answers.filter((a) => a.body.code === 'claim_limit_reached')).toHaveLength(4);
    expect(answers.filter((a) => a.status === 429 && a.body.code === 'rate_limited')).toHaveLength(195);
    expect(answers.every((a) => a.status !== 429 || Number(a.headers['retry-after']) >= 1)).toBe(true);
    const won = answers.find((a) => a.status === 202);
    expect(new Set(answers.filter((a) => a.status === 409).map((a) => a.body.claim_id))).toEqual(
      new Set([won?.body.id]),
    );
  });

  it('repeats the first answer to an Idempotency-Key on the other instance', async () => {
    const drop = await openDrop(one.url, 5, { per_user_limit: 3 });
    const [user] = users(1);
    const token = user?.token ?? '';
    const first = await claim(one.url, drop.id, token, { 'idempotency-key': 'one' });
    const again = await claim(two.url, drop.id, token, { 'idempotency-key': 'one' });
    const other = await claim(two.url, drop.id, token, { 'idempotency-key': 'two' });
    expect(first.status).toBe(202);
    expect(again.body).toEqual(first.body);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(other.body.ordinal).toBe(2);
  });

  it('treats a duplicate record and a redelivered batch as nothing new, and sets an unreadable one aside', async () => {
    const drop = await openDrop(one.url, 10);
    const crowd = users(5);
    const answers = await Promise.all(crowd.map(({ token }) => claim(one.url, drop.id, token)));
    await settle(
      one.url,
      answers.map((a, i) => ({ id: a.body.id as string, token: crowd[i]?.token ?? '' })),
    );
    const epoch = await one.metric('gate_epoch');
    const before =
      (await one.metric('claims_duplicate_total')) + (await two.metric('claims_duplicate_total'));
    const producer = kafkaFor(env).producer();
    await producer.connect();
    const records = answers.map((a, i) => ({
      key: drop.id,
      value: JSON.stringify({
        v: 1,
        id: a.body.id,
        voucher_id: drop.id,
        user_id: crowd[i]?.id,
        ordinal: 1,
        epoch,
        sequence: a.body.sequence,
        at: Date.parse(a.body.created_at as string),
      }),
    }));
    await producer.send({
      topic: env['KAFKA_CLAIM_TOPIC'] ?? '',
      messages: [...records, { key: drop.id, value: 'poison' }, ...records],
    });
    await producer.disconnect();
    await eventually('the duplicates are counted', async () => {
      const now = (await one.metric('claims_duplicate_total')) + (await two.metric('claims_duplicate_total'));
      return now - before >= 5;
    });
    await eventually('the poison is set aside', async () => {
      const letters = await query(env, `SELECT id FROM claim_dead_letters WHERE payload = 'poison'`);
      return letters.length === 1;
    });
    const equations = await audit(one.url, drop);
    expect(equations['issued = rows live']).toMatchObject({ left: 5, right: 5 });
    expect(Object.values(equations).every((equation) => equation.holds)).toBe(true);
  });

  it('leaves the counter untouched when an instance starts under load', async () => {
    const drop = await openDrop(one.url, 400);
    const epoch = await one.metric('gate_epoch');
    const crowd = users(600);
    // A busy machine sheds load: 503, come again.
    const answers: Promise<Answer>[] = crowd
      .slice(0, 200)
      .map(({ token }) => claimUntilClear(one.url, drop.id, token));
    const starting = Instance.start(env);
    for (const { token } of crowd.slice(200)) {
      answers.push(claimUntilClear(two.url, drop.id, token));
      if (answers.length % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const three = await starting;
    const settled = await Promise.all(answers);
    await three.kill('SIGTERM');
    expect(count(settled, 202)).toBe(400);
    const won = settled.flatMap((a, i) =>
      a.status === 202 ? [{ id: a.body.id as string, token: crowd[i]?.token ?? '' }] : [],
    );
    await settle(one.url, won);
    const equations = await audit(one.url, drop);
    expect(Object.values(equations).every((equation) => equation.holds)).toBe(true);
    expect(await one.metric('gate_epoch')).toBe(epoch);
  });

  it('shows a change made on one instance on the other', async () => {
    const drop = await openDrop(one.url, 5);
    expect((await call(two.url, 'GET', `/v1/vouchers/${drop.id}`)).body.status).toBe('live');
    await call(one.url, 'POST', `/v1/vouchers/${drop.id}/pause`, { token: drop.merchantToken });
    await eventually(
      'the pause is seen',
      async () => (await call(two.url, 'GET', `/v1/vouchers/${drop.id}`)).body.status === 'paused',
    );
    const [user] = users(1);
    expect((await claim(two.url, drop.id, user?.token ?? '')).body.code).toBe('paused');
  });

  it('closes at once when Redis forgets everything, rebuilds from the ledger and sells what is left, once', async () => {
    const drop = await openDrop(one.url, 50);
    const crowd = users(120);
    const first = await Promise.all(crowd.slice(0, 30).map(({ token }) => claim(one.url, drop.id, token)));
    expect(count(first, 202)).toBe(30);
    const redis = new Redis(env['REDIS_URL'] ?? '');
    await redis.flushdb();
    await redis.script('FLUSH');
    await redis.quit();
    const [lucky] = crowd.slice(30);
    const refused = await claim(one.url, drop.id, lucky?.token ?? '');
    expect(refused.body.code).toBe('gate_recovering');
    expect(refused.headers['retry-after']).toBeDefined();
    await one.ready();
    await eventually('the other instance follows', async () => (await fetch(`${two.opsUrl}/readyz`)).ok);

    const again = await Promise.all(crowd.slice(0, 30).map(({ token }) => claim(two.url, drop.id, token)));
    expect(again.every((a) => a.body.code === 'claim_limit_reached')).toBe(true);
    const rest = await Promise.all(
      crowd.slice(30).map(({ token }, i) => claim(i % 2 ? one.url : two.url, drop.id, token)),
    );
    expect(count(rest, 202)).toBe(20);
    const won = [...first, ...again, ...rest].flatMap((a, i) => {
      const index = i < 30 ? i : i - 30;
      return a.status === 202 ? [{ id: a.body.id as string, token: crowd[index]?.token ?? '' }] : [];
    });
    const statuses = await settle(one.url, won);
    expect([...statuses.values()].filter((status) => status !== 'issued')).toEqual([]);
    const equations = await audit(one.url, drop);
    expect(equations['issued = rows live']).toMatchObject({ left: 50, right: 50 });
    expect(Object.values(equations).every((equation) => equation.holds)).toBe(true);
  });
});
