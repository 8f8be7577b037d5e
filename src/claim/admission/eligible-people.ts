import { Injectable } from '@nestjs/common';
import { Customers } from '../../auth/index.js';
import { EligibilityLists, EligibilityTokens, personHash } from '../../voucher/index.js';
import type { ClaimConditions } from './claim-attempt.js';
import { PeopleVerdicts, type Applicant } from './people-verdicts.js';

/** `unproven`: not by what the person proved; the account has an e-mail address that is not verified. */
export type Verdict = 'eligible' | 'not-listed' | 'unproven' | 'no-token';

/** By what it is judged who may claim. */
type Asked = Exclude<ClaimConditions['eligibility'], 'everyone'>;

interface Question extends Applicant {
  readonly asked: Asked;
}

/**
 * Whether somebody is on the list of a voucher, or brought a token for it: two queries for 500 people, or one.
 */
@Injectable()
export class EligiblePeople {
  private readonly verdicts: PeopleVerdicts<Question, Verdict>;

  constructor(
    private readonly lists: EligibilityLists,
    private readonly tokens: EligibilityTokens,
    private readonly customers: Customers,
  ) {
    this.verdicts = new PeopleVerdicts((voucherId, questions) => {
      const userIds = questions.map(({ userId }) => userId);
      // All of them ask for one voucher, which goes by one of the two.
      return questions[0]?.asked === 'token'
        ? this.byToken(voucherId, userIds)
        : this.byList(voucherId, userIds);
    });
  }

  /** What this process found out a moment ago. */
  known(voucherId: string, userId: string): Verdict | undefined {
    return this.verdicts.known(voucherId, userId);
  }

  /** @throws Problem overloaded, dependency_unavailable */
  find(voucherId: string, userId: string, asked: Asked): Promise<Verdict> {
    return this.verdicts.find(voucherId, { userId, asked });
  }

  /** Whoever has just brought a token need not wait until a refusal is forgotten. */
  forget(voucherId: string, userId: string): void {
    this.verdicts.forget(voucherId, userId);
  }

  private async byToken(voucherId: string, userIds: readonly string[]): Promise<readonly Verdict[]> {
    const admitted = await this.tokens.admitted(voucherId, userIds);
    return userIds.map((id) => (admitted.has(id) ? 'eligible' : 'no-token'));
  }

  private async byList(voucherId: string, userIds: readonly string[]): Promise<readonly Verdict[]> {
    const people = await this.customers.proven(userIds);
    const hashes = new Map(
      [...people].map(([id, { addresses }]) => [id, addresses.map((address) => personHash(address))]),
    );
    const listed = await this.lists.listed(voucherId, [...hashes.values()].flat());
    return userIds.map((id) => {
      if (hashes.get(id)?.some((hash) => listed.has(hash))) return 'eligible';
      return people.get(id)?.hasUnprovenEmail ? 'unproven' : 'not-listed';
    });
  }
}
