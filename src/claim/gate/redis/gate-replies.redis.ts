import { UNKNOWN_VOUCHER, type AdjustVerdict, type GateCounters, type GateDecision } from '../stock-gate.js';

/** Reply codes of claim-6.lua; the table stands in lua/README.md too. */
export const CODE = {
  lost: -1,
  unknownVoucher: -2,
  otherHistory: -3,
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
const REPLY_HEAD_LENGTH = 6;
const EACH = 4;

/** Reply codes of adjust-1.lua. */
export const ADJUST: Readonly<Record<number, AdjustVerdict | typeof UNKNOWN_VOUCHER>> = {
  1: 'applied',
  2: 'refused',
  3: 'judged-earlier',
  [CODE.unknownVoucher]: UNKNOWN_VOUCHER,
};

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

/** The reply of snapshot-2.lua where the epoch knows the voucher. */
export function countersOf(reply: readonly number[]): GateCounters {
  const [now = 0, total = 0, remaining = 0, sequence = 0, pending = 0, ...last] = reply;
  const [adjusted = 0, refused = 0, returned = 0] = last;
  return { now, total, remaining, sequence, pending, adjusted, refused, returned };
}

/** Reply codes of give-back-3.lua. */
export const GIVE_BACK: Readonly<Record<number, 'taken' | 'taken-earlier' | typeof UNKNOWN_VOUCHER>> = {
  1: 'taken',
  3: 'taken-earlier',
  [CODE.unknownVoucher]: UNKNOWN_VOUCHER,
};

/** What claim-6.lua decided of `count` requests, in their order. */
export const decisions = (reply: readonly number[], count: number): GateDecision[] =>
  Array.from({ length: count }, (_request, index) => decision(reply, REPLY_HEAD_LENGTH + index * EACH));
