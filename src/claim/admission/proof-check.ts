import { Problem } from '../../common/problems.js';
import { Metrics } from '../../observability/metrics.js';
import type { AdmissionCheck } from './claim-attempt.js';
import type { Asked, ProofVerdict, ProvenPeople } from './proven-people.js';

const REFUSALS: Readonly<Record<Exclude<ProofVerdict, 'met'>, Problem>> = {
  email_unverified: new Problem('email_unverified', {
    detail: 'This voucher is for accounts with a confirmed e-mail address',
  }),
  phone_unverified: new Problem('phone_unverified', {
    detail: 'This voucher is for accounts with a confirmed phone number',
  }),
  one_per_person: new Problem('one_per_person'),
};

const asks = ({ requires, onePer }: Asked): boolean => requires !== 'none' || onePer === 'person';

/** @throws Problem email_unverified, phone_unverified, one_per_person; overloaded, dependency_unavailable where it cannot be told */
export async function requireProof(
  people: ProvenPeople,
  voucherId: string,
  userId: string,
  asked: Asked,
): Promise<void> {
  if (!asks(asked)) return;
  const verdict = people.known(voucherId, userId) ?? (await people.find(voucherId, userId, asked));
  if (verdict !== 'met') throw REFUSALS[verdict];
}

/**
 * Whether the user proved what the voucher asks for, and takes part by one account. It comes last, and after the list where there is one:
 * whoever is refused by that takes no part. A voucher that asks for nothing costs it two comparisons.
 */
export function proofCheck(people: ProvenPeople, metrics: Metrics): AdmissionCheck {
  const judged = (verdict: ProofVerdict): Problem | undefined => {
    const isMet = verdict === 'met';
    const outcome = isMet ? 'passed' : 'refused';
    metrics.funnel.inc({ layer: 'eligibility', outcome, reason: isMet ? '' : verdict });
    return isMet ? undefined : REFUSALS[verdict];
  };
  return {
    name: 'proof',
    refusal({ actor: { userId }, voucherId, protection }, admission) {
      if (!protection || !asks(protection)) return undefined;
      const known = people.known(voucherId, userId);
      if (known !== undefined && known !== 'met') return judged(known);
      const find = async (): Promise<Problem | undefined> =>
        judged(people.known(voucherId, userId) ?? (await people.find(voucherId, userId, protection)));
      const before = admission.open;
      if (before) admission.open = before.then((problem) => problem ?? find());
      else if (known) return judged(known);
      else admission.open = find();
      return undefined;
    },
  };
}
