import { createHash, randomBytes } from 'node:crypto';
import type { JudgedLimit } from '../../rate-limit/index.js';
import { context, type Actor } from '../../common/request-context.js';
import type { Problem } from '../../common/problems.js';
import type { VoucherView } from '../../voucher/index.js';

/** What a published voucher asks of those who claim it: fixed from publication on. */
export type ClaimConditions = VoucherView['protection'] &
  Pick<VoucherView, 'eligibility' | 'requires' | 'onePer' | 'merchantId'>;

/** What a claim link holds, once its seal was found to be ours and this user's. */
export interface Link {
  readonly voucherId: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** 128 random bits, as hex. */
  readonly nonce: string;
}

/** A request for one unit, as far as it is judged: every entrance makes one, and none is judged by anything else. */
export interface ClaimAttempt {
  readonly actor: Pick<Actor, 'userId' | 'merchantId'>;
  /** Empty where a link names none that can be read. */
  readonly voucherId: string;
  /** The client's, as `plainAddress` has it. */
  readonly address: string;
  /** Whether the limit of addresses was judged before: Fastify's hook does that for every URL. */
  readonly isClientJudged: boolean;
  /** The header as it came, or what a form means by a press. */
  readonly idempotencyKey?: string | undefined;
  /** Of a published voucher; nothing where there is none of this id. */
  readonly protection?: ClaimConditions | undefined;
  readonly link?: Link | 'unreadable' | undefined;
  /** Of somebody who waited: what this process knows of a voucher that is sold out does not concern them. */
  readonly hasOffer?: boolean;
}

/** What the checks found out on the way, for the gate and the answer. */
export interface Admission {
  /** The gate's open epoch; 0 before it was asked for. */
  epoch: number;
  /** How the user stands with the limit on claims, where this process judged it. */
  limit?: JudgedLimit | undefined;
  /** A condition that this process could not judge by itself: its refusal, or nothing where it is met. */
  open?: Promise<Problem | undefined>;
}

/**
 * One condition of a claim. Synchronous, and cheap: it is judged by what this process knows. The last two of the list may leave what they
 * have to look up in `admission.open`, one after the other.
 */
export interface AdmissionCheck {
  readonly name: string;
  /** @returns why the claim is refused, or nothing where it passes */
  refusal(attempt: ClaimAttempt, admission: Admission): Problem | undefined;
}

/** An attempt that came by a route: its client was judged by Fastify's hook, and its address stands in the context. */
export const attemptByRoute = (attempt: Omit<ClaimAttempt, 'address' | 'isClientJudged'>): ClaimAttempt => ({
  ...attempt,
  address: context.address() ?? '',
  isClientJudged: true,
});

/** Hashes are cut to what is needed: 120 bits of the key, 60 of the fingerprint. */
const hash = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, length);

/**
 * By what the gate knows a repeated request. It sees a link's nonce as the key, and the client's own key as the request's fingerprint: so it
 * takes a unit and uses up the link in one step, and a refusal leaves the link good. Without a key of the client's every request is one of
 * its own: the second use of a link is none of the first.
 */
export function gateKeyOf({
  link,
  idempotencyKey,
}: ClaimAttempt): { readonly key: string; readonly fingerprint: string } | undefined {
  if (typeof link === 'object') {
    const use = idempotencyKey === undefined ? randomBytes(16).toString('hex') : `key:${idempotencyKey}`;
    return { key: hash(`link:${link.nonce}`, 20), fingerprint: hash(use, 10) };
  }
  return idempotencyKey === undefined
    ? undefined
    : { key: hash(idempotencyKey, 20), fingerprint: hash('', 10) };
}
