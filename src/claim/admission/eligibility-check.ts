import { Problem } from '../../common/problems.js';
import { Metrics } from '../../observability/metrics.js';
import type { AdmissionCheck, ClaimConditions } from './claim-attempt.js';
import type { EligiblePeople, Verdict } from './eligible-people.js';

const REFUSALS: Readonly<Record<Exclude<Verdict, 'eligible'>, Problem>> = {
  'not-listed': new Problem('not_eligible', { extensions: { email_unverified: false } }),
  unproven: new Problem('not_eligible', {
    detail: 'This voucher is for people on a list; an e-mail address counts once it is verified',
    extensions: { email_unverified: true },
  }),
  'no-token': new Problem('not_eligible', {
    detail:
      'This voucher is for those whom its merchant vouches for: bring the token first (POST /v1/vouchers/{id}/eligibility-proofs)',
    extensions: { email_unverified: false },
  }),
};

/** @throws Problem not_eligible; overloaded, dependency_unavailable where it cannot be told */
export async function requireEligible(
  people: EligiblePeople,
  voucherId: string,
  userId: string,
  asked: ClaimConditions['eligibility'],
): Promise<void> {
  if (asked === 'everyone') return;
  const verdict = people.known(voucherId, userId) ?? (await people.find(voucherId, userId, asked));
  if (verdict !== 'eligible') throw REFUSALS[verdict];
}

/**
 * Of a voucher that is not for everybody, whether the user may claim it. The one check that may have to look further than this process: it is the last
 * one, so that whoever is refused by another costs the database nothing.
 */
export function eligibilityCheck(people: EligiblePeople, metrics: Metrics): AdmissionCheck {
  const judged = (verdict: Verdict): Problem | undefined => {
    const outcome = verdict === 'eligible' ? 'passed' : 'refused';
    metrics.funnel.inc({
      layer: 'eligibility',
      outcome,
      reason: verdict === 'eligible' ? '' : 'not_eligible',
    });
    return verdict === 'eligible' ? undefined : REFUSALS[verdict];
  };
  return {
    name: 'eligibility',
    refusal({ actor: { userId }, voucherId, protection }, admission) {
      const asked = protection?.eligibility ?? 'everyone';
      if (asked === 'everyone') return undefined;
      const known = people.known(voucherId, userId);
      if (known !== undefined) return judged(known);
      admission.open = people.find(voucherId, userId, asked).then(judged);
      return undefined;
    },
  };
}
