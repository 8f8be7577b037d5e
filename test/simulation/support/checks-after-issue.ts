import { CLAIM_MOVES, type ClaimStatus, type MoveKind } from '../../../src/claim/domain/claim-move.js';
import { isListed } from '../../../src/claim/domain/listed-claims.js';
import { eventId } from '../../../src/common/ids.js';
import type { Voucher } from '../../../src/voucher/index.js';
import type { Counter } from './counter.js';
import type { SimDatabase } from './database.js';

interface ClaimRow {
  readonly id: string;
  readonly voucher_id: string;
  readonly status: ClaimStatus;
  readonly moves?: number | null;
}

interface RedemptionRow {
  readonly id: string;
  readonly claim_id: string;
  readonly at: number;
  readonly rolled_back_at: number | null;
}

/** Claims that are stored as expired while their voucher runs, and others once all were looked through. */
export function brokenTimes(
  database: SimDatabase,
  vouchers: readonly Voucher[],
  now: number,
  allLookedThrough: boolean,
): string[] {
  const claims = database.rows('claims') as unknown as ClaimRow[];
  return vouchers.flatMap(({ id, redeemUntil }) =>
    claims
      .filter(({ voucher_id: of }) => of === id)
      .flatMap((claim) => {
        const isOver = redeemUntil !== null && redeemUntil <= now;
        if (claim.status === 'expired' && !isOver) return [`expired before its time: ${claim.id}`];
        if (claim.status === 'issued' && isOver && allLookedThrough)
          return [`issued, and its time is over: ${claim.id}`];
        return [];
      }),
  );
}

/** Claims that a list by their status would leave out, or show with another one. */
export function brokenStatusIndex(database: SimDatabase): string[] {
  const claims = database.rows('claims') as unknown as ClaimRow[];
  const statuses = new Map(claims.map(({ id, status }) => [id, status]));
  const entries = new Map(
    database.rows('claim_status_index').map((row) => [String(row['claim_id']), row['status']]),
  );
  const missing = claims.filter(({ id, status }) => isListed(status) && !entries.has(id));
  const wrong = [...entries].filter(
    ([id, status]) => statuses.get(id) !== status || !isListed(String(status)),
  );
  return [
    ...missing.map(({ id, status }) => `${status}, and not listed: ${id}`),
    ...wrong.map(([id, status]) => `listed as ${String(status)}, and is ${String(statuses.get(id))}: ${id}`),
  ];
}

/** What cashiers were told, and what there is of it. */
export function brokenRedemptions(
  database: SimDatabase,
  vouchers: readonly Voucher[],
  { told, undone, gone, presented }: Counter,
): string[] {
  const broken = [...gone].map((id) => `a redemption that was told is unknown: ${id}`);
  const rows = database.rows('redemptions') as unknown as RedemptionRow[];
  const claims = new Map((database.rows('claims') as unknown as ClaimRow[]).map((row) => [row.id, row]));
  for (const { id, claim_id: claimId, at, rolled_back_at: rolledBackAt } of rows) {
    if (!presented.has(claimId)) broken.push(`redeemed and nobody asked for it: ${claimId}`);
    if (rolledBackAt !== null && !undone.has(id))
      broken.push(`rolled back and nobody asked for it: ${id} of ${claimId}`);
    const until = vouchers.find((voucher) => voucher.id === claims.get(claimId)?.voucher_id)?.redeemUntil;
    if (typeof until === 'number' && at >= until) broken.push(`redeemed after its time: ${claimId}`);
  }
  for (const claim of claims.values()) {
    const holding = rows.filter(({ claim_id: of, rolled_back_at: at }) => of === claim.id && at === null);
    if (holding.length > 1) broken.push(`redeemed twice: ${claim.id}`);
    if ((claim.status === 'redeemed') !== (holding.length === 1))
      broken.push(`${holding.length} redemptions of a claim that is ${claim.status}: ${claim.id}`);
  }
  const known = new Set(rows.map(({ id }) => id));
  for (const [id, claimId] of told)
    if (!known.has(id)) broken.push(`told of a redemption that is none: ${claimId}`);
  return broken;
}

/** Plays the events of each claim: every move has one, and together they lead to what the row says. */
export function brokenMoves(database: SimDatabase, events: ReadonlySet<string>): string[] {
  const kinds: readonly MoveKind[] = Object.values(CLAIM_MOVES);
  return (database.rows('claims') as unknown as ClaimRow[]).flatMap((claim) => {
    const wasHeld = events.has(eventId('claim.held', claim.id));
    if (claim.status === 'rejected') return [];
    let status: ClaimStatus = wasHeld ? 'held' : 'issued';
    for (let move = 1; move <= Number(claim.moves ?? 0); move++) {
      const made = kinds.filter(({ event, issues, from }) =>
        issues
          ? from.includes(status) && events.has(eventId(event, claim.id))
          : events.has(eventId(event, claim.id, move)),
      );
      const [kind] = made.length > 1 ? made.filter(({ issues }) => !issues) : made;
      if (!kind?.from.includes(status))
        return [`move ${move} of ${claim.id}, which was ${status}: ${kind?.event ?? 'no event'}`];
      status = kind.to;
    }
    return status === claim.status ? [] : [`${claim.id} is ${claim.status}, its events say ${status}`];
  });
}
