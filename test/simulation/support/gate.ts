import { EmbeddedStockGate } from '../../../src/claim/gate/embedded/stock-gate.embedded.js';
import { newEpoch } from '../../../src/claim/gate/embedded/gate-state.embedded.js';
import { GateLostError, GateUnreachableError } from '../../../src/claim/gate/gate-errors.js';
import type { RebuildCounters, RebuildUser, RebuildUsers } from '../../../src/claim/gate/gate-rebuild.js';
import type { PendingEntry, PendingSize } from '../../../src/claim/gate/gate-pending.js';
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
  type Holders,
  type IssuedAtGate,
} from '../../../src/claim/gate/stock-gate.js';
import type { GateWaitingList, WaitingListAtGate } from '../../../src/claim/gate/gate-offers.js';
import { SlotSet } from '../../../src/redis/slots.js';
import type { EpochOrigin } from '../../../src/claim/domain/epoch-masters.js';
import type { GateVoucher } from '../../../src/voucher/index.js';
import { ManualClock } from '../../support/manual-clock.js';
import { Server, type Network, type Step } from './steps.js';
import type { Life, World } from './world.js';

const OPTIONS = { maxPending: 1_000, keyTtlMs: 3_600_000 };

/** What a mutation takes away from the gate; by default nothing. */
export interface GateGuards {
  /** The claim script is forgotten with the data: `NOSCRIPT`. */
  readonly scriptFence: boolean;
  /** The claim script compares the history of its server with the one that its epoch began on. */
  readonly historyFence: boolean;
  /** Quotas and duplicates are looked at before a unit is given. */
  readonly quota: boolean;
  /** `prepare` only where the gate still holds what was begun for the epoch. */
  readonly preparesOnlyHeldEpochs: boolean;
  /** A give-back is taken once for each number. */
  readonly numberedReturns: boolean;
  /** While somebody waits, units are for those who have an offer. */
  readonly waitingList: boolean;
}

export interface Memory {
  /** Epochs of the fenced scripts; on a cluster, where each master has its own, their SHAs. */
  scripts: Set<number | string>;
  /** Of each epoch whether all its vouchers were loaded; it stands from the begin of the epoch on. */
  marks: Map<number, 'building' | 'open'>;
  registries: Map<number, Set<string>>;
  epochs: Map<number, EmbeddedStockGate>;
  /** Keys of a master of a cluster that belong to no voucher. */
  strings: Map<string, string>;
  sets: Map<string, Set<string>>;
  /** By `<epoch>/<voucher>`: the history of the master that the state was given to. */
  homes: Map<string, string>;
}

export const nothing = (): Memory => ({
  scripts: new Set(),
  marks: new Map(),
  registries: new Map(),
  epochs: new Map(),
  strings: new Map(),
  sets: new Map(),
  homes: new Map(),
});

/**
 * A Redis with the gate's scripts, as far as its forgetting goes: keys by epoch, scripts that live and die apart from
 * them, commands that are atomic one by one. The decisions are those of the embedded gate, which its contract holds
 * against the real script.
 */
export class SimRedis {
  readonly clock = new ManualClock();
  memory: Memory = nothing();
  /** Changes with every restart and promotion, and sometimes without. */
  protected histories = 1;

  constructor(
    protected readonly world: World,
    readonly guards: GateGuards,
    readonly server = new Server('gate', (sent) => new GateUnreachableError(sent, undefined)),
  ) {}

  tick(): void {
    this.clock.ms = Math.floor(this.world.now);
  }

  /** The state as a lagging replica or a copy on disk has it. */
  copy(): Memory {
    return {
      scripts: new Set(),
      marks: new Map(this.memory.marks),
      registries: new Map([...this.memory.registries].map(([epoch, ids]) => [epoch, new Set(ids)])),
      epochs: new Map(
        [...this.memory.epochs].map(([epoch, gate]) => {
          const twin = new EmbeddedStockGate(this.clock, OPTIONS);
          Object.assign(twin, { epoch: structuredClone((gate as unknown as { epoch: unknown }).epoch) });
          return [epoch, twin];
        }),
      ),
      strings: new Map(this.memory.strings),
      sets: new Map([...this.memory.sets].map(([key, members]) => [key, new Set(members)])),
      homes: new Map(this.memory.homes),
    };
  }

  get history(): string {
    return String(this.histories);
  }

  /** Another server takes over, or the same one starts again, with what a copy knew. Scripts are not copied. */
  replaceBy(copy: Memory): void {
    this.world.say(() => 'the gate is replaced by an older copy');
    const scripts = this.guards.scriptFence ? copy.scripts : this.memory.scripts;
    this.memory = { ...copy, scripts };
    this.histories += 1;
  }

  /** A primary that took the older data of another one, and is the primary again: its scripts never left its process. */
  comesBackWith(copy: Memory): void {
    this.world.say(() => 'the gate was demoted and promoted again');
    this.memory = { ...copy, scripts: this.memory.scripts };
    this.histories += 1;
  }

  /** Its first replica is attached: nothing is lost. */
  beginsHistory(): void {
    this.world.say(() => 'the gate begins another history');
    this.histories += 1;
  }

  /** FLUSHALL: data goes, scripts stay. */
  flush(): void {
    this.world.say(() => 'the gate is flushed');
    this.memory = { ...nothing(), scripts: this.memory.scripts };
  }

  /** The keys of an epoch; whoever writes some makes them. */
  async epoch(number: number): Promise<EmbeddedStockGate> {
    let gate = this.memory.epochs.get(number);
    if (!gate) {
      gate = new EmbeddedStockGate(this.clock, OPTIONS);
      await gate.begin(number);
      await gate.finish(number);
      this.memory.epochs.set(number, gate);
    }
    return gate;
  }

  /** The same, where nothing may wait. */
  epochNow(number: number): EmbeddedStockGate {
    const known = this.memory.epochs.get(number);
    if (known) return known;
    const gate = new EmbeddedStockGate(this.clock, OPTIONS);
    Object.assign(gate, { epoch: { ...newEpoch(number), open: true } });
    this.memory.epochs.set(number, gate);
    return gate;
  }

  register(epoch: number, voucherId: string): void {
    const ids = this.memory.registries.get(epoch) ?? new Set();
    this.memory.registries.set(epoch, ids.add(voucherId));
  }
}

/** The gate as one life sees it: the port, over calls that can be late, lost or hurt. */
export class SimGate extends StockGate {
  private readonly trusted = new Map<number, string>();

  constructor(
    protected readonly redis: SimRedis,
    protected readonly network: Network,
    protected readonly life: Life,
  ) {
    super();
  }

  /** The server that has a voucher now. */
  protected redisOf(_voucherId: string): SimRedis {
    return this.redis;
  }

  private gateOf(epoch: number, voucherId: string): EmbeddedStockGate | undefined {
    return this.redisOf(voucherId).memory.epochs.get(epoch);
  }

  now(): Promise<number> {
    return this.call('gate.now', () => this.redis.clock.now());
  }

  claim(
    epoch: number,
    voucherId: string,
    requests: readonly GateRequest[],
  ): Promise<readonly GateDecision[] | typeof UNKNOWN_VOUCHER> {
    return this.call('gate.claim', async () => {
      const { memory, guards } = this.redis;
      if (!memory.scripts.has(epoch)) throw new GateLostError('scripts');
      if (!this.isTrusted(epoch)) throw new GateLostError('history');
      const gate = memory.epochs.get(epoch);
      if (!gate) return UNKNOWN_VOUCHER;
      // Without the script's look at keys and quotas every intent is a new one.
      return gate.claim(
        epoch,
        voucherId,
        guards.quota ? requests : requests.map(({ userId }) => ({ userId })),
      );
    });
  }

  confirm(epoch: number, voucherId: string, ends: readonly ClaimEnd[]): Promise<void> {
    return this.call(
      'gate.confirm',
      () => this.gateOf(epoch, voucherId)?.confirm(epoch, voucherId, ends),
      voucherId,
    );
  }

  status(
    epoch: number,
    voucherId: string,
    userId: string,
    ordinal: number,
  ): Promise<GateClaim | typeof UNKNOWN_VOUCHER | undefined> {
    return this.call(
      'gate.status',
      () => this.gateOf(epoch, voucherId)?.status(epoch, voucherId, userId, ordinal) ?? UNKNOWN_VOUCHER,
      voucherId,
    );
  }

  async pendingOf(): Promise<never> {
    throw new Error('no wallet is read in a simulation');
  }

  pendingBefore(epoch: number, voucherId: string, beforeMs: number, limit: number): Promise<PendingEntry[]> {
    return this.call(
      'gate.pendingBefore',
      () => this.gateOf(epoch, voucherId)?.pendingBefore(epoch, voucherId, beforeMs, limit) ?? [],
      voucherId,
    );
  }

  pendingSizes(epoch: number, voucherIds: readonly string[]): Promise<readonly PendingSize[]> {
    return this.call(
      'gate.pendingSize',
      () =>
        this.redis.memory.epochs.get(epoch)?.pendingSizes(epoch, voucherIds) ??
        voucherIds.map(() => ({ size: 0 })),
    );
  }

  async counters(epoch: number, voucherId: string): Promise<GateCounters | undefined> {
    return this.gateOf(epoch, voucherId)?.counters(epoch, voucherId);
  }

  async snapshot(epoch: number, voucherId: string): Promise<GateSnapshot | undefined> {
    return this.gateOf(epoch, voucherId)?.snapshot(epoch, voucherId);
  }

  vouchers(epoch: number): Promise<string[]> {
    return this.call('gate.vouchers', () => [...(this.redis.memory.registries.get(epoch) ?? [])]);
  }

  async adjust(): Promise<AdjustVerdict> {
    throw new Error('no stock is adjusted in a simulation');
  }

  giveBack(
    epoch: number,
    voucherId: string,
    giveBack: GiveBack,
  ): Promise<'taken' | 'taken-earlier' | typeof UNKNOWN_VOUCHER> {
    const work = async (): Promise<'taken' | 'taken-earlier' | typeof UNKNOWN_VOUCHER> => {
      const gate = this.gateOf(epoch, voucherId);
      if (!gate) return UNKNOWN_VOUCHER;
      const { number } = giveBack;
      // Without the look at the number, each call is a new one.
      const taken = (await gate.snapshot(epoch, voucherId))?.returned ?? 0;
      return gate.giveBack(
        epoch,
        voucherId,
        this.redis.guards.numberedReturns || number > taken ? giveBack : { ...giveBack, number: taken + 1 },
      );
    };
    return this.call('gate.giveBack', work, voucherId);
  }

  offer(
    epoch: number,
    voucherId: string,
    told?: GateWaitingList,
  ): Promise<WaitingListAtGate | typeof UNKNOWN_VOUCHER> {
    const list = told && { ...told, waiting: this.redis.guards.waitingList && told.waiting };
    return this.call(
      'gate.offer',
      () => this.gateOf(epoch, voucherId)?.offer(epoch, voucherId, list) ?? UNKNOWN_VOUCHER,
      voucherId,
    );
  }

  holders(epoch: number, voucherId: string): Promise<Holders> {
    const work = async (): Promise<Holders> => {
      const gate = this.gateOf(epoch, voucherId);
      if (!gate) throw new GateLostError('state');
      return gate.holders(epoch, voucherId);
    };
    return this.call('gate.holders', work, voucherId);
  }

  issued(): AsyncIterable<readonly IssuedAtGate[]> {
    throw new Error('nothing is audited in a simulation');
  }

  prepare(epoch: number, voucher: GateVoucher): Promise<void> {
    return this.call('gate.prepare', async () => {
      if (this.redis.guards.preparesOnlyHeldEpochs && this.redis.memory.marks.get(epoch) !== 'open')
        throw new GateLostError('state');
      this.redis.register(epoch, voucher.id);
      await (await this.redis.epoch(epoch)).prepare(epoch, this.terms(voucher));
    });
  }

  configure(epoch: number, voucher: GateVoucher): Promise<boolean> {
    return this.call(
      'gate.configure',
      () => this.gateOf(epoch, voucher.id)?.configure(epoch, this.terms(voucher)) ?? false,
      voucher.id,
    );
  }

  /** Nothing grows old in a simulation: no rate is counted. */
  async tidy(): Promise<void> {
    return undefined;
  }

  remaining(epoch: number, voucherId: string): Promise<number | undefined> {
    return this.call(
      'gate.status',
      () => this.gateOf(epoch, voucherId)?.remaining(epoch, voucherId),
      voucherId,
    );
  }

  async forget(): Promise<void> {
    throw new Error('no voucher is put away in a simulation');
  }

  trust(epoch: number, { history }: EpochOrigin): void {
    this.trusted.set(epoch, history);
  }

  async lossOf(epoch: number, state: 'opening' | 'open' = 'open'): Promise<GateLoss | undefined> {
    const why = await this.call('gate.holds', () => {
      const { memory, guards } = this.redis;
      if (!memory.scripts.has(epoch)) return 'scripts';
      if (!this.isTrusted(epoch)) return 'history';
      const mark = memory.marks.get(epoch);
      const isMarked = mark === 'open' || (mark === 'building' && state === 'opening');
      return !guards.preparesOnlyHeldEpochs || isMarked ? undefined : 'state';
    });
    return why === undefined ? undefined : { why, slots: SlotSet.ALL };
  }

  requireWritable(): Promise<void> {
    return this.call('gate.writable', () => undefined);
  }

  async revokeBelow(epoch: number): Promise<void> {
    await this.call('gate.revoke', () => {
      for (const old of [...this.redis.memory.marks.keys()])
        if (old < epoch) this.redis.memory.marks.delete(old);
    });
    await this.call('gate.revoke', () => {
      for (const old of [...this.redis.memory.epochs.keys()])
        if (old < epoch) {
          this.redis.memory.epochs.delete(old);
          this.redis.memory.registries.delete(old);
        }
    });
  }

  begin(epoch: number): Promise<EpochOrigin> {
    return this.call('gate.begin', () => {
      this.redis.memory.scripts.add(epoch);
      this.redis.memory.marks.set(epoch, 'building');
      const origin = { history: this.redis.history, masters: [] };
      this.trust(epoch, origin);
      return origin;
    });
  }

  async announce(epoch: number, vouchers: readonly RebuildCounters[]): Promise<void> {
    await this.call('gate.announce', async () => {
      for (const { voucher } of vouchers) this.redis.register(epoch, voucher.id);
      const gate = await this.redis.epoch(epoch);
      await gate.announce(
        epoch,
        vouchers.map((each) => ({ ...each, voucher: this.terms(each.voucher) })),
      );
    });
  }

  async load(epoch: number, vouchers: readonly RebuildUsers[]): Promise<void> {
    const loaded: RebuildUsers[] = [];
    for (const { voucherId, users } of vouchers) {
      const all: RebuildUser[] = [];
      for await (const chunk of users) {
        await this.call('gate.users', () => undefined);
        all.push(...chunk);
      }
      loaded.push({
        voucherId,
        users: (async function* () {
          yield all;
        })(),
      });
    }
    // Each seal is a command of its own: some may open before one is found missing.
    for (const one of loaded) {
      const seal = async (): Promise<void> => {
        const gate = this.gateOf(epoch, one.voucherId);
        if (!gate) throw new GateLostError('state');
        await gate.load(epoch, [one]);
      };
      await this.call('gate.seal', seal, one.voucherId);
    }
  }

  finish(epoch: number): Promise<void> {
    return this.call('gate.finish', () => {
      if (!this.redis.memory.scripts.has(epoch)) throw new GateLostError('scripts');
      if (!this.isTrusted(epoch)) throw new GateLostError('history');
      if (!this.redis.memory.marks.has(epoch)) throw new GateLostError('state');
      this.redis.memory.marks.set(epoch, 'open');
    });
  }

  private isTrusted(epoch: number): boolean {
    return !this.redis.guards.historyFence || this.trusted.get(epoch) === this.redis.history;
  }

  protected terms(voucher: GateVoucher): GateVoucher {
    return this.redis.guards.quota ? voucher : { ...voucher, perUserLimit: 1_000 };
  }

  /** @param voucherId whose server is asked; without, the only one */
  protected call<T>(step: Step, work: () => T | Promise<T>, voucherId = ''): Promise<T> {
    const redis = this.redisOf(voucherId);
    return this.network.call(this.life, redis.server, step, () => {
      redis.tick();
      return work();
    });
  }
}
