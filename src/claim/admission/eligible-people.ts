import { Injectable } from '@nestjs/common';
import { Customers } from '../../auth/index.js';
import { EligibilityLists, personHash } from '../../voucher/index.js';
import { PeopleVerdicts, type Applicant } from './people-verdicts.js';

/** `unproven`: not by what the person proved; the account has an e-mail address that is not verified. */
export type Verdict = 'eligible' | 'not-listed' | 'unproven';

/**
 * Whether somebody is on the list of a voucher: two queries for 500 people.
 */
@Injectable()
export class EligiblePeople {
  private readonly verdicts: PeopleVerdicts<Applicant, Verdict>;

  constructor(
    private readonly lists: EligibilityLists,
    private readonly customers: Customers,
  ) {
    this.verdicts = new PeopleVerdicts((voucherId, people) =>
      this.ask(
        voucherId,
        people.map(({ userId }) => userId),
      ),
    );
  }

  /** What this process found out a moment ago. */
  known(voucherId: string, userId: string): Verdict | undefined {
    return this.verdicts.known(voucherId, userId);
  }

  /** @throws Problem overloaded, dependency_unavailable */
  find(voucherId: string, userId: string): Promise<Verdict> {
    return this.verdicts.find(voucherId, { userId });
  }

  private async ask(voucherId: string, userIds: readonly string[]): Promise<readonly Verdict[]> {
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
