import type { GateDecision, GateRequest, StockGateOptions } from '../stock-gate.js';
import { tooEarly, type Held, type VoucherState } from './gate-state.embedded.js';
import { admits, used } from './offers.embedded.js';

/** Decides one wish as lua/claim-6.lua does, in a state that is open; an accepted one changes it. @param now ms since 1970 */
export function decide(
  state: VoucherState,
  { userId, idempotency }: GateRequest,
  options: StockGateOptions,
  now: number,
): GateDecision {
  const { voucher } = state;
  const keyField = idempotency && `${userId}|${idempotency.key}`;
  const known = keyField === undefined ? undefined : state.keys.get(keyField);
  if (idempotency && known && known.at + options.keyTtlMs > now) {
    if (known.fingerprint !== idempotency.fingerprint) return { kind: 'key-reused', ordinal: known.ordinal };
    const claim = state.claims.get(`${userId}:${known.ordinal}`);
    return {
      kind: 'replayed',
      ordinal: known.ordinal,
      sequence: claim?.sequence ?? 0,
      at: claim?.at ?? 0,
      pending: claim?.status === 'pending',
    };
  }
  const retryAfterMs = tooEarly(options.rate, state, userId, now);
  if (retryAfterMs > 0) return { kind: 'rate-limited', retryAfterMs };
  if (voucher.state === 'ended' || now >= voucher.closesAt) return { kind: 'ended' };
  if (now < voucher.opensAt) return { kind: 'not-started', opensAt: voucher.opensAt, now };
  if (voucher.state === 'paused') return { kind: 'paused' };
  const quota = state.users.get(userId) ?? { live: 0, last: 0 };
  if (quota.live >= voucher.perUserLimit) return { kind: 'limit-reached', ordinal: quota.last };
  if (state.remaining <= 0 || !admits(state.offers, userId, now)) {
    const { stockVersion } = state;
    return { kind: 'sold-out', stockVersion, closesInMs: voucher.closesAt - now };
  }
  if (state.pending.size >= options.maxPending) return { kind: 'overloaded' };

  state.remaining -= 1;
  state.offers = used(state.offers, userId);
  state.sequence += 1;
  const ordinal = quota.last + 1;
  state.users.set(userId, { live: quota.live + 1, last: ordinal });
  const claim: Held = {
    sequence: state.sequence,
    at: now,
    status: 'pending',
    ...(idempotency ? { idempotency: `${idempotency.key}.${idempotency.fingerprint}` } : {}),
  };
  state.claims.set(`${userId}:${ordinal}`, claim);
  state.pending.set(`${userId}:${ordinal}`, claim);
  if (idempotency && keyField)
    state.keys.set(keyField, { ordinal, fingerprint: idempotency.fingerprint, at: now });
  return { kind: 'accepted', ordinal, sequence: claim.sequence, at: now };
}
