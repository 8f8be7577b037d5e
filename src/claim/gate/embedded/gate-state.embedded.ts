import { NOBODY_WAITS, type EmbeddedOffers } from './offers.embedded.js';
import { claimField } from '../../domain/claim-field.js';
import type { GateVoucher } from '../../../voucher/index.js';
import type { RebuildUser } from '../gate-rebuild.js';
import type { PendingSize } from '../gate-pending.js';
import type { ClaimEnd, ClaimRate, GateClaim, GateSnapshot, IssuedAtGate } from '../stock-gate.js';

interface Quota {
  live: number;
  last: number;
}

export interface Held {
  readonly sequence: number;
  readonly at: number;
  readonly idempotency?: string;
  status: GateClaim['status'];
  endedAt?: number;
  reason?: string;
}

/** Attempts in ms by user, of a generation as long as the rate's window and of the one before: two cover any window. */
interface Attempts {
  readonly generation: number;
  readonly present: Map<string, number[]>;
  readonly before: ReadonlyMap<string, readonly number[]>;
}

export interface VoucherState {
  voucher: GateVoucher;
  remaining: number;
  sequence: number;
  adjusted: number;
  refused: number;
  returned: number;
  /** Rises with everything that can free a unit. */
  stockVersion: number;
  attempts: Attempts;
  offers: EmbeddedOffers;
  readonly users: Map<string, Quota>;
  readonly claims: Map<string, Held>;
  /** In the order taken, so the first is the oldest. */
  readonly pending: Map<string, Held>;
  readonly keys: Map<string, { readonly ordinal: number; readonly fingerprint: string; readonly at: number }>;
}

export interface Epoch {
  readonly number: number;
  /** All vouchers are loaded. */
  open: boolean;
  readonly vouchers: Map<string, VoucherState>;
  /** Announced, and known to nobody until they are loaded. */
  readonly loading: Map<string, VoucherState>;
}

export const newEpoch = (number: number): Epoch => ({
  number,
  open: false,
  vouchers: new Map(),
  loading: new Map(),
});

export const emptyState = (voucher: GateVoucher, remaining: number, sequence: number): VoucherState => ({
  voucher,
  remaining,
  sequence,
  adjusted: 0,
  refused: 0,
  returned: 0,
  stockVersion: 0,
  attempts: { generation: -1, present: new Map(), before: new Map() },
  offers: NOBODY_WAITS,
  users: new Map(),
  claims: new Map(),
  pending: new Map(),
  keys: new Map(),
});

/** Milliseconds that this attempt comes too early; 0 counts it. */
export function tooEarly(
  rate: ClaimRate | undefined,
  state: VoucherState,
  userId: string,
  now: number,
): number {
  if (!rate) return 0;
  const generation = Math.floor(now / rate.windowMs);
  if (state.attempts.generation !== generation) {
    const before = state.attempts.generation === generation - 1 ? state.attempts.present : new Map();
    state.attempts = { generation, present: new Map(), before };
  }
  const { present, before } = state.attempts;
  const times = [...(before.get(userId) ?? []), ...(present.get(userId) ?? [])];
  const limiting = times[times.length - rate.limit];
  if (limiting !== undefined && limiting + rate.windowMs > now) return limiting + rate.windowMs - now;
  present.set(userId, [...(present.get(userId) ?? []), now]);
  return 0;
}

export function pendingSize(state: VoucherState | undefined): PendingSize {
  const oldest = state?.pending.values().next().value;
  return { size: state?.pending.size ?? 0, ...(oldest ? { oldestAt: oldest.at } : {}) };
}

/** Users of a rebuild, and what of theirs is pending still. */
export function loadUsers(state: VoucherState, users: readonly RebuildUser[]): void {
  for (const user of users) {
    state.users.set(user.userId, { live: user.live, last: user.last });
    for (const { key, ...claim } of user.keys) state.keys.set(`${user.userId}|${key}`, claim);
    for (const { ordinal, ...claim } of user.pending ?? [])
      state.claims.set(`${user.userId}:${ordinal}`, { ...claim, status: 'pending' });
  }
}

const CHUNK = 1_000;

export async function* chunked<T>(items: readonly T[]): AsyncIterable<readonly T[]> {
  for (let from = 0; from < items.length; from += CHUNK) yield items.slice(from, from + CHUNK);
}

/** What users hold that is a row, in the order of the users. */
export function issuedIn(state: VoucherState): IssuedAtGate[] {
  const pending = new Map<string, number>();
  const ordinals = new Map<string, number[]>();
  for (const [field, { status }] of state.claims) {
    const { userId, ordinal } = claimField(field);
    if (status === 'pending') pending.set(userId, (pending.get(userId) ?? 0) + 1);
    if (status === 'issued' || status === 'held')
      ordinals.set(userId, [...(ordinals.get(userId) ?? []), ordinal]);
  }
  return [...state.users].map(([userId, { live }]) => ({
    userId,
    count: live - (pending.get(userId) ?? 0),
    ordinals: ordinals.get(userId) ?? [],
  }));
}

/** What the consumer made of a pending claim; a rejected one gives unit and quota back. */
export function endClaim(state: VoucherState, end: ClaimEnd): void {
  const field = `${end.userId}:${end.ordinal}`;
  const claim = state.claims.get(field);
  state.pending.delete(field);
  if (claim?.status !== 'pending') return;
  claim.status = end.result;
  claim.endedAt = end.at;
  if (end.reason !== undefined) claim.reason = end.reason;
  if (end.result !== 'rejected') return;
  const quota = state.users.get(end.userId);
  if (quota) quota.live = Math.max(0, quota.live - 1);
  state.remaining += 1;
  state.stockVersion += 1;
}

export const snapshotOf = (state: VoucherState, now: number): GateSnapshot => ({
  now,
  total: state.voucher.total,
  remaining: state.remaining,
  sequence: state.sequence,
  adjusted: state.adjusted,
  refused: state.refused,
  returned: state.returned,
  pending: [...state.pending].map(([field, claim]) => ({ ...claimField(field), at: claim.at })),
});
