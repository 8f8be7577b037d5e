import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { eventsOf } from '../../src/claim/domain/event-pack.js';
import type { PackRow } from '../../src/database/outbox.js';
import { ROOT } from '../../src/common/root.js';
import { textOf } from '../../src/claim/gate/redis/gate-records.js';
import { userOfField } from '../../src/claim/gate/redis/short-user-ids.js';
import { audit, call, claim, eventually, openDrop, settle, users, type Drop } from '../support/crowd.js';
import { Instance } from '../support/instance.js';
import { asksIn, freshSystem, query } from '../support/stack-env.js';
import { claimRows, deleteClaim } from '../harness/claim-rows.js';

const GATE = 'remaining + pending + held + offered + issued live = total';
const ROWS = 'issued = rows live';
const EVENTS = 'outbox events = claims ever issued';

let env: Record<string, string>;
let instance: Instance;
let redis: Redis;

beforeAll(async () => {
  env = { ...(await freshSystem('audit', 9)), RECONCILE_INTERVAL_MS: '300', SWEEP_INTERVAL_MS: '600000' };
  instance = await Instance.start(env);
  redis = new Redis(env['REDIS_URL'] ?? '');
});

afterAll(async () => {
  redis.disconnect();
  await instance.kill('SIGTERM');
});

/** `npm run audit`, as an operator runs it beside the running program. */
const command = (...args: string[]) => run('audit.js', args);

function run(tool: string, args: readonly string[]): Promise<{ status: number; out: string }> {
  return new Promise((resolve) => {
    const file = join(ROOT, 'dist/src/cli', tool);
    execFile(
      process.execPath,
      [file, ...args],
      { cwd: ROOT, env: { ...process.env, ...env } },
      (error, out, err) =>
        resolve({ status: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out: out + err }),
    );
  });
}

/** A voucher with four of ten units issued. */
async function soldDrop(): Promise<Drop & { claims: string[] }> {
  const drop = await openDrop(instance.url, 10);
  const crowd = users(4);
  const answers = await Promise.all(crowd.map(({ token }) => claim(instance.url, drop.id, token)));
  const won = answers.map((answer, i) => ({ id: answer.body.id as string, token: crowd[i]?.token ?? '' }));
  await settle(instance.url, won);
  await eventually('nothing is pending', async () =>
    Object.values(await audit(instance.url, drop)).every(({ holds }) => holds),
  );
  return { ...drop, claims: won.map(({ id }) => id) };
}

const failing = async (drop: Drop): Promise<string[]> =>
  Object.entries(await audit(instance.url, drop))
    .filter(([, { holds }]) => !holds)
    .map(([name]) => name)
    .sort();

const stateKey = async (drop: Drop): Promise<string> =>
  `vc:{${drop.id}}:${await instance.metric('gate_epoch')}:state`;

/** The tampering of one test must not be another's finding. */
const tampered: Drop[] = [];
afterEach(async () => {
  for (const { id } of tampered.splice(0)) {
    await query(env, `UPDATE vouchers SET status = 'draft' WHERE id = ?`, [id]);
    await redis.srem(`vc:gate:${await instance.metric('gate_epoch')}:vouchers`, id);
  }
});

describe('the auditor on MariaDB and Redis', () => {
  it('finds all equations to hold where nobody interferes', async () => {
    const drop = await soldDrop();
    const { status, out } = await command('--voucher', drop.id);
    expect(out).toContain('all equations hold');
    expect(status).toBe(0);
  });

  it('finds and names a unit that was taken from Redis by hand, alarms once, and has the gate rebuilt', async () => {
    const drop = await soldDrop();
    await redis.hincrby(await stateKey(drop), 'remaining', -1);
    expect(await failing(drop)).toEqual([GATE]);
    await eventually('the gauge shows it', async () => (await instance.metric('audit_broken', GATE)) === 1);
    await eventually('it stays', async () => (await instance.metric('job_runs_total', '"reconcile"')) > 10);
    const lines = instance.log
      .split('\n')
      .filter((line) => line.includes('an equation does not hold') && line.includes(drop.id));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('"level":"error"');

    const seen = await command('--voucher', drop.id);
    expect(seen.status).toBe(1);
    expect(seen.out).toContain('1 unit(s) are missing at the gate');

    const epoch = await instance.metric('gate_epoch');
    const mended = await command('--voucher', drop.id, '--repair');
    expect(mended.out).toContain(`fenced the gate's epoch ${epoch}`);
    expect(mended.status).toBe(0);
    expect(await failing(drop)).toEqual([]);
    await eventually('the gauge falls', async () => (await instance.metric('audit_broken', GATE)) === 0);
    expect(await instance.metric('gate_epoch')).toBeGreaterThan(epoch);
  });

  it('finds and names a row that was deleted, and leaves it to people', async () => {
    const drop = await soldDrop();
    tampered.push(drop);
    await deleteClaim(asksIn(env), drop.claims[0] ?? '');
    expect(await failing(drop)).toEqual([ROWS, EVENTS, GATE].sort());
    const { status, out } = await command('--voucher', drop.id, '--repair');
    expect(status).toBe(1);
    expect(out).toContain(`claim ${drop.claims[0]} has an event, but no row`);
    expect(out).toContain(`left: "${ROWS}" needs a decision by people`);
    expect(out).toContain('left: the gate disagrees with a ledger that is itself in doubt');
  });

  const packs = (drop: Drop): Promise<PackRow[]> =>
    query<PackRow>(
      env,
      `SELECT id, type, aggregate_id, payload, packed, events, created_at FROM outbox
        WHERE aggregate_id = ? AND type = 'claim.issued' ORDER BY id`,
      [drop.id],
    );
  const events = async (drop: Drop): Promise<string[]> => (await packs(drop)).flatMap(eventsOf).sort();
  const claimOf = (line = '{}'): string => (JSON.parse(line) as { data: { id: string } }).data.id;

  /** The four claims of a drop may have been issued in several transactions: their events are put into one pack. */
  async function inOnePack(drop: Drop): Promise<{ readonly id: string; readonly lines: readonly string[] }> {
    const [first, ...others] = (await packs(drop)) as [PackRow, ...PackRow[]];
    const lines = [first, ...others].flatMap(eventsOf); // whole events: each has a time of its own
    const ids = others.map(({ id }) => id);
    if (ids.length > 0) await query(env, 'DELETE FROM outbox WHERE id IN (?)', [ids]);
    await query(env, 'UPDATE outbox SET payload = ?, packed = NULL, events = ? WHERE id = ?', [
      lines.join('\n'),
      lines.length,
      first.id,
    ]);
    return { id: first.id, lines };
  }

  it.each([
    ['the first event', 0],
    ['the last event', 3],
  ])('finds and names %s of a pack that was removed, and writes it again', async (_which, at) => {
    const drop = await soldDrop();
    const pack = await inOnePack(drop);
    const before = await events(drop);
    expect(await failing(drop)).toEqual([]);
    const lines = [...pack.lines];
    const [gone] = lines.splice(at, 1);
    await query(env, 'UPDATE outbox SET payload = ?, events = 3 WHERE id = ?', [lines.join('\n'), pack.id]);
    expect(await failing(drop)).toEqual([EVENTS]);
    const { status, out } = await command('--voucher', drop.id, '--repair');
    expect(out).toContain(`claim ${claimOf(gone)} has no event claim.issued`);
    expect(out).toContain('wrote 1 missing event(s)');
    expect(status).toBe(0);
    expect(await events(drop)).toEqual(before);
  });

  it('finds and names the events of a pack that was removed, and writes them again under their own ids', async () => {
    const drop = await soldDrop();
    const pack = await inOnePack(drop);
    const before = await events(drop);
    await query(env, 'DELETE FROM outbox WHERE id = ?', [pack.id]);
    expect(await failing(drop)).toEqual([EVENTS]);
    const { status, out } = await command('--voucher', drop.id, '--repair');
    for (const id of drop.claims) expect(out).toContain(`claim ${id} has no event claim.issued`);
    expect(out).toContain('wrote 4 missing event(s)');
    expect(status).toBe(0);
    expect(await events(drop)).toEqual(before);
  });

  it('leaves the events, which are bytes, to be read by an operator', async () => {
    const drop = await soldDrop();
    expect((await packs(drop)).every(({ payload, packed }) => payload === null && packed !== null)).toBe(
      true,
    );
    const { status, out } = await run('outbox.js', ['--voucher', drop.id]);
    expect(status).toBe(0);
    const told = out.trim().split('\n');
    const types = told.map((line) => (JSON.parse(line) as { type: string }).type);
    expect(new Set(types)).toContain('voucher.published');
    expect(told.filter((_line, n) => types[n] === 'claim.issued').sort()).toEqual(await events(drop));
    await eventually('all are sent', async () => {
      const { out: waiting } = await run('outbox.js', ['--voucher', drop.id, '--unsent']);
      return waiting === '';
    });
  });

  it('confirms a pending entry that is a row, and sends one again that is none', async () => {
    const drop = await soldDrop();
    const epoch = await instance.metric('gate_epoch');
    const key = (part: string) => `vc:{${drop.id}}:${epoch}:${part}`;
    const [field = ''] = await redis.hkeys(key('claims'));
    const record = await redis.hgetBuffer(key('claims'), field);
    const [, sequence, at] = /^1I(\d+)\|(\d+)/.exec(record ? textOf(record) : '') ?? [];
    const issued = userOfField(field);
    await redis.hdel(key('claims'), field);
    await redis.hset(key('claims'), issued, `1P${sequence}|${at}`);
    await redis.zadd(key('pending'), 1, `${issued}:1`);
    // Taken from the stock, numbered, pending since long, and never sent: what a death after the gate leaves.
    const [user] = users(1);
    await redis.hincrby(key('state'), 'remaining', -1);
    const next = await redis.hincrby(key('state'), 'sequence', 1);
    await redis.hset(key('claims'), user?.id ?? '', `1P${next}|${at}`);
    await redis.zadd(key('pending'), 2, `${user?.id}:1`);
    const { status, out } = await command('--voucher', drop.id, '--repair');
    expect(out).toContain('confirmed 1 pending claim(s) that are rows');
    expect(out).toContain('sent 1 pending claim(s) again that are no rows');
    expect(status).toBe(0);
    await eventually('it is issued', async () => {
      const rows = await claimRows(asksIn(env), { userId: user?.id ?? '' });
      return rows.length === 1 && (await redis.zcard(key('pending'))) === 0;
    });
  });

  it('runs by itself where it is asked to, and keeps its result', async () => {
    const drop = await soldDrop();
    const path = `/v1/vouchers/${drop.id}/audits`;
    const begun = await call(instance.url, 'POST', path, { token: drop.merchantToken, body: { full: true } });
    expect(begun).toMatchObject({ status: 202, body: { object: 'audit_job', full: true } });
    const job = async (): Promise<Record<string, unknown>> =>
      (await call(instance.url, 'GET', `${path}/${begun.body.id as string}`, { token: drop.merchantToken }))
        .body;
    await eventually('the audit is done', async () => (await job())['status'] === 'done');
    expect(await job()).toMatchObject({ progress: 100, result: { ok: true, voucher_id: drop.id } });
  });

  it('is a 404 for another tenant', async () => {
    const [mine, theirs] = [await openDrop(instance.url, 1), await openDrop(instance.url, 1)];
    const answer = await call(instance.url, 'GET', `/v1/vouchers/${mine.id}/audit`, {
      token: theirs.merchantToken,
    });
    expect(answer.status).toBe(404);
    expect(answer.body.code).toBe('not_found');
  });

  it('says with status 2 that it could not audit', async () => {
    const unknown = await command('--voucher', 'vch_0000000000000000');
    expect(unknown).toMatchObject({ status: 2, out: expect.stringContaining('there is no voucher') });
    const wrong = await command('--nonsense');
    expect(wrong).toMatchObject({ status: 2, out: expect.stringContaining('usage: npm run audit') });
  });
});
