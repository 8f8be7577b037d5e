import { Metrics } from '../../observability/metrics.js';
import { Clock } from '../../common/clock.js';
import { Problem } from '../../common/problems.js';
import type { VoucherView } from '../../voucher/index.js';
import type { AdmissionCheck, ClaimAttempt, Link } from './claim-attempt.js';

type Protection = VoucherView['protection'];

/** A captcha is solved for a link, so it asks for one by itself. */
export const asksForLink = ({ claim_link: link, captcha }: Protection): boolean => link || captcha !== 'none';

/** What a client has to do instead: members of `challenge_required` and its kin. */
export const needs = (voucherId: string, { captcha }: Protection): Readonly<Record<string, unknown>> => ({
  claim_links_url: `/v1/vouchers/${voucherId}/claim-links`,
  captcha,
  ...(captcha === 'none' ? {} : { captchas_url: `/v1/vouchers/${voucherId}/captchas` }),
});

const DETAILS = {
  link_invalid: 'This is no claim link of yours',
  link_expired: 'The claim link has expired: request a new one',
  link_used: 'The claim link was used',
} as const;

/** @param cause the refusal of the gate that told it, whose members are told as well */
export function refusedLink(reason: keyof typeof DETAILS, link?: Link, cause?: Problem): Problem {
  return new Problem('challenge_required', {
    detail: DETAILS[reason],
    extensions: {
      ...(link ? { claim_links_url: `/v1/vouchers/${link.voucherId}/claim-links` } : {}),
      ...cause?.options.extensions,
    },
  });
}

/** A link where the voucher asks for one, and one that is good. Whether it was used before, the gate knows alone. */
export function challengeCheck(clock: Clock, metrics: Metrics): AdmissionCheck {
  const refuse = (reason: string, problem: Problem): Problem => {
    metrics.funnel.inc({ layer: 'challenge', outcome: 'refused', reason });
    return problem;
  };
  return {
    name: 'challenge',
    refusal({ voucherId, link, protection }: ClaimAttempt): Problem | undefined {
      if (link === 'unreadable') return refuse('link_invalid', refusedLink('link_invalid'));
      if (link) {
        if (link.expiresAt > clock.now()) return undefined;
        return refuse('link_expired', refusedLink('link_expired', link));
      }
      if (!protection || !asksForLink(protection)) return undefined;
      return refuse(
        'no_link',
        new Problem('challenge_required', {
          detail: 'This voucher can only be claimed through a claim link',
          extensions: needs(voucherId, protection),
        }),
      );
    },
  };
}
