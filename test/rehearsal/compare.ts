import type { ClaimIds } from '../../src/common/ids.js';
import { accepted, type Books, type History, type LedgerClaim } from './history.js';

type ViolationKind =
  | 'lost'
  | 'unasked'
  | 'doubled'
  | 'above-limit'
  | 'oversold'
  | 'event-missing'
  | 'event-doubled'
  | 'event-unasked'
  | 'answers-differ'
  | 'after-issue';

/** A promise that was broken, with what broke it. */
export interface Violation {
  readonly kind: ViolationKind;
  readonly what: string;
}

export interface Comparison {
  readonly accepted: number;
  readonly issued: number;
  /** After dedupe by event id. */
  readonly events: number;
  readonly violations: readonly Violation[];
}

/** Holds what the workload heard against what the servers hold. Every claim that was promised must be there, and no other. */
export function compare(history: History, books: Books, ids: ClaimIds): Comparison {
  const violations: Violation[] = [];
  const broke = (kind: ViolationKind, what: string): void => void violations.push({ kind, what });
  const live = books.claims.filter((claim) => claim.status !== 'rejected');
  const liveById = new Map(live.map((claim) => [claim.id, claim]));
  const promised = new Set<string>();

  for (const { userId, key, sends } of history.intents) {
    const heard = new Set(sends.filter(accepted).map((send) => send.claimId ?? ''));
    if (heard.size > 1) broke('answers-differ', `key ${key} of ${userId}: ${[...heard].join(', ')}`);
    for (const id of heard) promised.add(id);
  }
  for (const id of promised) if (!liveById.has(id)) broke('lost', id);

  const asked = new Map<string, number>();
  for (const { userId } of history.intents) asked.set(userId, (asked.get(userId) ?? 0) + 1);
  for (const claim of live) {
    const wished = claim.ordinal <= (asked.get(claim.userId) ?? 0);
    if (!wished || ids.id(history.voucherId, claim.userId, claim.ordinal) !== claim.id)
      broke('unasked', claim.id);
  }

  const units: readonly [string, (claim: LedgerClaim) => string][] = [
    ['id', (claim) => claim.id],
    ['code', (claim) => claim.code ?? `none of ${claim.id}`],
    ['place', (claim) => `${claim.epoch}/${claim.sequence}`],
    ['user and ordinal', (claim) => `${claim.userId}/${claim.ordinal}`],
  ];
  for (const [name, unit] of units) {
    for (const twice of repeated(live.map(unit))) broke('doubled', `${name} ${twice}`);
  }

  const held = new Map<string, number>();
  for (const { userId } of live) held.set(userId, (held.get(userId) ?? 0) + 1);
  for (const [userId, count] of held) {
    if (count > history.perUserLimit)
      broke('above-limit', `${userId} holds ${count} of ${history.perUserLimit}`);
  }
  if (live.length > history.total || books.issued !== live.length)
    broke('oversold', `${live.length} rows and a counter of ${books.issued} for ${history.total} units`);

  const events = new Map(books.events.map((event) => [event.id, event.claimId]));
  const told = [...events.values()];
  const toldOf = new Set(told);
  for (const claim of live) if (!toldOf.has(claim.id)) broke('event-missing', claim.id);
  for (const twice of repeated(told)) broke('event-doubled', twice);
  for (const id of toldOf) if (!liveById.has(id)) broke('event-unasked', id);

  return { accepted: promised.size, issued: live.length, events: events.size, violations };
}

function repeated(values: readonly string[]): string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const value of values) {
    if (seen.has(value)) twice.add(value);
    seen.add(value);
  }
  return [...twice];
}
