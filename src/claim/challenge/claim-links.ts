import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/index.js';
import { Metrics } from '../../platform/ops/metrics.js';
import { Clock } from '../../shared/clock.js';
import { Problem } from '../../shared/problems.js';
import { ClaimService, type AcceptedClaim } from '../claim.service.js';
import { Captchas, type CaptchaAnswer } from './captchas.js';
import { LinkTokens, type Link } from './link-tokens.js';
import { needs, ProtectedVouchers } from './protected-vouchers.js';

export interface ClaimLink {
  /** Path on this server. */
  readonly url: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

type Refusal = 'invalid' | 'expired' | 'used';

const DETAILS: Readonly<Record<Refusal, string>> = {
  invalid: 'This is no claim link of yours',
  expired: 'The claim link has expired: ask for a new one',
  used: 'The claim link was used',
};

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
   * Claims through a link. The gate sees the link's nonce as the `Idempotency-Key`, and the client's own key as the
   * request's fingerprint: it takes a unit and uses up the link in one step, and a refusal leaves the link good.
   * @throws Problem challenge_required for a link that is no good; else as `ClaimService.claim`
   */
  async claim(token: string, userId: string, idempotencyKey: string | undefined): Promise<AcceptedClaim> {
    const link = this.tokens.read(userId, token);
    if (!link) throw this.refusedLink('invalid');
    if (link.expiresAt <= this.clock.now()) throw this.refusedLink('expired', link);
    // Without a key of the client's every request is one of its own: the second use of the link is none of the first.
    const use = idempotencyKey === undefined ? randomBytes(16).toString('hex') : `key:${idempotencyKey}`;
    try {
      const accepted = await this.claims.claim(link.voucherId, userId, `link:${link.nonce}`, use);
      this.metrics.funnel.inc({ layer: 'challenge', outcome: 'passed', reason: '' });
      return accepted;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.code === 'idempotency_key_reused') throw this.refusedLink('used', link, error);
      this.metrics.funnel.inc({ layer: 'challenge', outcome: 'passed', reason: '' });
      throw error;
    }
  }

  private refusedLink(refusal: Refusal, link?: Link, cause?: Problem): Problem {
    return this.refused(
      `link_${refusal}`,
      new Problem('challenge_required', {
        detail: DETAILS[refusal],
        extensions: {
          ...(link ? { claim_links_url: `/v1/vouchers/${link.voucherId}/claim-links` } : {}),
          ...cause?.options.extensions,
        },
      }),
    );
  }

  private refused(reason: string, problem: Problem): Problem {
    this.metrics.funnel.inc({ layer: 'challenge', outcome: 'refused', reason });
    return problem;
  }
}
