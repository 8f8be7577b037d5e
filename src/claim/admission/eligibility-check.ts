import { Problem } from '../../common/problems.js';
import { Metrics } from '../../observability/metrics.js';
import type { AdmissionCheck } from './claim-attempt.js';
import type { EligiblePeople, Verdict } from './eligible-people.js';

const REFUSALS: Readonly<Record<Exclude<Verdict, 'eligible'>, Problem>> = {
  'not-listed': new Problem('not_eligible', { extensions: { email_unverified: false } }),
  unproven: new Problem('not_eligible', {
    detail: 'This voucher is for the people of a list; an e-mail address counts once it is verified',
    extensions: { email_unverified: true },
  }),
};

/** @throws Problem not_eligible; overloaded, dependency_unavailable where it cannot be told */
export async function requireEligible(
  people: EligiblePeople,
  voucherId: string,
  userId: string,
): Promise<void> {
  const verdict = people.known(voucherId, userId) ?? (await people.find(voucherId, userId));
  if (verdict !== 'eligible') throw REFUSALS[verdict];
}

/**
 * Of a voucher with a list, whether the user is on it. The one check that may have to look further than this process: it is the last
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
      if (protection?.eligibility !== 'listed') return undefined;
      const known = people.known(voucherId, userId);
      if (known !== undefined) return judged(known);
      admission.open = people.find(voucherId, userId).then(judged);
      return undefined;
    },
  };
}
