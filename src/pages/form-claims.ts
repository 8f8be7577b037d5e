import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ClaimLinks } from '../challenge/index.js';
import {
  attemptByRoute,
  ClaimService,
  ClaimStatusService,
  ProtectedVouchers,
  type AcceptedClaim,
} from '../claim/index.js';
import { ClaimIds } from '../common/ids.js';
import { Problem } from '../common/problems.js';

/** What a press of the button means: one unit of the voucher, the first or the one after a claim that is held. */
export interface ClaimIntent {
  readonly userId: string;
  readonly voucherId: string;
  /** Id of the claim that the button stood beside; without it the button of the drop's page was pressed. */
  readonly after: string | undefined;
}

/** The claim that a press leads to. */
export interface ClaimRedirect {
  readonly claimId: string;
  /** Where it is no new claim: the refusal that names it, or that it was answered before. */
  readonly because?: Problem | 'replayed' | undefined;
}

/**
 * Claims by plain forms. A form holds nothing that makes it one of its kind: the drop's page is the same for everybody. So the
 * key is what the press means, and however often it is pressed, reloaded or gone back to, it means the same claim
 * (docs/adr/0027).
 */
@Injectable()
export class FormClaims {
  constructor(
    private readonly claims: ClaimService,
    private readonly links: ClaimLinks,
    private readonly vouchers: ProtectedVouchers,
    private readonly statuses: ClaimStatusService,
    private readonly ids: ClaimIds,
  ) {}

  /** @throws Problem for every refusal that names no claim, as `ClaimService.claim` */
  claim(intent: ClaimIntent): Promise<ClaimRedirect> {
    const { userId, voucherId } = intent;
    return redirectOf(async () => {
      const protection = await this.vouchers.protectionOf(voucherId);
      const attempt = { actor: { userId }, voucherId, idempotencyKey: keyOf(intent), protection };
      return this.claims.claim(attemptByRoute(attempt));
    });
  }

  /** The same for a voucher that asks for a link, and maybe a captcha: the link is made and used in one go. */
  claimByLink(
    intent: ClaimIntent,
    solved: { captchaId: string; answer: string } | undefined,
  ): Promise<ClaimRedirect> {
    const { userId, voucherId } = intent;
    return redirectOf(async () => {
      const nonce = createHash('sha256')
        .update(`${userId}/${voucherId}/${keyOf(intent)}`)
        .digest('hex')
        .slice(0, 32);
      const { url } = await this.links
        .issue(voucherId, userId, solved, nonce)
        .catch(async (error: unknown) => {
          // A captcha is good for one press. The second press of the same button shows what the first one got.
          const earlier = isCaptcha(error) ? await this.earlier(intent) : undefined;
          if (earlier === undefined) throw error;
          throw new AlreadyClaimed(earlier);
        });
      const token = url.split('/').at(-1) ?? '';
      return this.links.claim(token, { actor: { userId }, idempotencyKey: keyOf(intent) });
    });
  }

  /** The claim that the intent has led to already, if it has. */
  private async earlier({ userId, voucherId, after }: ClaimIntent): Promise<string | undefined> {
    const before = after === undefined ? undefined : this.ids.owns(userId, after);
    const id = this.ids.id(voucherId, userId, (before?.ordinal ?? 0) + 1);
    const claim = await this.statuses.get(userId, id).catch(() => undefined);
    // An id of which nothing is known says so by this status too.
    return claim === undefined || claim.status === 'rejected' ? undefined : id;
  }
}

class AlreadyClaimed extends Error {
  constructor(readonly claimId: string) {
    super('claimed already');
  }
}

/** Refusals that name the user's claim lead to it: that is what the person wants to see. */
async function redirectOf(work: () => Promise<AcceptedClaim>): Promise<ClaimRedirect> {
  try {
    const { claim, replayed } = await work();
    return { claimId: claim.id, because: replayed ? 'replayed' : undefined };
  } catch (error) {
    if (error instanceof AlreadyClaimed) return { claimId: error.claimId, because: 'replayed' };
    if (!(error instanceof Problem) || !SHOWN.has(error.code)) throw error;
    const named = error.options.extensions?.['claim_id'];
    if (typeof named !== 'string') throw error;
    return { claimId: named, because: error };
  }
}

const SHOWN: ReadonlySet<string> = new Set(['claim_limit_reached', 'claim_unconfirmed']);

const keyOf = ({ after }: ClaimIntent): string =>
  after === undefined ? 'form:first' : `form:after:${after}`;

const isCaptcha = (error: unknown): boolean => error instanceof Problem && error.code === 'captcha_failed';
