import { KEY_PREFIX, type RedisClient } from '../../../redis/redis.js';
import type { GateVoucher } from '../../../voucher/index.js';
import {
  GateLostError,
  StockGate,
  UNKNOWN_VOUCHER,
  type AdjustVerdict,
  type ClaimEnd,
  type GateClaim,
  type GateCounters,
  type GateDecision,
  type GateRequest,
  type GateSnapshot,
  type GiveBack,
  type Holders,
  type IssuedAtGate,
  type PendingEntry,
  type PendingOfOne,
  type PendingSize,
  type RebuildVoucher,
  type StockGateOptions,
} from '../stock-gate.js';
import type { GateWaitingList, WaitingListAtGate } from '../gate-offers.js';
import { claimField } from '../../domain/claim-field.js';
import { answer, runScript, script, type Script } from './gate-answers.redis.js';
import { GateFence } from './gate-fence.redis.js';
import { offerArguments, offerFields, waitingListOf } from './offers.redis.js';
import { scan, scanFields, unlinkBelow } from './gate-scans.redis.js';
import { issuedOf, KIND, pendingIn, rebuiltChunk, recordOf } from './gate-records.js';
import { CODE, REPLY_HEAD_LENGTH, EACH, ADJUST, decision } from './gate-replies.redis.js';

/** Reply codes of give-back-3.lua. */
const GIVE_BACK: Readonly<Record<number, 'taken' | 'taken-earlier' | typeof UNKNOWN_VOUCHER>> = {
  1: 'taken',
  3: 'taken-earlier',
  [CODE.unknownVoucher]: UNKNOWN_VOUCHER,
};

const REBUILD_CHUNK = 1_000;
/** Of which commands go out at once. */
const PIPELINE_VOUCHERS = 1_000;

/**
 * The gate on Redis. What decides (`claim`, `adjust`) is fenced against a server that forgot, see `GateFence`; the other scripts
 * may be loaded again at any time.
 */
export class RedisStockGate extends StockGate {
  private readonly confirmScript = script('confirm-3.lua');
  private readonly giveBackScript = script('give-back-3.lua');
  private readonly offerScript = script('offer-1.lua');
  private readonly prepareScript = script('prepare-4.lua');
  private readonly configureScript = script('configure-1.lua');
  private readonly sealScript = script('seal-3.lua');
  private readonly snapshotScript = script('snapshot-2.lua');
  private readonly tidyScript = script('tidy-3.lua');
  private readonly fence: GateFence;
  /** Of each voucher the highest sequence that an answer has named, and the epoch it belongs to. */
  private readonly seen = new Map<string, { readonly epoch: number; readonly sequence: number }>();

  constructor(
    private readonly redis: RedisClient,
    private readonly options: StockGateOptions,
  ) {
    super();
    this.fence = new GateFence(redis);
  }

  async now(): Promise<number> {
    const [seconds, micros] = await answer(this.redis.time());
    return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
  }

  async claim(
    epoch: number,
    voucherId: string,
    requests: readonly GateRequest[],
  ): Promise<readonly GateDecision[] | typeof UNKNOWN_VOUCHER> {
    const { sha } = this.fence.scripts(epoch).claim;
    const keys = this.keys(epoch, voucherId);
    const { maxPending, keyTtlMs, rate } = this.options;
    const argv: (string | number)[] = [
      maxPending,
      keyTtlMs,
      rate?.limit ?? 0,
      rate?.windowMs ?? 0,
      this.seenOf(epoch, voucherId),
    ];
    for (const { userId, idempotency } of requests) {
      argv.push(userId, idempotency?.key ?? '', idempotency?.fingerprint ?? '');
    }
    const reply = (await answer(this.redis.evalsha(sha, keys.length, ...keys, ...argv))) as number[];
    if (reply[0] === CODE.lost) throw new GateLostError('state');
    if (reply[0] === CODE.otherHistory) throw await this.fence.otherHistory(epoch);
    if (reply[0] === CODE.unknownVoucher) return UNKNOWN_VOUCHER;
    this.saw(epoch, voucherId, reply[5] ?? 0);
    return requests.map((_request, index) => decision(reply, REPLY_HEAD_LENGTH + index * EACH));
  }

  async adjust(
    epoch: number,
    voucherId: string,
    number: number,
    delta: number,
  ): Promise<AdjustVerdict | typeof UNKNOWN_VOUCHER> {
    const { sha } = this.fence.scripts(epoch).adjust;
    const state = this.key(epoch, voucherId, 'state');
    const seen = this.seenOf(epoch, voucherId);
    const reply = (await answer(this.redis.evalsha(sha, 1, state, number, delta, seen))) as number;
    if (reply === CODE.lost) throw new GateLostError('state');
    if (reply === CODE.otherHistory) throw await this.fence.otherHistory(epoch);
    const verdict = ADJUST[reply];
    if (!verdict) throw new Error(`the gate answered code ${reply}, which this program does not know`);
    return verdict;
  }

  async giveBack(
    epoch: number,
    voucherId: string,
    { number, units, claims }: GiveBack,
  ): Promise<'taken' | 'taken-earlier' | typeof UNKNOWN_VOUCHER> {
    const keys = this.keys(epoch, voucherId).slice(0, 3);
    const ended = claims.flatMap(({ userId, ordinal }) => [userId, ordinal]);
    const reply = (await this.run(this.giveBackScript, keys, [epoch, number, units, ...ended])) as number;
    if (reply === CODE.lost) throw new GateLostError('state');
    const outcome = GIVE_BACK[reply];
    if (!outcome) throw new Error(`the gate answered code ${reply}, which this program does not know`);
    return outcome;
  }

  async offer(
    epoch: number,
    voucherId: string,
    told?: GateWaitingList,
  ): Promise<WaitingListAtGate | typeof UNKNOWN_VOUCHER> {
    const key = this.key(epoch, voucherId, 'state');
    const reply = (await this.run(this.offerScript, [key], offerArguments(epoch, told))) as (
      string | number
    )[];
    if (reply[0] === CODE.lost) throw new GateLostError('state');
    return reply[0] === CODE.unknownVoucher ? UNKNOWN_VOUCHER : waitingListOf(reply);
  }

  async holders(epoch: number, voucherId: string): Promise<Holders> {
    const key = this.key(epoch, voucherId, 'claims');
    return { count: await answer(this.redis.hlen(key)), ids: scanFields(this.redis, key) };
  }

  async *issued(epoch: number, voucherId: string): AsyncIterable<readonly IssuedAtGate[]> {
    for await (const entries of scan(this.redis, this.key(epoch, voucherId, 'claims')))
      yield entries.map(([userId, text]) => ({ userId, ...issuedOf(text) })).filter(({ count }) => count > 0);
  }

  async confirm(epoch: number, voucherId: string, ends: readonly ClaimEnd[]): Promise<void> {
    const keys = this.keys(epoch, voucherId).slice(0, 3);
    for (let from = 0; from < ends.length; from += REBUILD_CHUNK) {
      const argv = ends
        .slice(from, from + REBUILD_CHUNK)
        .flatMap((end) => [end.userId, end.ordinal, KIND[end.result], end.at, end.reason ?? '']);
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
    const record = recordOf(await answer(this.redis.hget(key, userId)), ordinal);
    if (record) return record;
    const known = await answer(this.redis.hget(this.key(epoch, voucherId, 'state'), 'epoch'));
    return known === String(epoch) ? undefined : UNKNOWN_VOUCHER;
  }

  async pendingOf(epoch: number, voucherId: string, userId: string): Promise<PendingOfOne[]> {
    return pendingIn(await answer(this.redis.hget(this.key(epoch, voucherId, 'claims'), userId)));
  }

  async pendingBefore(
    epoch: number,
    voucherId: string,
    beforeMs: number,
    limit: number,
  ): Promise<PendingEntry[]> {
    const fields = await answer(
      this.redis.zrangebyscore(
        this.key(epoch, voucherId, 'pending'),
        '-inf',
        `(${beforeMs}`,
        'LIMIT',
        0,
        limit,
      ),
    );
    return this.pendingRecords(epoch, voucherId, fields);
  }

  /** @param fields `user:ordinal`; those that are pending no more are left out */
  private async pendingRecords(
    epoch: number,
    voucherId: string,
    fields: readonly string[],
  ): Promise<PendingEntry[]> {
    if (fields.length === 0) return [];
    const entries = fields.map(claimField);
    const users = entries.map(({ userId }) => userId);
    const texts = await answer(this.redis.hmget(this.key(epoch, voucherId, 'claims'), ...users));
    return entries.flatMap(({ userId, ordinal }, index) => {
      const record = recordOf(texts[index], ordinal);
      if (record?.status !== 'pending') return [];
      const { status: _status, ...held } = record;
      return [{ userId, ...held }];
    });
  }

  async pendingSizes(epoch: number, voucherIds: readonly string[]): Promise<readonly PendingSize[]> {
    const replies = await this.pipelined(voucherIds, (pipeline, id) => {
      const key = this.key(epoch, id, 'pending');
      return pipeline.zcard(key).zrangebyscore(key, '-inf', '+inf', 'WITHSCORES', 'LIMIT', 0, 1);
    });
    return voucherIds.map((_id, index) => {
      const [size, oldest] = replies.slice(2 * index) as [number, string[]];
      // RESP3 answers pairs, RESP2 a flat list.
      const score: unknown = oldest.flat()[1];
      return { size, ...(score === undefined ? {} : { oldestAt: Number(score) }) };
    });
  }

  /**
   * Sends commands for many vouchers, as many at once as one round trip may take.
   * @returns all replies, in order
   */
  private async pipelined(
    voucherIds: readonly string[],
    add: (pipeline: ReturnType<RedisClient['pipeline']>, voucherId: string) => unknown,
  ): Promise<unknown[]> {
    const replies: unknown[] = [];
    for (let from = 0; from < voucherIds.length; from += PIPELINE_VOUCHERS) {
      const pipeline = this.redis.pipeline();
      for (const id of voucherIds.slice(from, from + PIPELINE_VOUCHERS)) add(pipeline, id);
      for (const [error, reply] of (await answer(pipeline.exec())) ?? []) {
        if (error) await answer(Promise.reject(error));
        replies.push(reply);
      }
    }
    return replies;
  }

  async counters(epoch: number, voucherId: string): Promise<GateCounters | undefined> {
    const keys = [this.key(epoch, voucherId, 'state'), this.key(epoch, voucherId, 'pending')];
    const reply = (await this.run(this.snapshotScript, keys, [epoch])) as number[];
    if (reply.length === 0) return undefined;
    const [
      now = 0,
      total = 0,
      remaining = 0,
      sequence = 0,
      pending = 0,
      adjusted = 0,
      refused = 0,
      returned = 0,
    ] = reply;
    return { now, total, remaining, sequence, pending, adjusted, refused, returned };
  }

  async snapshot(epoch: number, voucherId: string): Promise<GateSnapshot | undefined> {
    const counters = await this.counters(epoch, voucherId);
    if (!counters) return undefined;
    const pending = new Map<string, GateSnapshot['pending'][number]>();
    if (counters.pending > 0) {
      for await (const piece of this.pendingPieces(epoch, voucherId))
        for (const { userId, ordinal, sequence, at } of piece)
          if (sequence <= counters.sequence) pending.set(`${userId}:${ordinal}`, { userId, ordinal, at });
    }
    return { ...counters, pending: [...pending.values()] };
  }

  /** ZSCAN returns every entry that is there from its begin to its end, some of them twice. */
  private async *pendingPieces(epoch: number, voucherId: string): AsyncIterable<PendingEntry[]> {
    let cursor = '0';
    do {
      const [next, entries] = await answer(
        this.redis.zscan(this.key(epoch, voucherId, 'pending'), cursor, 'COUNT', REBUILD_CHUNK),
      );
      cursor = next;
      const fields = entries.filter((_entry, index) => index % 2 === 0);
      for (let from = 0; from < fields.length; from += REBUILD_CHUNK)
        yield await this.pendingRecords(epoch, voucherId, fields.slice(from, from + REBUILD_CHUNK));
    } while (cursor !== '0');
  }

  async vouchers(epoch: number): Promise<string[]> {
    return answer(this.redis.smembers(this.registry(epoch)));
  }

  async prepare(epoch: number, voucher: GateVoucher): Promise<void> {
    // Else a late caller would bring a voucher back, with all its stock, into an epoch that was revoked or lost. Asked again
    // afterwards, because the epoch may end in between: a voucher is prepared paused, so nobody has taken of it by then.
    await this.fence.requireBegun(epoch);
    await answer(this.redis.sadd(this.registry(epoch), voucher.id));
    const { state, opensAt, closesAt, perUserLimit, total, version } = voucher;
    const argv = [epoch, state, opensAt, closesAt, perUserLimit, total, version];
    await this.run(this.prepareScript, this.keys(epoch, voucher.id).slice(0, 4), argv);
    await this.fence.requireBegun(epoch);
  }

  async configure(epoch: number, voucher: GateVoucher): Promise<boolean> {
    const { state, opensAt, closesAt, perUserLimit, version } = voucher;
    const argv = [epoch, state, opensAt, closesAt, perUserLimit, version];
    return (await this.run(this.configureScript, [this.key(epoch, voucher.id, 'state')], argv)) !== 0;
  }

  async tidy(epoch: number, voucherIds: readonly string[]): Promise<void> {
    const { rate } = this.options;
    if (!rate || voucherIds.length === 0) return;
    const { sha, text } = this.tidyScript;
    await answer(this.redis.script('LOAD', text));
    await this.pipelined(voucherIds, (pipeline, id) => {
      const [state, , , , even, odd] = this.keys(epoch, id);
      return pipeline.evalsha(sha, 3, state, even, odd, epoch, rate.windowMs);
    });
  }

  async remaining(epoch: number, voucherId: string): Promise<number | undefined> {
    const key = this.key(epoch, voucherId, 'state');
    const [value, waiting] = await answer(this.redis.hmget(key, 'remaining', 'waiting'));
    if (value === null || value === undefined) return undefined;
    return waiting === '1' ? 0 : Number(value);
  }

  async forget(epoch: number, voucherId: string): Promise<void> {
    await answer(this.redis.unlink(...this.keys(epoch, voucherId)));
    await answer(this.redis.srem(this.registry(epoch), voucherId));
    this.seen.delete(voucherId);
  }

  trust(epoch: number, history: string): void {
    this.fence.trust(epoch, history);
  }

  async lostBecause(epoch: number): Promise<string | undefined> {
    return this.fence.broken(epoch);
  }

  async requireWritable(): Promise<void> {
    await this.fence.requireWritable();
  }

  async revokeBelow(epoch: number): Promise<void> {
    // Marks first: what `prepare` makes while the vouchers are removed, it then finds without its epoch.
    await unlinkBelow(this.redis, epoch, `${KEY_PREFIX}gate:*:mark`);
    await unlinkBelow(this.redis, epoch, `${KEY_PREFIX}gate:*:vouchers`);
    await unlinkBelow(this.redis, epoch, `${KEY_PREFIX}{vch_*}:*`);
  }

  async begin(epoch: number): Promise<string> {
    return this.fence.begin(epoch);
  }

  async rebuild(
    epoch: number,
    { voucher, remaining, sequence, adjusted, returned, list, users }: RebuildVoucher,
  ): Promise<void> {
    const [state, claimsKey, pendingKey, keysKey] = this.keys(epoch, voucher.id);
    const { opensAt, closesAt, perUserLimit, total, version } = voucher;
    await answer(this.redis.sadd(this.registry(epoch), voucher.id));
    await answer(
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
        returned,
        stock_version: 0,
        ...offerFields(list),
      }),
    );
    let userCount = 0;
    let keyCount = 0;
    for await (const chunk of users) {
      const { claims, keys, pending } = rebuiltChunk(chunk);
      userCount += Object.keys(claims).length;
      keyCount += Object.keys(keys).length;
      // Before their users: the seal counts users and keys, so whoever has lost these lacks some of those as well.
      if (pending.length > 0) await answer(this.redis.zadd(pendingKey, ...pending));
      if (Object.keys(claims).length > 0) await answer(this.redis.hset(claimsKey, claims));
      if (Object.keys(keys).length > 0) await answer(this.redis.hset(keysKey, keys));
    }
    const sealed = await this.run(this.sealScript, [state, claimsKey, keysKey], [epoch, userCount, keyCount]);
    if (sealed !== 1) throw new GateLostError('state');
  }

  async finish(epoch: number): Promise<void> {
    await this.fence.finish(epoch);
  }

  private seenOf(epoch: number, voucherId: string): number {
    const seen = this.seen.get(voucherId);
    return seen?.epoch === epoch ? seen.sequence : 0;
  }

  private saw(epoch: number, voucherId: string, sequence: number): void {
    const seen = this.seen.get(voucherId);
    // A late answer of an older epoch says nothing about the present one.
    if (seen && (seen.epoch > epoch || (seen.epoch === epoch && seen.sequence >= sequence))) return;
    this.seen.set(voucherId, { epoch, sequence });
  }

  private keys(epoch: number, voucherId: string): [string, string, string, string, string, string] {
    const key = (part: string) => this.key(epoch, voucherId, part);
    return [key('state'), key('claims'), key('pending'), key('keys'), key('rate-even'), key('rate-odd')];
  }

  private key(epoch: number, voucherId: string, part: string): string {
    return `${KEY_PREFIX}{${voucherId}}:${epoch}:${part}`;
  }

  private registry(epoch: number): string {
    return `${KEY_PREFIX}gate:${epoch}:vouchers`;
  }

  private run(known: Script, keys: readonly string[], argv: readonly (string | number)[]): Promise<unknown> {
    return runScript(this.redis, known, keys, argv);
  }
}
