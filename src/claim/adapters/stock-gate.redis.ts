import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KEY_PREFIX, type RedisClient } from '../../platform/redis/redis.js';
import { ROOT } from '../../shared/root.js';
import type { GateVoucher } from '../../voucher/index.js';
import {
  GateLostError,
  GateUnreachableError,
  StockGate,
  UNKNOWN_VOUCHER,
  type AdjustVerdict,
  type ClaimEnd,
  type GateClaim,
  type GateDecision,
  type GateRequest,
  type GateSnapshot,
  type Holders,
  type IssuedAtGate,
  type PendingEntry,
  type RebuildVoucher,
  type StockGateOptions,
} from '../ports/stock-gate.js';
import { claimField } from '../domain/claim-field.js';
import { issuedOf, rebuiltUser, recordOf } from './gate-records.js';

/** Reply codes of claim-6.lua; the table stands in lua/README.md too. */
const CODE = {
  lost: -1,
  unknownVoucher: -2,
  accepted: 1,
  replayPending: 2,
  replayDone: 3,
  keyReused: 4,
  notStarted: 10,
  paused: 11,
  ended: 12,
  soldOut: 13,
  limit: 14,
  overloaded: 15,
  rateLimited: 16,
} as const;

/** Numbers before the first decision, and of each. */
const REPLY_HEAD_LENGTH = 5;
const EACH = 4;

/** Reply codes of adjust-1.lua. */
const ADJUST: Readonly<Record<number, AdjustVerdict | typeof UNKNOWN_VOUCHER>> = {
  1: 'applied',
  2: 'refused',
  3: 'judged-earlier',
  [CODE.unknownVoucher]: UNKNOWN_VOUCHER,
};

interface Script {
  readonly text: string;
  readonly sha: string;
}

const script = (file: string, head = ''): Script => {
  const text = head + readFileSync(join(ROOT, 'lua', file), 'utf8');
  return { text, sha: createHash('sha1').update(text).digest('hex') };
};

const REBUILD_CHUNK = 1_000;

/** The scripts whose decisions can be trusted only from a gate that has forgotten nothing. */
interface FencedScripts {
  readonly claim: Script;
  readonly adjust: Script;
}

const BUILDING = 'building';
const OPEN = 'open';

/**
 * The gate on Redis. The fenced scripts are loaded only when an epoch begins and are never sent as text afterwards: NOSCRIPT
 * is how a Redis that restarted or was replaced is noticed before it accepts a claim. The other scripts may be reloaded.
 * A key marks the epoch, because FLUSHALL removes data and keeps scripts.
 */
export class RedisStockGate extends StockGate {
  private readonly confirmScript = script('confirm-3.lua');
  private readonly prepareScript = script('prepare-4.lua');
  private readonly configureScript = script('configure-1.lua');
  private readonly sealScript = script('seal-3.lua');
  private readonly snapshotScript = script('snapshot-2.lua');
  private readonly tidyScript = script('tidy-3.lua');
  private readonly fencedScripts = new Map<number, FencedScripts>();

  constructor(
    private readonly redis: RedisClient,
    private readonly options: StockGateOptions,
  ) {
    super();
  }

  async now(): Promise<number> {
    const [seconds, micros] = await this.answer(this.redis.time());
    return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
  }

  async claim(
    epoch: number,
    voucherId: string,
    requests: readonly GateRequest[],
  ): Promise<readonly GateDecision[] | typeof UNKNOWN_VOUCHER> {
    const { sha } = this.fenced(epoch).claim;
    const keys = this.keys(epoch, voucherId);
    const { maxPending, keyTtlMs, rate } = this.options;
    const argv: (string | number)[] = [maxPending, keyTtlMs, rate?.limit ?? 0, rate?.windowMs ?? 0];
    for (const { userId, idempotency } of requests) {
      argv.push(userId, idempotency?.key ?? '', idempotency?.fingerprint ?? '');
    }
    const reply = (await this.answer(this.redis.evalsha(sha, keys.length, ...keys, ...argv))) as number[];
    if (reply[0] === CODE.lost) throw new GateLostError('state');
    if (reply[0] === CODE.unknownVoucher) return UNKNOWN_VOUCHER;
    return requests.map((_request, index) => decision(reply, REPLY_HEAD_LENGTH + index * EACH));
  }

  async adjust(
    epoch: number,
    voucherId: string,
    number: number,
    delta: number,
  ): Promise<AdjustVerdict | typeof UNKNOWN_VOUCHER> {
    const { sha } = this.fenced(epoch).adjust;
    const state = this.key(epoch, voucherId, 'state');
    const reply = (await this.answer(this.redis.evalsha(sha, 1, state, number, delta))) as number;
    if (reply === CODE.lost) throw new GateLostError('state');
    const verdict = ADJUST[reply];
    if (!verdict) throw new Error(`the gate answered code ${reply}, which this program does not know`);
    return verdict;
  }

  async holders(epoch: number, voucherId: string): Promise<Holders> {
    const key = this.key(epoch, voucherId, 'claims');
    return { count: await this.answer(this.redis.hlen(key)), ids: this.scanFields(key) };
  }

  async *issued(epoch: number, voucherId: string): AsyncIterable<readonly IssuedAtGate[]> {
    for await (const entries of this.scan(this.key(epoch, voucherId, 'claims')))
      yield entries.map(([userId, text]) => ({ userId, ...issuedOf(text) })).filter(({ count }) => count > 0);
  }

  private async *scanFields(key: string): AsyncIterable<readonly string[]> {
    for await (const entries of this.scan(key)) yield entries.map(([field]) => field);
  }

  /** HSCAN returns every field that is there from its begin to its end. */
  private async *scan(key: string): AsyncIterable<readonly (readonly [field: string, value: string])[]> {
    let cursor = '0';
    do {
      const [next, flat] = await this.answer(this.redis.hscan(key, cursor, 'COUNT', REBUILD_CHUNK));
      cursor = next;
      const entries: [string, string][] = [];
      for (let at = 0; at < flat.length; at += 2) entries.push([flat[at] ?? '', flat[at + 1] ?? '']);
      yield entries;
    } while (cursor !== '0');
  }

  async confirm(epoch: number, voucherId: string, ends: readonly ClaimEnd[]): Promise<void> {
    const keys = this.keys(epoch, voucherId).slice(0, 3);
    for (let from = 0; from < ends.length; from += REBUILD_CHUNK) {
      const argv = ends
        .slice(from, from + REBUILD_CHUNK)
        .flatMap((end) => [
          end.userId,
          end.ordinal,
          end.result === 'issued' ? 'I' : 'R',
          end.at,
          end.reason ?? '',
        ]);
      await this.run(this.confirmScript, keys, [epoch, ...argv]);
    }
  }

  async status(
    epoch: number,
    voucherId: string,
    userId: string,
    ordinal: number,
  ): Promise<GateClaim | typeof UNKNOWN_VOUCHER | undefined> {
    const key = this.key(epoch, voucherId, 'claims');
    const record = recordOf(await this.answer(this.redis.hget(key, userId)), ordinal);
    if (record) return record;
    const known = await this.answer(this.redis.hget(this.key(epoch, voucherId, 'state'), 'epoch'));
    return known === String(epoch) ? undefined : UNKNOWN_VOUCHER;
  }

  async pendingBefore(
    epoch: number,
    voucherId: string,
    beforeMs: number,
    limit: number,
  ): Promise<PendingEntry[]> {
    const fields = await this.answer(
      this.redis.zrangebyscore(
        this.key(epoch, voucherId, 'pending'),
        '-inf',
        `(${beforeMs}`,
        'LIMIT',
        0,
        limit,
      ),
    );
    if (fields.length === 0) return [];
    const entries = fields.map(claimField);
    const users = entries.map(({ userId }) => userId);
    const texts = await this.answer(this.redis.hmget(this.key(epoch, voucherId, 'claims'), ...users));
    return entries.flatMap(({ userId, ordinal }, index) => {
      const record = recordOf(texts[index], ordinal);
      if (record?.status !== 'pending') return [];
      const { status: _status, ...held } = record;
      return [{ userId, ...held }];
    });
  }

  async pendingSize(epoch: number, voucherId: string): Promise<{ size: number; oldestAt?: number }> {
    const key = this.key(epoch, voucherId, 'pending');
    const [size, oldest] = await Promise.all([
      this.answer(this.redis.zcard(key)),
      this.answer(this.redis.zrangebyscore(key, '-inf', '+inf', 'WITHSCORES', 'LIMIT', 0, 1)),
    ]);
    // RESP3 answers pairs, RESP2 a flat list.
    const score: unknown = oldest.flat()[1];
    return { size, ...(score === undefined ? {} : { oldestAt: Number(score) }) };
  }

  async snapshot(epoch: number, voucherId: string): Promise<GateSnapshot | undefined> {
    const keys = [this.key(epoch, voucherId, 'state'), this.key(epoch, voucherId, 'pending')];
    const reply = (await this.run(this.snapshotScript, keys, [epoch])) as (number | string)[];
    if (reply.length === 0) return undefined;
    const pending = [];
    for (let i = 7; i < reply.length; i += 2)
      pending.push({ ...claimField(String(reply[i])), at: Number(reply[i + 1]) });
    const [now = 0, total = 0, remaining = 0, sequence = 0, , adjusted = 0, refused = 0] = reply
      .slice(0, 7)
      .map(Number);
    return { now, total, remaining, sequence, adjusted, refused, pending };
  }

  async vouchers(epoch: number): Promise<string[]> {
    return this.answer(this.redis.smembers(this.registry(epoch)));
  }

  async prepare(epoch: number, voucher: GateVoucher): Promise<void> {
    // Else a late caller would bring a voucher back, with all its stock, into an epoch that was revoked or lost. Asked again
    // afterwards, because the epoch may end in between: a voucher is prepared paused, so nobody has taken of it by then.
    await this.requireBegun(epoch);
    await this.answer(this.redis.sadd(this.registry(epoch), voucher.id));
    const { state, opensAt, closesAt, perUserLimit, total, version } = voucher;
    const argv = [epoch, state, opensAt, closesAt, perUserLimit, total, version];
    await this.run(this.prepareScript, this.keys(epoch, voucher.id).slice(0, 4), argv);
    await this.requireBegun(epoch);
  }

  async configure(epoch: number, voucher: GateVoucher): Promise<boolean> {
    const { state, opensAt, closesAt, perUserLimit, version } = voucher;
    const argv = [epoch, state, opensAt, closesAt, perUserLimit, version];
    return (await this.run(this.configureScript, [this.key(epoch, voucher.id, 'state')], argv)) !== 0;
  }

  async tidy(epoch: number, voucherId: string): Promise<void> {
    const { rate } = this.options;
    if (!rate) return;
    const [state, , , , even, odd] = this.keys(epoch, voucherId);
    await this.run(this.tidyScript, [state, even, odd], [epoch, rate.windowMs]);
  }

  async remaining(epoch: number, voucherId: string): Promise<number | undefined> {
    const value = await this.answer(this.redis.hget(this.key(epoch, voucherId, 'state'), 'remaining'));
    return value === null ? undefined : Number(value);
  }

  async forget(epoch: number, voucherId: string): Promise<void> {
    await this.answer(this.redis.unlink(...this.keys(epoch, voucherId)));
    await this.answer(this.redis.srem(this.registry(epoch), voucherId));
  }

  async holds(epoch: number): Promise<boolean> {
    return (await this.marked(epoch, OPEN)) && (await this.hasScripts(epoch));
  }

  async revokeBelow(epoch: number): Promise<void> {
    // Marks first: what `prepare` makes while the vouchers are removed, it then finds without its epoch.
    await this.unlinkBelow(epoch, `${KEY_PREFIX}gate:*:mark`);
    await this.unlinkBelow(epoch, `${KEY_PREFIX}gate:*:vouchers`);
    await this.unlinkBelow(epoch, `${KEY_PREFIX}{vch_*}:*`);
  }

  async begin(epoch: number): Promise<void> {
    // Before anything is loaded: whoever forgets the data from here on forgets this script with it.
    const { claim, adjust } = this.fenced(epoch);
    for (const { text } of [claim, adjust]) await this.answer(this.redis.script('LOAD', text));
    await this.answer(this.redis.set(this.marker(epoch), BUILDING));
  }

  async rebuild(
    epoch: number,
    { voucher, remaining, sequence, adjusted, users }: RebuildVoucher,
  ): Promise<void> {
    const [state, claimsKey, pendingKey, keysKey] = this.keys(epoch, voucher.id);
    const { opensAt, closesAt, perUserLimit, total, version } = voucher;
    await this.answer(this.redis.sadd(this.registry(epoch), voucher.id));
    await this.answer(
      this.redis.hset(state, {
        epoch: 'loading',
        status: voucher.state,
        opens_at: opensAt,
        closes_at: closesAt,
        limit: perUserLimit,
        total,
        remaining,
        sequence,
        version,
        adjusted,
        stock_version: 0,
      }),
    );
    let userCount = 0;
    let keyCount = 0;
    for await (const chunk of users) {
      const claims: Record<string, string> = {};
      const keys: Record<string, string> = {};
      const pending: (number | string)[] = [];
      for (const user of chunk) {
        claims[user.userId] = rebuiltUser(user.live, user.last, user.pending);
        for (const held of user.keys) {
          keys[`${user.userId}|${held.key}`] = `${held.ordinal}|${held.fingerprint}|${held.at}`;
        }
        for (const { ordinal, at } of user.pending ?? []) pending.push(at, `${user.userId}:${ordinal}`);
      }
      userCount += Object.keys(claims).length;
      keyCount += Object.keys(keys).length;
      // Before their users: the seal counts users and keys, so whoever has lost these lacks some of those as well.
      if (pending.length > 0) await this.answer(this.redis.zadd(pendingKey, ...pending));
      if (Object.keys(claims).length > 0) await this.answer(this.redis.hset(claimsKey, claims));
      if (Object.keys(keys).length > 0) await this.answer(this.redis.hset(keysKey, keys));
    }
    const sealed = await this.run(this.sealScript, [state, claimsKey, keysKey], [epoch, userCount, keyCount]);
    if (sealed !== 1) throw new GateLostError('state');
  }

  async finish(epoch: number): Promise<void> {
    if (!(await this.hasScripts(epoch))) throw new GateLostError('scripts');
    // Flushed since it began: what was sealed before may be gone.
    if (!(await this.marked(epoch, BUILDING))) throw new GateLostError('state');
    // XX: never made anew. Whoever flushes between the two leaves no mark.
    await this.answer(this.redis.set(this.marker(epoch), OPEN, 'XX'));
    if (!(await this.marked(epoch, OPEN))) throw new GateLostError('state');
  }

  private async hasScripts(epoch: number): Promise<boolean> {
    const { claim, adjust } = this.fenced(epoch);
    const exists = await this.answer(this.redis.script('EXISTS', claim.sha, adjust.sha));
    return Array.isArray(exists) && exists.every((one) => Number(one) === 1);
  }

  private async marked(epoch: number, as: string): Promise<boolean> {
    return (await this.answer(this.redis.get(this.marker(epoch)))) === as;
  }

  /** The mark stands from the begin of an epoch on: without it, data was lost or the epoch is revoked. */
  private async requireBegun(epoch: number): Promise<void> {
    if ((await this.answer(this.redis.exists(this.marker(epoch)))) === 0) throw new GateLostError('state');
  }

  /** The epoch is the third part of every key of the gate. */
  private async unlinkBelow(epoch: number, pattern: string): Promise<void> {
    let cursor = '0';
    do {
      const [next, keys] = await this.answer(this.redis.scan(cursor, 'MATCH', pattern, 'COUNT', 1_000));
      cursor = next;
      const old = keys.filter((key) => Number(key.split(':')[2]) < epoch);
      if (old.length > 0) await this.answer(this.redis.unlink(...old));
    } while (cursor !== '0');
  }

  private fenced(epoch: number): FencedScripts {
    let known = this.fencedScripts.get(epoch);
    if (!known) {
      const head = `local EPOCH = '${epoch}'\n`;
      known = { claim: script('claim-6.lua', head), adjust: script('adjust-1.lua', head) };
      // Two are enough: the epoch that is held and the one that is being built.
      if (this.fencedScripts.size > 1) this.fencedScripts.delete(Math.min(...this.fencedScripts.keys()));
      this.fencedScripts.set(epoch, known);
    }
    return known;
  }

  private keys(epoch: number, voucherId: string): [string, string, string, string, string, string] {
    const key = (part: string) => this.key(epoch, voucherId, part);
    return [key('state'), key('claims'), key('pending'), key('keys'), key('rate-even'), key('rate-odd')];
  }

  private key(epoch: number, voucherId: string, part: string): string {
    return `${KEY_PREFIX}{${voucherId}}:${epoch}:${part}`;
  }

  private marker(epoch: number): string {
    return `${KEY_PREFIX}gate:${epoch}:mark`;
  }

  private registry(epoch: number): string {
    return `${KEY_PREFIX}gate:${epoch}:vouchers`;
  }

  /** Runs a script that is not part of the fence: it may be loaded again. */
  private async run(
    known: Script,
    keys: readonly string[],
    argv: readonly (string | number)[],
  ): Promise<unknown> {
    const call = () => this.redis.evalsha(known.sha, keys.length, ...keys, ...argv);
    try {
      return await call();
    } catch (error) {
      if (!isNoScript(error)) return this.answer(Promise.reject(error as Error));
      await this.answer(this.redis.script('LOAD', known.text));
      return this.answer(call());
    }
  }

  private async answer<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      if (isNoScript(error)) throw new GateLostError('scripts');
      const { name, message } = error as Error;
      if (name !== 'ReplyError')
        throw new GateUnreachableError(!/isn't writeable|connection is closed/i.test(message), error);
      // A server that is loading, a replica or one out of memory answers, but not for us.
      if (/^(LOADING|READONLY|OOM|MASTERDOWN|BUSY|CLUSTERDOWN|MISCONF|NOREPLICAS)/.test(message)) {
        throw new GateUnreachableError(false, error);
      }
      if (/^(WRONGTYPE|ERR)/.test(message) && /script|WRONGTYPE/i.test(message))
        throw new GateLostError('state');
      throw error;
    }
  }
}

const isNoScript = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('NOSCRIPT');

function decision(reply: readonly number[], from: number): GateDecision {
  const [code, ordinal = 0, sequence = 0, at = 0] = reply.slice(from, from + EACH);
  switch (code) {
    case CODE.accepted:
      return { kind: 'accepted', ordinal, sequence, at };
    case CODE.replayPending:
    case CODE.replayDone:
      return { kind: 'replayed', ordinal, sequence, at, pending: code === CODE.replayPending };
    case CODE.keyReused:
      return { kind: 'key-reused', ordinal };
    case CODE.notStarted:
      return { kind: 'not-started', opensAt: reply[2] ?? 0, now: reply[0] ?? 0 };
    case CODE.paused:
      return { kind: 'paused' };
    case CODE.ended:
      return { kind: 'ended' };
    case CODE.soldOut:
      return { kind: 'sold-out', stockVersion: reply[4] ?? 0, closesInMs: (reply[3] ?? 0) - (reply[0] ?? 0) };
    case CODE.limit:
      return { kind: 'limit-reached', ordinal };
    case CODE.overloaded:
      return { kind: 'overloaded' };
    case CODE.rateLimited:
      return { kind: 'rate-limited', retryAfterMs: sequence };
    default:
      throw new Error(`the gate answered code ${code}, which this program does not know`);
  }
}
