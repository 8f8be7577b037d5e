import type { Cluster } from 'ioredis';
import type { EpochMaster, EpochOrigin } from '../../../src/claim/domain/epoch-masters.js';
import type { EpochMasters } from '../../../src/claim/gate/epoch-masters.js';
import { GateLostError } from '../../../src/claim/gate/gate-errors.js';
import type { PendingSize } from '../../../src/claim/gate/gate-pending.js';
import type { RebuildCounters } from '../../../src/claim/gate/gate-rebuild.js';
import { answer } from '../../../src/claim/gate/redis/gate-answers.redis.js';
import { ClusterFence } from '../../../src/claim/gate/redis/gate-fence.cluster.js';
import { EPOCHS_KEY, registryKey, voucherKey } from '../../../src/claim/gate/redis/gate-keys.redis.js';
import { nameGoingOn, revokeBelow } from '../../../src/claim/gate/redis/gate-revocation.redis.js';
import {
  UNKNOWN_VOUCHER,
  type GateDecision,
  type GateLoss,
  type GateRequest,
  type GoingOn,
} from '../../../src/claim/gate/stock-gate.js';
import type { Clock } from '../../../src/common/clock.js';
import type { SlotSet } from '../../../src/redis/slots.js';
import type { GateVoucher } from '../../../src/voucher/index.js';
import { statesOf, type Decided, type SimCluster, type SimMaster } from './cluster.js';
import { SimGate } from './gate.js';
import type { Network, Step } from './steps.js';
import type { Life } from './world.js';

const stateKey = (epoch: number, voucherId: string): string => voucherKey(epoch, voucherId, 'state');

/** The gate of a cluster as one life sees it: the real fence and the real revocation, over simulated masters. */
export class SimClusterGate extends SimGate {
  private readonly fence: ClusterFence;
  private readonly client: Cluster;

  constructor(
    private readonly cluster: SimCluster,
    network: Network,
    life: Life,
    masters: EpochMasters,
    clock: Clock,
  ) {
    super(cluster.masters[0] as SimMaster, network, life);
    this.client = cluster.client(life, network);
    this.fence = new ClusterFence(this.client, masters, clock);
  }

  override async claim(
    epoch: number,
    voucherId: string,
    requests: readonly GateRequest[],
  ): Promise<readonly GateDecision[] | typeof UNKNOWN_VOUCHER> {
    // Without the script's look at keys and quotas every intent is a new one.
    const asked = this.redis.guards.quota ? requests : requests.map(({ userId }) => ({ userId }));
    const reply = (await this.fence.call(
      epoch,
      'claim',
      [stateKey(epoch, voucherId)],
      [JSON.stringify(asked)],
    )) as Decided | readonly number[];
    if ('decisions' in reply) return reply.decisions;
    if (reply[0] === -2) return UNKNOWN_VOUCHER;
    throw await this.fence.otherHistory();
  }

  override pendingSizes(epoch: number, voucherIds: readonly string[]): Promise<readonly PendingSize[]> {
    return Promise.all(
      voucherIds.map((id) => {
        const gate = () => this.redisOf(id).memory.epochs.get(epoch);
        return this.call('gate.pendingSize', () => gate()?.pendingSize(epoch, id) ?? { size: 0 }, id);
      }),
    );
  }

  override vouchers(epoch: number): Promise<string[]> {
    return answer(this.client.smembers(registryKey(epoch)));
  }

  /** In the order of `RedisStockGate`. */
  override async prepare(epoch: number, voucher: GateVoucher): Promise<void> {
    const key = stateKey(epoch, voucher.id);
    const isAsked = this.redis.guards.preparesOnlyHeldEpochs;
    if (isAsked) await this.fence.requireOpen(epoch, key);
    await answer(this.client.sadd(registryKey(epoch), voucher.id));
    const { home = '' } = await this.fence.stateOf(epoch, key);
    const prepare = async (): Promise<void> => {
      const master = this.redisOf(voucher.id);
      const gate = await master.epoch(epoch);
      const before = statesOf(gate).vouchers.get(voucher.id);
      await gate.prepare(epoch, this.terms(voucher));
      // One that is in use is only configured.
      if (statesOf(gate).vouchers.get(voucher.id) !== before)
        master.memory.homes.set(`${epoch}/${voucher.id}`, home);
    };
    await this.call('gate.prepare', prepare, voucher.id);
    if (isAsked) await this.fence.requireOpen(epoch, key);
  }

  override trust(epoch: number, origin: EpochOrigin, inUse?: readonly number[]): void {
    this.fence.trust(epoch, origin, inUse);
  }

  override lossOf(epoch: number, state: 'opening' | 'open' = 'open'): Promise<GateLoss | undefined> {
    return this.fence.broken(epoch, state);
  }

  override keptMasters(epoch: number): Promise<readonly EpochMaster[]> {
    return this.fence.keptMasters(epoch);
  }

  override slotsBeside(epoch: number, voucherId: string): SlotSet {
    return this.fence.slotsBeside(epoch, stateKey(epoch, voucherId));
  }

  override requireWritable(): Promise<void> {
    return this.fence.requireWritable();
  }

  override revokeBelow(epoch: number, goingOn?: GoingOn): Promise<void> {
    return revokeBelow(this.client, this.fence, epoch, goingOn);
  }

  override async begin(epoch: number, goingOn?: GoingOn): Promise<EpochOrigin> {
    const origin = await this.fence.begin(epoch);
    if (goingOn) await nameGoingOn(this.client, goingOn);
    return origin;
  }

  override finish(epoch: number): Promise<void> {
    return this.fence.finish(epoch);
  }

  /** In the order of `GateLoader`. */
  override async announce(epoch: number, vouchers: readonly RebuildCounters[]): Promise<void> {
    for (const { voucher } of vouchers) {
      await answer(this.client.sadd(EPOCHS_KEY, epoch));
      await answer(this.client.sadd(registryKey(epoch), voucher.id));
    }
    for (const each of vouchers) {
      const { voucher } = each;
      const { home = '' } = await this.fence.stateOf(epoch, stateKey(epoch, voucher.id));
      const announce = async (): Promise<void> => {
        const master = this.redisOf(voucher.id);
        const gate = await master.epoch(epoch);
        await gate.announce(epoch, [{ ...each, voucher: this.terms(voucher) }]);
        master.memory.homes.set(`${epoch}/${voucher.id}`, home);
      };
      await this.call('gate.announce', announce, voucher.id);
    }
  }

  protected override redisOf(voucherId: string): SimMaster {
    return this.cluster.masterOf(voucherId);
  }

  protected override call<T>(step: Step, work: () => T | Promise<T>, voucherId?: string): Promise<T> {
    return super.call(step, work, voucherId).catch((error: unknown) => {
      if (error instanceof GateLostError) throw error;
      return answer(Promise.reject(error as Error));
    });
  }
}
