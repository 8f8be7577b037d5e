import { isCluster, serverTime } from '../../../redis/cluster.js';
import type { RedisClient } from '../../../redis/redis.js';
import type { SlotSet } from '../../../redis/slots.js';
import type { EpochMaster, EpochOrigin } from '../../domain/epoch-masters.js';
import type { GateVoucher } from '../../../voucher/index.js';
import { GateLostError } from '../gate-errors.js';
import type { RebuildCounters, RebuildUsers } from '../gate-rebuild.js';
import type { PendingEntry, PendingOfOne, PendingSize } from '../gate-pending.js';
import {
  StockGate,
  UNKNOWN_VOUCHER,
  type AdjustVerdict,
  type ClaimEnd,
  type GateClaim,
  type GateCounters,
  type GateDecision,
  type GateLoss,
  type GateRequest,
  type GateSnapshot,
  type GiveBack,
  type GoingOn,
  type Holders,
  type IssuedAtGate,
  type StockGateOptions,
} from '../stock-gate.js';
import type { GateWaitingList, WaitingListAtGate } from '../gate-offers.js';
import { answer, runScript, runScripts, script, type Script } from './gate-answers.redis.js';
import type { EpochMasters } from '../epoch-masters.js';
import type { GateFence } from './gate-fence.js';
import { ClusterFence } from './gate-fence.cluster.js';
import { ServerFence } from './gate-fence.redis.js';
import { offerArguments, offerOutcome } from './offers.redis.js';
import { EPOCHS_KEY, registryKey, voucherKey, voucherKeys } from './gate-keys.redis.js';
import { GateLoader } from './gate-loader.redis.js';
import { nameGoingOn, revokeBelow, unlinkVouchers } from './gate-revocation.redis.js';
import {
  holders,
  issued,
  pendingBefore,
  pendingOf,
  pendingPieces,
  pendingSizes,
  recordAt,
} from './gate-pending.redis.js';
import { KIND, PACKED } from './gate-records.js';
import { shortUserId } from './short-user-ids.js';
import { ADJUST, CODE, GIVE_BACK, countersOf, decisions } from './gate-replies.redis.js';

const REBUILD_CHUNK = 1_000;

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
  private readonly snapshotScript = script('snapshot-2.lua');
  private readonly tidyScript = script('tidy-3.lua');
  private readonly fence: GateFence;
  private readonly loader: GateLoader;
  /** Of each voucher the highest sequence that an answer has named, and the epoch it belongs to. */
  private readonly seen = new Map<string, { readonly epoch: number; readonly sequence: number }>();

  constructor(
    private readonly redis: RedisClient,
    private readonly options: StockGateOptions,
    masters?: EpochMasters,
  ) {
    super();
    this.fence = isCluster(redis) ? new ClusterFence(redis, masters) : new ServerFence(redis);
    this.loader = new GateLoader(redis, this.fence);
  }

  async now(): Promise<number> {
    return answer(serverTime(this.redis, EPOCHS_KEY));
  }

  async claim(
    epoch: number,
    voucherId: string,
    requests: readonly GateRequest[],
  ): Promise<readonly GateDecision[] | typeof UNKNOWN_VOUCHER> {
    const keys = voucherKeys(epoch, voucherId);
    const { maxPending, keyTtlMs, rate } = this.options;
    const argv: (string | number)[] = [
      maxPending,
      keyTtlMs,
      rate?.limit ?? 0,
      rate?.windowMs ?? 0,
      this.seenOf(epoch, voucherId),
    ];
    for (const { userId, idempotency } of requests)
      argv.push(userId, shortUserId(userId), idempotency?.key ?? '', idempotency?.fingerprint ?? '');
    const reply = (await this.fence.call(epoch, 'claim', keys, argv)) as number[];
    if (reply[0] === CODE.lost) throw new GateLostError('state');
    if (reply[0] === CODE.otherHistory) throw await this.fence.otherHistory(epoch);
    if (reply[0] === CODE.unknownVoucher) return UNKNOWN_VOUCHER;
    this.saw(epoch, voucherId, reply[5] ?? 0);
    return decisions(reply, requests.length);
  }

  async adjust(
    epoch: number,
    voucherId: string,
    number: number,
    delta: number,
  ): Promise<AdjustVerdict | typeof UNKNOWN_VOUCHER> {
    const state = voucherKey(epoch, voucherId, 'state');
    const seen = this.seenOf(epoch, voucherId);
    const reply = (await this.fence.call(epoch, 'adjust', [state], [number, delta, seen])) as number;
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
    const keys = voucherKeys(epoch, voucherId).slice(0, 3);
    const ended = claims.flatMap(({ userId, ordinal }) => [userId, shortUserId(userId), ordinal]);
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
    const key = voucherKey(epoch, voucherId, 'state');
    return offerOutcome(await this.run(this.offerScript, [key], offerArguments(epoch, told)));
  }

  holders(epoch: number, voucherId: string): Promise<Holders> {
    return holders(this.redis, epoch, voucherId);
  }

  issued(epoch: number, voucherId: string): AsyncIterable<readonly IssuedAtGate[]> {
    return issued(this.redis, epoch, voucherId);
  }

  async confirm(epoch: number, voucherId: string, ends: readonly ClaimEnd[]): Promise<void> {
    const keys = voucherKeys(epoch, voucherId).slice(0, 3);
    for (let from = 0; from < ends.length; from += REBUILD_CHUNK) {
      const argv: (string | number)[] = [epoch];
      for (const { userId, ordinal, result, at, reason } of ends.slice(from, from + REBUILD_CHUNK))
        argv.push(userId, shortUserId(userId), ordinal, KIND[result], at, reason ?? '');
      await this.run(this.confirmScript, keys, argv);
    }
  }

  async status(
    epoch: number,
    voucherId: string,
    userId: string,
    ordinal: number,
  ): Promise<GateClaim | typeof UNKNOWN_VOUCHER | undefined> {
    const record = await recordAt(this.redis, epoch, voucherId, userId, ordinal);
    if (record) return record;
    const known = await answer(this.redis.hget(voucherKey(epoch, voucherId, 'state'), 'epoch'));
    return known === String(epoch) ? undefined : UNKNOWN_VOUCHER;
  }

  pendingOf(epoch: number, voucherId: string, userId: string): Promise<PendingOfOne[]> {
    return pendingOf(this.redis, epoch, voucherId, userId);
  }

  pendingBefore(epoch: number, voucherId: string, beforeMs: number, limit: number): Promise<PendingEntry[]> {
    return pendingBefore(this.redis, epoch, voucherId, beforeMs, limit);
  }

  pendingSizes(epoch: number, voucherIds: readonly string[]): Promise<readonly PendingSize[]> {
    return pendingSizes(this.redis, epoch, voucherIds);
  }

  async counters(epoch: number, voucherId: string): Promise<GateCounters | undefined> {
    const keys = [voucherKey(epoch, voucherId, 'state'), voucherKey(epoch, voucherId, 'pending')];
    const reply = (await this.run(this.snapshotScript, keys, [epoch])) as number[];
    return reply.length === 0 ? undefined : countersOf(reply);
  }

  async snapshot(epoch: number, voucherId: string): Promise<GateSnapshot | undefined> {
    const counters = await this.counters(epoch, voucherId);
    if (!counters) return undefined;
    const pending = new Map<string, GateSnapshot['pending'][number]>();
    if (counters.pending > 0) {
      for await (const piece of pendingPieces(this.redis, epoch, voucherId))
        for (const { userId, ordinal, sequence, at } of piece)
          if (sequence <= counters.sequence) pending.set(`${userId}:${ordinal}`, { userId, ordinal, at });
    }
    return { ...counters, pending: [...pending.values()] };
  }

  async vouchers(epoch: number): Promise<string[]> {
    return answer(this.redis.smembers(registryKey(epoch)));
  }

  async prepare(epoch: number, voucher: GateVoucher): Promise<void> {
    // Else a late caller would bring a voucher back, with all its stock, into an epoch that was revoked or lost, or that still has
    // to load its claims. Asked again afterwards, because the epoch may end in between: a voucher is prepared paused, so nobody
    // has taken of it by then.
    const keys = voucherKeys(epoch, voucher.id).slice(0, 4);
    const [stateKey = ''] = keys;
    await this.fence.requireOpen(epoch, stateKey);
    await answer(this.redis.sadd(registryKey(epoch), voucher.id));
    const { state, opensAt, closesAt, perUserLimit, total, version } = voucher;
    const more = Object.entries({ ...PACKED, ...(await this.fence.stateOf(epoch, stateKey)) }).flat();
    const argv = [epoch, state, opensAt, closesAt, perUserLimit, total, version, ...more];
    await this.run(this.prepareScript, keys, argv);
    await this.fence.requireOpen(epoch, stateKey);
  }

  async configure(epoch: number, voucher: GateVoucher): Promise<boolean> {
    const { state, opensAt, closesAt, perUserLimit, version } = voucher;
    const argv = [epoch, state, opensAt, closesAt, perUserLimit, version];
    return (await this.run(this.configureScript, [voucherKey(epoch, voucher.id, 'state')], argv)) !== 0;
  }

  async tidy(epoch: number, voucherIds: readonly string[]): Promise<void> {
    const { rate } = this.options;
    if (!rate || voucherIds.length === 0) return;
    await runScripts(this.redis, this.tidyScript, voucherIds, (id) => {
      const [state, , , , even, odd] = voucherKeys(epoch, id);
      return { keys: [state, even, odd], argv: [epoch, rate.windowMs] };
    });
  }

  async remaining(epoch: number, voucherId: string): Promise<number | undefined> {
    const key = voucherKey(epoch, voucherId, 'state');
    const [value, waiting] = await answer(this.redis.hmget(key, 'remaining', 'waiting'));
    if (value === null || value === undefined) return undefined;
    return waiting === '1' ? 0 : Number(value);
  }

  async forget(epoch: number, voucherId: string): Promise<void> {
    await unlinkVouchers(this.redis, epoch, [voucherId]);
    await answer(this.redis.srem(registryKey(epoch), voucherId));
    this.seen.delete(voucherId);
  }

  trust(epoch: number, origin: EpochOrigin, inUse?: readonly number[]): void {
    this.fence.trust(epoch, origin, inUse);
  }

  async lossOf(epoch: number, state: 'opening' | 'open' = 'open'): Promise<GateLoss | undefined> {
    return this.fence.broken(epoch, state);
  }

  override keptMasters(epoch: number): Promise<readonly EpochMaster[]> {
    return this.fence.keptMasters(epoch);
  }

  override slotsBeside(epoch: number, voucherId: string): SlotSet {
    return this.fence.slotsBeside(epoch, voucherKey(epoch, voucherId, 'state'));
  }

  async requireWritable(): Promise<void> {
    await this.fence.requireWritable();
  }

  async revokeBelow(epoch: number, goingOn?: GoingOn): Promise<void> {
    await revokeBelow(this.redis, this.fence, epoch, goingOn);
  }

  async begin(epoch: number, goingOn?: GoingOn): Promise<EpochOrigin> {
    const origin = await this.fence.begin(epoch);
    if (goingOn) await nameGoingOn(this.redis, goingOn);
    return origin;
  }

  async announce(epoch: number, vouchers: readonly RebuildCounters[]): Promise<void> {
    await this.loader.announce(epoch, vouchers);
  }

  async load(epoch: number, vouchers: readonly RebuildUsers[]): Promise<void> {
    await this.loader.load(epoch, vouchers);
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

  private run(known: Script, keys: readonly string[], argv: readonly (string | number)[]): Promise<unknown> {
    return runScript(this.redis, known, keys, argv);
  }
}
