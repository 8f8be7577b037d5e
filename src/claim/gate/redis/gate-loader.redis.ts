import type { RedisClient } from '../../../redis/redis.js';
import { GateLostError, type RebuildCounters, type RebuildUser, type RebuildVoucher } from '../stock-gate.js';
import { answer, pipelined, runScript, script, type Pipeline } from './gate-answers.redis.js';
import { registryKey, voucherKeys } from './gate-keys.redis.js';
import { rebuiltChunk } from './gate-records.js';
import { offerFields } from './offers.redis.js';

/** Fields that one command writes; more would keep other commands waiting. */
const FIELDS_A_COMMAND = 1_000;

/**
 * Loads vouchers into an epoch that was begun. What is loaded is of no epoch yet (`loading`); the seal gives it its epoch, if all of it
 * is still there.
 */
export class GateLoader {
  private readonly sealScript = script('seal-3.lua');

  constructor(private readonly redis: RedisClient) {}

  /** @throws GateLostError where something was lost meanwhile */
  async load(epoch: number, { users, ...counters }: RebuildVoucher): Promise<void> {
    const { voucher } = counters;
    const [state, claimsKey, , keysKey] = voucherKeys(epoch, voucher.id);
    const loaded = { claims: 0, keys: 0 };
    let begun = false;
    for await (const chunk of users) {
      await pipelined(this.redis, [chunk], (pipeline) => {
        if (!begun) begin(pipeline, epoch, counters);
        begun = true;
        addUsers(pipeline, epoch, voucher.id, chunk, loaded);
      });
    }
    if (!begun) await pipelined(this.redis, [counters], (pipeline) => begin(pipeline, epoch, counters));
    const argv = [epoch, loaded.claims, loaded.keys];
    const sealed = await runScript(this.redis, this.sealScript, [state, claimsKey, keysKey], argv);
    if (sealed !== 1) throw new GateLostError('state');
  }

  /** Many at once. @throws GateLostError where something was lost meanwhile */
  async loadUnclaimed(epoch: number, vouchers: readonly RebuildCounters[]): Promise<void> {
    if (vouchers.length === 0) return;
    await pipelined(this.redis, vouchers, (pipeline, counters) => begin(pipeline, epoch, counters));
    await answer(this.redis.script('LOAD', this.sealScript.text));
    const sealed = await pipelined(this.redis, vouchers, (pipeline, { voucher }) => {
      const [state, claimsKey, , keysKey] = voucherKeys(epoch, voucher.id);
      pipeline.evalsha(this.sealScript.sha, 3, state, claimsKey, keysKey, epoch, 0, 0);
    });
    if (sealed.some((reply) => reply !== 1)) throw new GateLostError('state');
  }
}

function begin(pipeline: Pipeline, epoch: number, counters: RebuildCounters): void {
  const { voucher, remaining, sequence, adjusted, returned, list } = counters;
  const [state] = voucherKeys(epoch, voucher.id);
  const { opensAt, closesAt, perUserLimit, total, version } = voucher;
  pipeline.sadd(registryKey(epoch), voucher.id);
  pipeline.hset(state, {
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
  });
}

function addUsers(
  pipeline: Pipeline,
  epoch: number,
  voucherId: string,
  users: readonly RebuildUser[],
  loaded: { claims: number; keys: number },
): void {
  const [, claimsKey, pendingKey, keysKey] = voucherKeys(epoch, voucherId);
  for (let from = 0; from < users.length; from += FIELDS_A_COMMAND) {
    const { claims, keys, pending } = rebuiltChunk(users.slice(from, from + FIELDS_A_COMMAND));
    loaded.claims += Object.keys(claims).length;
    loaded.keys += Object.keys(keys).length;
    // Before their users: the seal counts users and keys, so whoever has lost these lacks some of those as well.
    if (pending.length > 0) pipeline.zadd(pendingKey, ...pending);
    if (Object.keys(claims).length > 0) pipeline.hset(claimsKey, claims);
    if (Object.keys(keys).length > 0) pipeline.hset(keysKey, keys);
  }
}
