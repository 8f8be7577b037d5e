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
  type ClaimEnd,
  type GateClaim,
  type GateDecision,
  type GateRequest,
  type GateSnapshot,
  type PendingEntry,
  type RebuildVoucher,
} from '../ports/stock-gate.js';
import { claimField } from '../domain/claim-field.js';

/** Reply codes of claim-5.lua; the table stands in lua/README.md too. */
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
} as const;

interface Script {
  readonly text: string;
  readonly sha: string;
}

const script = (file: string, head = ''): Script => {
  const text = head + readFileSync(join(ROOT, 'lua', file), 'utf8');
  return { text, sha: createHash('sha1').update(text).digest('hex') };
};

/** Stands in the registry of an epoch from its begin on: without it, data was lost or the epoch is revoked. */
const BEGUN = '-';

const REBUILD_CHUNK = 1_000;

export interface RedisGateOptions {
  readonly maxPending: number;
  /** Lifetime of an idempotency key, ms. */
  readonly keyTtlMs: number;
}

/**
 * The gate on Redis. The claim script is loaded only when an epoch begins and is never sent as text afterwards: NOSCRIPT
 * is how a Redis that restarted or was replaced is noticed before it accepts a claim. The other scripts may be reloaded.
 */
export class RedisStockGate extends StockGate {
  private readonly confirmScript = script('confirm-4.lua');
  private readonly prepareScript = script('prepare-5.lua');
  private readonly configureScript = script('configure-1.lua');
  private readonly sealScript = script('seal-3.lua');
  private readonly snapshotScript = script('snapshot-2.lua');
  private claimScripts = new Map<number, Script>();

  constructor(
    private readonly redis: RedisClient,
    private readonly options: RedisGateOptions,
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
    const { sha } = this.claimScript(epoch);
    const keys = this.keys(epoch, voucherId);
    const argv: (string | number)[] = [this.options.maxPending, this.options.keyTtlMs];
    for (const { userId, idempotency } of requests) {
      argv.push(userId, idempotency?.key ?? '', idempotency?.fingerprint ?? '');
    }
    const reply = (await this.answer(this.redis.evalsha(sha, keys.length, ...keys, ...argv))) as number[];
    if (reply[0] === CODE.lost) throw new GateLostError('state');
    if (reply[0] === CODE.unknownVoucher) return UNKNOWN_VOUCHER;
    return requests.map((_request, index) => decision(reply, 3 + index * 4));
  }

  async confirm(epoch: number, voucherId: string, ends: readonly ClaimEnd[]): Promise<void> {
    const keys = this.keys(epoch, voucherId).slice(0, 4);
    for (let from = 0; from < ends.length; from += REBUILD_CHUNK) {
      const argv = ends
        .slice(from, from + REBUILD_CHUNK)
        .flatMap((end) => [
          `${end.userId}:${end.ordinal}`,
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
    const record = await this.answer(this.redis.hget(key, `${userId}:${ordinal}`));
    if (record === null) {
      const known = await this.answer(this.redis.hget(this.key(epoch, voucherId, 'state'), 'epoch'));
      return known === String(epoch) ? undefined : UNKNOWN_VOUCHER;
    }
    const [kind, sequence, at, endedAt, reason] = record.split('|');
    return {
      status: kind === 'P' ? 'pending' : kind === 'I' ? 'issued' : 'rejected',
      sequence: Number(sequence),
      at: Number(at),
      ...(kind === 'P' ? {} : { endedAt: Number(endedAt) }),
      ...(reason ? { reason } : {}),
    };
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
    const records = await this.answer(this.redis.hmget(this.key(epoch, voucherId, 'claims'), ...fields));
    return fields.flatMap((field, index) => {
      const [kind, sequence, at, idempotency] = records[index]?.split('|') ?? [];
      if (kind !== 'P') return [];
      return [
        {
          ...claimField(field),
          sequence: Number(sequence),
          at: Number(at),
          ...(idempotency ? { idempotency } : {}),
        },
      ];
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
    for (let i = 5; i < reply.length; i += 2)
      pending.push({ ...claimField(String(reply[i])), at: Number(reply[i + 1]) });
    const [now, total, remaining, sequence] = reply.slice(0, 4).map(Number) as [
      number,
      number,
      number,
      number,
    ];
    return { now, total, remaining, sequence, pending };
  }

  async vouchers(epoch: number): Promise<string[]> {
    const members = await this.answer(this.redis.smembers(this.registry(epoch)));
    return members.filter((member) => member !== BEGUN);
  }

  async prepare(epoch: number, voucher: GateVoucher): Promise<void> {
    // Else a late caller would bring a voucher back, with all its stock, into an epoch that was revoked or lost. Asked again
    // afterwards, because the epoch may end in between: a voucher is prepared paused, so nobody has taken of it by then.
    await this.requireBegun(epoch);
    await this.answer(this.redis.sadd(this.registry(epoch), voucher.id));
    const { state, opensAt, closesAt, perUserLimit, total, version } = voucher;
    const argv = [epoch, state, opensAt, closesAt, perUserLimit, total, version];
    await this.run(this.prepareScript, this.keys(epoch, voucher.id), argv);
    await this.requireBegun(epoch);
  }

  async configure(epoch: number, voucher: GateVoucher): Promise<boolean> {
    const { state, opensAt, closesAt, perUserLimit, version } = voucher;
    const argv = [epoch, state, opensAt, closesAt, perUserLimit, version];
    return (await this.run(this.configureScript, [this.key(epoch, voucher.id, 'state')], argv)) !== 0;
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
    const exists = await this.answer(this.redis.script('EXISTS', this.claimScript(epoch).sha));
    return Array.isArray(exists) && Number(exists[0]) === 1 && (await this.isBegun(epoch));
  }

  async revokeBelow(epoch: number): Promise<void> {
    // Registries first: what `prepare` makes while the vouchers are removed, it then finds without its epoch.
    await this.unlinkBelow(epoch, `${KEY_PREFIX}gate:*:vouchers`);
    await this.unlinkBelow(epoch, `${KEY_PREFIX}{vch_*}:*`);
  }

  async begin(epoch: number): Promise<void> {
    // Before anything is loaded: whoever forgets the data from here on forgets this script with it.
    const { text } = this.claimScript(epoch);
    await this.answer(this.redis.script('LOAD', text));
    await this.answer(this.redis.sadd(this.registry(epoch), BEGUN));
  }

  async rebuild(epoch: number, { voucher, remaining, sequence, users }: RebuildVoucher): Promise<void> {
    const [state, usersKey, , , keysKey] = this.keys(epoch, voucher.id);
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
      }),
    );
    let userCount = 0;
    let keyCount = 0;
    for await (const chunk of users) {
      const quotas: Record<string, string> = {};
      const keys: Record<string, string> = {};
      for (const user of chunk) {
        quotas[user.userId] = user.live === user.last ? String(user.live) : `${user.live}:${user.last}`;
        for (const held of user.keys) {
          keys[`${user.userId}|${held.key}`] = `${held.ordinal}|${held.fingerprint}|${held.at}`;
        }
      }
      userCount += Object.keys(quotas).length;
      keyCount += Object.keys(keys).length;
      if (Object.keys(quotas).length > 0) await this.answer(this.redis.hset(usersKey, quotas));
      if (Object.keys(keys).length > 0) await this.answer(this.redis.hset(keysKey, keys));
    }
    const sealed = await this.run(this.sealScript, [state, usersKey, keysKey], [epoch, userCount, keyCount]);
    if (sealed !== 1) throw new GateLostError('state');
  }

  async finish(epoch: number): Promise<void> {
    if (!(await this.holds(epoch))) throw new GateLostError('scripts');
  }

  private async isBegun(epoch: number): Promise<boolean> {
    return (await this.answer(this.redis.sismember(this.registry(epoch), BEGUN))) === 1;
  }

  private async requireBegun(epoch: number): Promise<void> {
    if (!(await this.isBegun(epoch))) throw new GateLostError('state');
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

  private claimScript(epoch: number): Script {
    let known = this.claimScripts.get(epoch);
    if (!known) {
      known = script('claim-5.lua', `local EPOCH = '${epoch}'\n`);
      // Two are enough: the epoch that is held and the one that is being built.
      if (this.claimScripts.size > 1) this.claimScripts.delete(Math.min(...this.claimScripts.keys()));
      this.claimScripts.set(epoch, known);
    }
    return known;
  }

  private keys(epoch: number, voucherId: string): [string, string, string, string, string] {
    const key = (part: string) => this.key(epoch, voucherId, part);
    return [key('state'), key('users'), key('claims'), key('pending'), key('keys')];
  }

  private key(epoch: number, voucherId: string, part: string): string {
    return `${KEY_PREFIX}{${voucherId}}:${epoch}:${part}`;
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
  const [code, ordinal = 0, sequence = 0, at = 0] = reply.slice(from, from + 4);
  switch (code) {
    case CODE.accepted:
      return { kind: 'accepted', ordinal, sequence, at };
    case CODE.replayPending:
    case CODE.replayDone:
      return { kind: 'replayed', ordinal, sequence, at, pending: code === CODE.replayPending };
    case CODE.keyReused:
      return { kind: 'key-reused' };
    case CODE.notStarted:
      return { kind: 'not-started', opensAt: reply[2] ?? 0, now: reply[0] ?? 0 };
    case CODE.paused:
      return { kind: 'paused' };
    case CODE.ended:
      return { kind: 'ended' };
    case CODE.soldOut:
      return { kind: 'sold-out' };
    case CODE.limit:
      return { kind: 'limit-reached', ordinal };
    case CODE.overloaded:
      return { kind: 'overloaded' };
    default:
      throw new Error(`the gate answered code ${code}, which this program does not know`);
  }
}
