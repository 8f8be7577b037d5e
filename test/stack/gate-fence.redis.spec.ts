import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RedisStockGate } from '../../src/claim/gate/redis/stock-gate.redis.js';
import type { EpochOrigin } from '../../src/claim/domain/epoch-masters.js';
import { GateLostError, GateUnreachableError } from '../../src/claim/gate/gate-errors.js';
import { connectRedis, createRedis, type RedisClient } from '../../src/redis/redis.js';
import { caughtUp, follow, promote } from '../harness/replication.js';
import { RedisServer } from '../harness/servers.js';
import type { GateVoucher } from '../../src/voucher/index.js';
import { decide, kinds, openVoucher, OPTIONS, wish } from '../contract/support/stock-gate.contract.js';

const TIMEOUT_MS = 5_000;

/** Servers of this file alone: they are demoted, killed and starved. */
describe('the fence of the gate on Redis', () => {
  let dir: string;
  let a: RedisServer;
  let b: RedisServer;
  const clients: RedisClient[] = [];
  let epoch = 1;

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'voucherconnect-fence-'));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  let pair = 0;
  beforeEach(async () => {
    pair += 1;
    epoch += 10;
    [a, b] = [new RedisServer(join(dir, `a${pair}`)), new RedisServer(join(dir, `b${pair}`))];
    for (const server of [a, b]) {
      await server.choosePort();
      await server.start();
      await server.waitReady();
    }
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.disconnect();
    await Promise.all([a.stop('SIGKILL'), b.stop('SIGKILL')]);
  });

  async function open(server: RedisServer): Promise<RedisClient> {
    const client = createRedis(server.url, TIMEOUT_MS);
    clients.push(client);
    await connectRedis(client);
    return client;
  }

  interface Begun {
    readonly gate: RedisStockGate;
    readonly redis: RedisClient;
    readonly history: EpochOrigin;
    readonly voucher: GateVoucher;
  }

  /** An open epoch on A with one claim. */
  async function begun(): Promise<Begun> {
    const redis = await open(a);
    const gate = new RedisStockGate(redis, OPTIONS);
    const history = await gate.begin(epoch);
    await gate.finish(epoch);
    const voucher = await openVoucher(gate, { total: 100 });
    await gate.prepare(epoch, voucher);
    expect(kinds(await decide(gate, epoch, voucher.id, wish('u1', 'k')))).toEqual(['accepted']);
    return { gate, redis, history, voucher };
  }

  /** A process that has just started, and knows of the epoch what its row says. */
  async function newcomer(server: RedisServer, history: EpochOrigin): Promise<RedisStockGate> {
    const gate = new RedisStockGate(await open(server), OPTIONS);
    gate.trust(epoch, history);
    return gate;
  }

  const partsOf = ({ id }: GateVoucher) =>
    ['state', 'claims', 'pending', 'keys'].map((part) => `vc:{${id}}:${epoch}:${part}`);

  /** Everything that a claim may ask for is refused, and nothing is written. */
  async function expectLost(gate: RedisStockGate, redis: RedisClient, voucher: GateVoucher, why: RegExp) {
    const dumps = async () => Promise.all(partsOf(voucher).map((key) => redis.dumpBuffer(key)));
    const before = await dumps();
    for (const request of [wish('u1', 'k'), wish('u1'), wish('new')]) {
      const error: unknown = await gate
        .claim(epoch, voucher.id, [request])
        .catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(GateLostError);
      expect((error as Error).message).toMatch(why);
    }
    await expect(gate.adjust(epoch, voucher.id, 1, -1)).rejects.toBeInstanceOf(GateLostError);
    expect((await gate.lossOf(epoch))?.why).toMatch(why);
    expect(await gate.holds(epoch)).toBe(false);
    expect(await dumps()).toEqual(before);
  }

  /** A new epoch on the same server takes claims again. */
  async function expectAnewOn(gate: RedisStockGate, voucher: GateVoucher): Promise<void> {
    const next = epoch + 1;
    await gate.revokeBelow(next);
    await gate.begin(next);
    await gate.finish(next);
    await gate.prepare(next, voucher);
    expect(await gate.holds(next)).toBe(true);
    expect(kinds(await decide(gate, next, voucher.id, wish('u1')))).toEqual(['accepted']);
  }

  /** B takes over while A still takes claims; then A takes B's data and its place. */
  async function failOverAndBack({ gate, voucher }: Begun): Promise<void> {
    await caughtUp(b, a);
    await promote(b);
    expect(kinds(await decide(gate, epoch, voucher.id, wish('u2'), wish('u3')))).toEqual([
      'accepted',
      'accepted',
    ]);
    await follow(a, b);
    await promote(a);
  }

  it('closes a server that was demoted and promoted again, for all processes', async () => {
    await follow(b, a);
    const at = await begun();
    await failOverAndBack(at);
    // What A took meanwhile is gone, and its scripts are not.
    expect(await at.gate.snapshot(epoch, at.voucher.id)).toMatchObject({ sequence: 1 });
    await expectLost(at.gate, at.redis, at.voucher, /history: the server was demoted and promoted again/);
    await expectLost(await newcomer(a, at.history), at.redis, at.voucher, /demoted and promoted again/);
    await expectAnewOn(at.gate, at.voucher);
  });

  it('is what keeps it closed: without the comparison the older state gives numbers twice', async () => {
    await follow(b, a);
    const redis = await open(a);
    const gate = new RedisStockGate(redis, OPTIONS);
    const { fence } = gate as unknown as { fence: { scripts: (of: number) => Scripts } };
    withoutComparison(fence);
    await gate.begin(epoch);
    await gate.finish(epoch);
    const voucher = await openVoucher(gate, { total: 100 });
    await gate.prepare(epoch, voucher);
    await decide(gate, epoch, voucher.id, wish('u1'));
    await failOverAndBack({ gate, redis, voucher, history: { history: '', masters: [] } });
    const forgetful = new RedisStockGate(redis, OPTIONS); // has seen no sequence yet
    Object.assign(forgetful, { fence });
    expect(await decide(forgetful, epoch, voucher.id, wish('u4'))).toMatchObject([
      { kind: 'accepted', sequence: 2 },
    ]);
    // Who has seen the higher number does not believe the lower one.
    await expect(gate.claim(epoch, voucher.id, [wish('u5')])).rejects.toMatchObject({ reason: 'state' });
    await expect(gate.adjust(epoch, voucher.id, 1, 1)).rejects.toMatchObject({ reason: 'state' });
  });

  it('closes a server that is a replica now, and says where it points', async () => {
    await follow(b, a);
    const { gate, redis, voucher, history } = await begun();
    await caughtUp(b, a);
    await promote(b);
    await follow(a, b);
    const why = new RegExp(`replica of 127.0.0.1:${b.port}: REDIS_URL must lead to the primary`);
    await expectLost(gate, redis, voucher, why);
    await expectLost(await newcomer(a, history), redis, voucher, why);
    await expect(gate.requireWritable()).rejects.toThrow(why);
    await expect(gate.requireWritable()).rejects.toBeInstanceOf(GateUnreachableError);
    await expect(gate.begin(epoch + 1)).rejects.toBeInstanceOf(GateLostError);
  });

  it('closes a promoted replica that lagged, whether or not it has the scripts', async () => {
    await follow(b, a);
    const { gate, history, voucher } = await begun();
    await caughtUp(b, a);
    const onB = await open(b);
    await promote(b);
    await decide(gate, epoch, voucher.id, wish('u2'), wish('u3'));
    await a.stop('SIGKILL');
    await expectLost(
      await newcomer(b, history),
      onB,
      voucher,
      /lost its (scripts|history: .*another one has taken its place)/,
    );
    await expectAnewOn(await newcomer(b, history), voucher);
  });

  it('closes a replica that is asked while its primary goes on', async () => {
    await follow(b, a);
    const { gate, history, voucher } = await begun();
    await caughtUp(b, a);
    await expectLost(await newcomer(b, history), await open(b), voucher, /lost its (scripts|history)/);
    expect(kinds(await decide(gate, epoch, voucher.id, wish('u2')))).toEqual(['accepted']);
  });

  it.each([0, 40])('closes a server restarted without the last %d bytes of its file', async (bytes) => {
    const { redis, history, voucher } = await begun();
    await redis.config('SET', 'appendfsync', 'always');
    await redis.set('vc:written', '1');
    await a.stop('SIGKILL');
    const { path, size } = a.appendOnlyFile;
    truncateSync(path, size - bytes);
    await a.start();
    await a.waitReady();
    const after = await newcomer(a, history);
    await expectLost(after, await open(a), voucher, /lost its (scripts|history: the server was restarted)/);
    await expectAnewOn(after, voucher);
  });

  it('closes when the first replica is attached, and says that this loses nothing', async () => {
    const { gate, redis, voucher } = await begun();
    await follow(b, a);
    await expectLost(gate, redis, voucher, /first replica was attached.*no claim is lost by that/);
    await expectAnewOn(gate, voucher);
  });

  it('does not open an epoch whose history breaks while it is rebuilt', async () => {
    const gate = new RedisStockGate(await open(a), OPTIONS);
    await gate.begin(epoch);
    await follow(b, a);
    await expect(gate.finish(epoch)).rejects.toMatchObject({ reason: 'history' });
  });

  it('does not take a server out of memory for one that forgot', async () => {
    const { gate, redis, voucher } = await begun();
    await gate.requireWritable();
    await redis.config('SET', 'maxmemory', '1');
    const error: unknown = await gate
      .claim(epoch, voucher.id, [wish('u2')])
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(GateUnreachableError);
    expect(error).toMatchObject({ sent: false, message: 'Redis is out of memory: raise maxmemory' });
    await expect(gate.requireWritable()).rejects.toThrow('out of memory');
    expect(await gate.holds(epoch)).toBe(true);
    await redis.config('SET', 'maxmemory', '0');
    await gate.requireWritable();
    expect(kinds(await decide(gate, epoch, voucher.id, wish('u2')))).toEqual(['accepted']);
    expect(await redis.exists('vc:gate:never-written')).toBe(0);
  });

  it('does not take a server without its replicas for one that forgot', async () => {
    const { gate, redis, voucher } = await begun();
    await redis.config('SET', 'min-replicas-to-write', '1');
    for (const call of [() => gate.claim(epoch, voucher.id, [wish('u2')]), () => gate.requireWritable()])
      await expect(call()).rejects.toMatchObject({
        name: 'GateUnreachableError',
        sent: false,
        message: expect.stringContaining('min-replicas-to-write'),
      });
    expect(await gate.holds(epoch)).toBe(true);
  });

  it('says what a user of Redis may not do, and takes nothing for lost by it', async () => {
    const { history, redis } = await begun();
    await redis.call('ACL', 'SETUSER', 'app', 'on', '>secret', '~*', '&*', '+@all', '-info');
    const url = new URL(a.url);
    Object.assign(url, { username: 'app', password: 'secret' });
    const client = createRedis(url.href, TIMEOUT_MS);
    client.options.enableReadyCheck = false; // it asks INFO, too
    clients.push(client);
    await connectRedis(client);
    const gate = new RedisStockGate(client, OPTIONS);
    gate.trust(epoch, history);
    for (const call of [() => gate.holds(epoch), () => gate.requireWritable(), () => gate.begin(epoch + 1)])
      await expect(call()).rejects.toMatchObject({
        name: 'GateUnreachableError',
        message: expect.stringContaining('does not permit'),
      });
  });
});

interface Scripts {
  readonly claim: Script;
  readonly adjust: Script;
}
interface Script {
  readonly text: string;
  readonly sha: string;
}

const COMPARISON = `string.find(replication, 'master_replid:' .. HISTORY, 1, true)`;

/** Takes the comparison with the server's history out of the fenced scripts. */
function withoutComparison(fence: { scripts: (of: number) => Scripts }): void {
  const original = fence.scripts.bind(fence);
  const weaker = ({ text }: Script): Script => {
    if (!text.includes(COMPARISON)) throw new Error('the script does not compare histories');
    const changed = text.replace(COMPARISON, 'true');
    return { text: changed, sha: createHash('sha1').update(changed).digest('hex') };
  };
  fence.scripts = (of) => {
    const { claim, adjust } = original(of);
    return { claim: weaker(claim), adjust: weaker(adjust) };
  };
}
