import { rateLimitHeaders, rateLimitLines, type JudgedLimit } from '../../rate-limit/index.js';
import { rfc3339 } from '../../common/clock.js';
import type { ClaimBody } from './claim.dto.js';
import type { ClaimTimes } from '../domain/claim-status.js';

/** What is known of a claim, wherever it was looked up. Times are milliseconds since 1970. */
export interface ClaimFacts {
  readonly id: string;
  readonly voucherId: string;
  readonly userId: string;
  readonly ordinal: number;
  readonly status: ClaimBody['status'];
  readonly sequence: number | null;
  readonly code?: string | null;
  readonly rejectReason?: string | null | undefined;
  readonly createdAt: number | null;
  readonly issuedAt?: number | null | undefined;
  /** The last move after the issue, `null` for none; left out where only the ledger would know. */
  readonly movedAt?: number | null | undefined;
  readonly movedBy?: string | null | undefined;
  /** Of a claim that had to be confirmed. */
  readonly confirmUntil?: number | null | undefined;
  readonly cancelReason?: string | null | undefined;
}

const timeOf = (at: number | null | undefined): string | null =>
  at === null || at === undefined ? null : rfc3339(at);

/** The one shape of a claim, for those who hold it. Put together without spreads, which took half of the time: each `202` makes one. */
export function claimBody(claim: ClaimFacts): ClaimBody {
  const isCancelled = claim.status === 'cancelled';
  const body: ClaimBody = {
    object: 'claim',
    id: claim.id,
    voucher_id: claim.voucherId,
    user_id: claim.userId,
    status: claim.status,
    sequence: claim.sequence,
    ordinal: claim.ordinal,
    code: isCancelled ? null : (claim.code ?? null),
    reject_reason: claim.rejectReason ?? null,
    created_at: timeOf(claim.createdAt),
    issued_at: timeOf(claim.issuedAt),
  };
  if (isCancelled) body.cancellation = cancellationOf(claim);
  if (typeof claim.confirmUntil === 'number') body.confirm_until = rfc3339(claim.confirmUntil);
  if (claim.movedAt !== undefined) body.changed_at = timeOf(claim.movedAt);
  return body;
}

const cancellationOf = (claim: ClaimFacts): ClaimBody['cancellation'] => ({
  at: timeOf(claim.movedAt),
  by: claim.movedBy === claim.userId ? 'holder' : 'merchant',
  reason: claim.cancelReason ?? null,
});

/** When time changes what the claim is. @param redeemUntil of its voucher, ms since 1970 */
export const timesOf = (claim: ClaimBody, redeemUntil: number | null): ClaimTimes => ({
  redeemUntil,
  confirmUntil: claim.confirm_until === undefined ? null : Date.parse(claim.confirm_until),
});

/** What `JSON.stringify` makes of it, in a fifth of the time: everything here is of our making and has nothing to escape. */
export function claimJson(claim: ClaimBody): string {
  const text = (value: string | null): string => (value === null ? 'null' : `"${value}"`);
  return `{"object":"claim","id":"${claim.id}","voucher_id":"${claim.voucher_id}","user_id":"${claim.user_id}","status":"${claim.status}","sequence":${claim.sequence},"ordinal":${claim.ordinal},"code":${text(claim.code)},"reject_reason":${text(claim.reject_reason)},"created_at":${text(claim.created_at)},"issued_at":${text(claim.issued_at)}}`;
}

export interface AcceptedClaim {
  readonly claim: ClaimBody;
  /** The answer repeats that of an earlier request with the same `Idempotency-Key`. */
  readonly replayed: boolean;
  /** How the user stands with the limit on claims, where this process judged it. */
  readonly limit?: JudgedLimit | undefined;
}

/** @returns the headers of the `202` that tells of a claim which was taken, by lower-case name; the caller may add to them */
export function acceptedHeaders({ claim, replayed, limit }: AcceptedClaim): Record<string, string> {
  const headers = limit ? rateLimitHeaders([limit]) : {};
  headers['location'] = `/v1/claims/${claim.id}`;
  headers['content-type'] = 'application/json; charset=utf-8';
  if (replayed) headers['idempotent-replayed'] = 'true';
  return headers;
}

/** The same headers as lines, for the fast path: an object in between took half of their time (docs/adr/0115). @param requestId of the answer */
export function acceptedLines({ claim, replayed, limit }: AcceptedClaim, requestId: string): string {
  const limits = limit ? rateLimitLines(limit) : '';
  const repeated = replayed ? 'idempotent-replayed: true\r\n' : '';
  return `${limits}location: /v1/claims/${claim.id}\r\ncontent-type: application/json; charset=utf-8\r\n${repeated}x-request-id: ${requestId}\r\n`;
}
