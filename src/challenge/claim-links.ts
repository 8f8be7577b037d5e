import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { Metrics } from '../observability/metrics.js';
import { Clock } from '../common/clock.js';
import { Problem } from '../common/problems.js';
import {
  type AcceptedClaim,
  attemptByRoute,
  type ClaimAttempt,
  ClaimService,
  type Link,
  needs,
  ProtectedVouchers,
  refusedLink,
} from '../claim/index.js';
import type { CaptchaAnswer } from './captcha-desk.js';
import { Captchas } from './captchas.js';
import { LinkTokens } from './link-tokens.js';

export interface ClaimLink {
  /** Path on this server. */
  readonly url: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

type LinkClaim = Pick<ClaimAttempt, 'actor' | 'idempotencyKey'>;

/** Hidden ways to a claim: bound to user and voucher, given after opening, expiring, good for one claim. */
@Injectable()
export class ClaimLinks {
  private readonly tokens: LinkTokens;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly vouchers: ProtectedVouchers,
    private readonly captchas: Captchas,
    private readonly claims: ClaimService,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {
    this.tokens = new LinkTokens(config.CLAIM_SECRET);
  }

  /**
   * @throws Problem not_found, not_started, paused, voucher_ended, sold_out: then the captcha is still good;
   *   captcha_required, captcha_failed, dependency_unavailable
   * @param nonce 128 bits as hex: links with the same one are good for one claim together
   */
  async issue(
    voucherId: string,
    userId: string,
    solved: CaptchaAnswer | undefined,
    nonce = randomBytes(16).toString('hex'),
  ): Promise<ClaimLink> {
    const view = await this.vouchers.find(voucherId);
    await this.vouchers.requireOpen(view);
    const { captcha } = view.protection;
    if (captcha !== 'none') {
      const extensions = needs(voucherId, view.protection);
      if (!solved) throw this.refused('captcha_required', new Problem('captcha_required', { extensions }));
      await this.captchas.solve(captcha, voucherId, userId, solved).catch((error: unknown) => {
        if (!(error instanceof Problem) || error.code !== 'captcha_failed') throw error;
        throw this.refused(error.code, new Problem(error.code, { detail: error.message, extensions }));
      });
    }
    const expiresAt = this.clock.now() + this.config.CLAIM_LINK_TTL_S * 1_000;
    const link: Link = { voucherId, expiresAt, nonce };
    return { url: `/v1/claim-links/${this.tokens.make(userId, link)}`, expiresAt };
  }

  /**
   * Claims through a link: the token says which voucher is meant.
   * @throws Problem challenge_required for a link that is no good; else as `ClaimService.claim`
   */
  async claim(token: string, { actor, idempotencyKey }: LinkClaim): Promise<AcceptedClaim> {
    const link = this.tokens.read(actor.userId, token);
    const { voucherId } = link ?? { voucherId: '' };
    const protection = link && (await this.vouchers.protectionOf(voucherId));
    try {
      const accepted = await this.claims.claim(
        attemptByRoute({ actor, voucherId, idempotencyKey, protection, link: link ?? 'unreadable' }),
      );
      this.passed();
      return accepted;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.code === 'idempotency_key_reused')
        throw this.refused('link_used', refusedLink('link_used', link, error));
      if (error.code !== 'challenge_required') this.passed();
      throw error;
    }
  }

  private passed(): void {
    this.metrics.funnel.inc({ layer: 'challenge', outcome: 'passed', reason: '' });
  }

  private refused(reason: string, problem: Problem): Problem {
    this.metrics.funnel.inc({ layer: 'challenge', outcome: 'refused', reason });
    return problem;
  }
}
