import { Injectable } from '@nestjs/common';
import { Customers, type ProvenAddresses } from '../../auth/index.js';
import type { ClaimConditions } from './claim-attempt.js';
import { PeopleVerdicts, type Applicant } from './people-verdicts.js';
import { PersonAccounts } from './person-accounts.js';

/** What a voucher asks of the person. */
export type Asked = Pick<ClaimConditions, 'requires' | 'onePer'>;

/** `one_per_person`: the person takes part by another account. */
export type ProofVerdict = 'met' | 'email_unverified' | 'phone_unverified' | 'one_per_person';

interface Question extends Asked, Applicant {}

/**
 * Whether somebody proved what a voucher asks for, and is one person by one account (docs/adr/0089).
 */
@Injectable()
export class ProvenPeople {
  private readonly verdicts: PeopleVerdicts<Question, ProofVerdict>;

  constructor(
    private readonly accounts: PersonAccounts,
    private readonly customers: Customers,
  ) {
    this.verdicts = new PeopleVerdicts((voucherId, questions) => this.ask(voucherId, questions));
  }

  /** What this process found out a moment ago. */
  known(voucherId: string, userId: string): ProofVerdict | undefined {
    return this.verdicts.known(voucherId, userId);
  }

  /** @throws Problem overloaded, dependency_unavailable */
  find(voucherId: string, userId: string, { requires, onePer }: Asked): Promise<ProofVerdict> {
    return this.verdicts.find(voucherId, { userId, requires, onePer });
  }

  private async ask(voucherId: string, questions: readonly Question[]): Promise<readonly ProofVerdict[]> {
    const people = await this.customers.proven(questions.map(({ userId }) => userId));
    const lacks = new Map(
      questions.map((question) => [question.userId, lackOf(question, people.get(question.userId))]),
    );
    const persons = questions
      .filter(({ userId, onePer }) => onePer === 'person' && lacks.get(userId) === undefined)
      .map(({ userId }) => ({ userId, proven: people.get(userId) as ProvenAddresses }));
    const elsewhere = await this.accounts.settle(voucherId, persons);
    return questions.map(
      ({ userId }) => lacks.get(userId) ?? (elsewhere.has(userId) ? 'one_per_person' : 'met'),
    );
  }
}

/** What somebody has yet to prove; nothing of an account that is gone is proved. */
function lackOf({ requires, onePer }: Question, proven?: ProvenAddresses): ProofVerdict | undefined {
  const [email, phone] = [proven?.email ?? null, proven?.phone ?? null];
  if (requires === 'verified_phone' && phone === null) return 'phone_unverified';
  if (requires === 'verified_email' && email === null) return 'email_unverified';
  return onePer === 'person' && email === null && phone === null ? 'email_unverified' : undefined;
}
