import type { Clock } from '../../../common/clock.js';
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
  type Holders,
  type IssuedAtGate,
  type StockGateOptions,
} from '../stock-gate.js';
import type { GateWaitingList, WaitingListAtGate } from '../gate-offers.js';
import { decide } from './decisions.embedded.js';
import { atGate, openOffers, told } from './offers.embedded.js';
import { SlotSet } from '../../../redis/slots.js';
import type { EpochOrigin } from '../../domain/epoch-masters.js';
import { claimField } from '../../domain/claim-field.js';
import {
  chunked,
  endClaim,
  issuedIn,
  loadUsers,
  newEpoch,
  pendingSize,
  snapshotOf,
  type VoucherState,
  type Epoch,
  emptyState,
} from './gate-state.embedded.js';

/** The gate of embedded mode: the same rules in one process, atomic because nothing in a decision waits. */
export class EmbeddedStockGate extends StockGate {
  private epoch: Epoch | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly options: StockGateOptions,
  ) {
    super();
  }

  async now(): Promise<number> {
    return this.clock.now();
  }

  async claim(
    epoch: number,
    voucherId: string,
    requests: readonly GateRequest[],
  ): Promise<readonly GateDecision[] | typeof UNKNOWN_VOUCHER> {
    const held = this.held(epoch);
    if (!held) throw new GateLostError('scripts');
    const state = held.vouchers.get(voucherId);
    if (!state) return UNKNOWN_VOUCHER;
    const now = this.clock.now();
    return requests.map((request) => decide(state, request, this.options, now));
  }

  async adjust(
    epoch: number,
    voucherId: string,
    number: number,
    delta: number,
  ): Promise<AdjustVerdict | typeof UNKNOWN_VOUCHER> {
    const held = this.held(epoch);
    if (!held) throw new GateLostError('scripts');
    const state = held.vouchers.get(voucherId);
    if (!state) return UNKNOWN_VOUCHER;
    if (number < state.adjusted) return 'judged-earlier';
    if (number === state.adjusted) return state.refused === number ? 'refused' : 'applied';
    if (number > state.adjusted + 1) throw new GateLostError('state');
    state.adjusted = number;
    if (delta < 0 && state.remaining - openOffers(state.offers, this.clock.now()) + delta < 0) {
      state.refused = number;
      return 'refused';
    }
    state.voucher = { ...state.voucher, total: state.voucher.total + delta };
    state.remaining += delta;
    state.stockVersion += 1;
    return 'applied';
  }

  async giveBack(
    epoch: number,
    voucherId: string,
    { number, units, claims }: GiveBack,
  ): Promise<'taken' | 'taken-earlier' | typeof UNKNOWN_VOUCHER> {
    if (!this.held(epoch)) throw new GateLostError('state');
    const state = this.state(epoch, voucherId);
    if (!state) return UNKNOWN_VOUCHER;
    if (number <= state.returned) return 'taken-earlier';
    if (number > state.returned + 1) throw new GateLostError('state');
    state.returned = number;
    state.remaining += units;
    if (units > 0) state.stockVersion += 1;
    for (const { userId, ordinal } of claims) {
      const field = `${userId}:${ordinal}`;
      state.pending.delete(field);
      const claim = state.claims.get(field);
      if (claim) claim.status = 'given-back';
      const quota = state.users.get(userId);
      if (quota) quota.live = Math.max(0, quota.live - 1);
    }
    return 'taken';
  }

  async offer(
    epoch: number,
    voucherId: string,
    list?: GateWaitingList,
  ): Promise<WaitingListAtGate | typeof UNKNOWN_VOUCHER> {
    if (!this.held(epoch)) throw new GateLostError('state');
    const state = this.state(epoch, voucherId);
    if (!state) return UNKNOWN_VOUCHER;
    const offers = list ? told(state.offers, list, state.remaining) : state.offers;
    if (offers !== state.offers) state.stockVersion += 1;
    state.offers = offers;
    return atGate(offers, this.clock.now(), state.remaining);
  }

  async holders(epoch: number, voucherId: string): Promise<Holders> {
    const users = [...(this.state(epoch, voucherId)?.users.keys() ?? [])];
    return { count: users.length, ids: chunked(users) };
  }

  async *issued(epoch: number, voucherId: string): AsyncIterable<readonly IssuedAtGate[]> {
    const state = this.state(epoch, voucherId);
    if (!state) return;
    for await (const chunk of chunked(issuedIn(state))) yield chunk.filter(({ count }) => count > 0);
  }

  async confirm(epoch: number, voucherId: string, ends: readonly ClaimEnd[]): Promise<void> {
    const state = this.state(epoch, voucherId);
    if (!state) return;
    for (const end of ends) endClaim(state, end);
  }

  async status(
    epoch: number,
    voucherId: string,
    userId: string,
    ordinal: number,
  ): Promise<GateClaim | typeof UNKNOWN_VOUCHER | undefined> {
    const state = this.state(epoch, voucherId);
    if (!state) return UNKNOWN_VOUCHER;
    const claim = state.claims.get(`${userId}:${ordinal}`);
    return claim && { ...claim };
  }

  async pendingOf(epoch: number, voucherId: string, userId: string): Promise<PendingOfOne[]> {
    const state = this.state(epoch, voucherId);
    const found: PendingOfOne[] = [];
    for (let ordinal = 1; ordinal <= (state?.users.get(userId)?.last ?? 0); ordinal++) {
      const claim = state?.pending.get(`${userId}:${ordinal}`);
      if (claim) found.push({ ordinal, sequence: claim.sequence, at: claim.at });
    }
    return found;
  }

  async pendingBefore(
    epoch: number,
    voucherId: string,
    beforeMs: number,
    limit: number,
  ): Promise<PendingEntry[]> {
    const found: PendingEntry[] = [];
    for (const [field, claim] of this.state(epoch, voucherId)?.pending ?? []) {
      if (claim.at >= beforeMs || found.length >= limit) break;
      found.push({
        ...claimField(field),
        sequence: claim.sequence,
        at: claim.at,
        ...(claim.idempotency ? { idempotency: claim.idempotency } : {}),
      });
    }
    return found;
  }

  async pendingSizes(epoch: number, voucherIds: readonly string[]): Promise<readonly PendingSize[]> {
    return voucherIds.map((id) => pendingSize(this.state(epoch, id)));
  }

  async counters(epoch: number, voucherId: string): Promise<GateCounters | undefined> {
    const snapshot = await this.snapshot(epoch, voucherId);
    return snapshot && { ...snapshot, pending: snapshot.pending.length };
  }

  async snapshot(epoch: number, voucherId: string): Promise<GateSnapshot | undefined> {
    const state = this.state(epoch, voucherId);
    return state && snapshotOf(state, this.clock.now());
  }

  async vouchers(epoch: number): Promise<string[]> {
    const held = this.held(epoch);
    return held ? [...held.vouchers.keys(), ...held.loading.keys()] : [];
  }

  async prepare(epoch: number, voucher: GateVoucher): Promise<void> {
    const held = this.held(epoch);
    if (!held?.open) throw new GateLostError('state');
    const known = held.vouchers.get(voucher.id);
    const used = known && (known.sequence > 0 || known.adjusted > 0);
    if (used || (known && known.voucher.version > voucher.version)) await this.configure(epoch, voucher);
    else held.vouchers.set(voucher.id, emptyState(voucher, voucher.total, 0));
  }

  async configure(epoch: number, voucher: GateVoucher): Promise<boolean> {
    const state = this.state(epoch, voucher.id);
    if (!state) return false;
    if (voucher.version >= state.voucher.version) state.voucher = { ...voucher, total: state.voucher.total };
    return true;
  }

  async tidy(epoch: number, voucherIds: readonly string[]): Promise<void> {
    const { rate } = this.options;
    if (!rate) return;
    const generation = Math.floor(this.clock.now() / rate.windowMs);
    for (const id of voucherIds) {
      const state = this.state(epoch, id);
      if (state && generation > state.attempts.generation + 1)
        state.attempts = { generation, present: new Map(), before: new Map() };
    }
  }

  async remaining(epoch: number, voucherId: string): Promise<number | undefined> {
    const state = this.state(epoch, voucherId);
    return state?.offers.waiting ? 0 : state?.remaining;
  }

  async forget(epoch: number, voucherId: string): Promise<void> {
    this.held(epoch)?.vouchers.delete(voucherId);
  }

  /** There is one history: the gate lives and dies with its process, and nothing brings an older state back. */
  trust(): void {}

  async lossOf(epoch: number, state: 'opening' | 'open' = 'open'): Promise<GateLoss | undefined> {
    const held = this.held(epoch);
    if (held && (held.open || state === 'opening')) return undefined;
    return { why: 'the gate is in memory, and empty with each start', slots: SlotSet.ALL };
  }

  async requireWritable(): Promise<void> {}

  async revokeBelow(epoch: number): Promise<void> {
    if (this.epoch && this.epoch.number < epoch) this.epoch = undefined;
  }

  async begin(epoch: number): Promise<EpochOrigin> {
    this.epoch = newEpoch(epoch);
    return { history: 'in-process', masters: [] };
  }

  async announce(epoch: number, vouchers: readonly RebuildCounters[]): Promise<void> {
    const held = this.held(epoch);
    if (!held) throw new GateLostError('state');
    for (const { voucher, remaining, sequence, adjusted, returned, list } of vouchers) {
      const state = { ...emptyState(voucher, remaining, sequence), adjusted, returned };
      if (list) state.offers = told(state.offers, list, remaining);
      held.loading.set(voucher.id, state);
    }
  }

  async load(epoch: number, vouchers: readonly RebuildUsers[]): Promise<void> {
    for (const { voucherId, users } of vouchers) {
      const state = this.held(epoch)?.loading.get(voucherId);
      if (!state) throw new GateLostError('state');
      for await (const chunk of users) loadUsers(state, chunk);
      for (const [field, claim] of [...state.claims].sort(([, a], [, b]) => a.at - b.at))
        state.pending.set(field, claim);
      const held = this.held(epoch);
      if (held?.loading.get(voucherId) !== state) throw new GateLostError('state');
      held.loading.delete(voucherId);
      held.vouchers.set(voucherId, state);
    }
  }

  async finish(epoch: number): Promise<void> {
    const held = this.held(epoch);
    if (!held) throw new GateLostError('state');
    held.open = true;
  }

  private held(epoch: number): Epoch | undefined {
    return this.epoch?.number === epoch ? this.epoch : undefined;
  }

  private state(epoch: number, voucherId: string): VoucherState | undefined {
    return this.held(epoch)?.vouchers.get(voucherId);
  }
}
