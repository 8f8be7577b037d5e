import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Customers } from '../../auth/index.js';
import { Batcher } from '../../common/batcher.js';
import { Problem } from '../../common/problems.js';
import { isUnreachable } from '../../database/database.js';
import { EligibilityLists, personHash } from '../../voucher/index.js';

/** `unproven`: not by what the person proved; the account has an e-mail address that is not verified. */
export type Verdict = 'eligible' | 'not-listed' | 'unproven';

const MAX_REMEMBERED = 50_000;
/** How long a verdict holds: a person who presses again costs no query, and a new list counts soon. */
const REMEMBERED_MS = 2_000;
const PEOPLE_PER_QUERY = 500;
const MAX_WAITING = 20_000;

/**
 * Whether somebody is on the list of a voucher. The database knows; those who ask in the same turn of the event loop, and while it
 * answers, are asked for together, two queries for 500 of them.
 */
@Injectable()
export class EligiblePeople {
  private readonly verdicts = new LRUCache<string, Verdict>({ max: MAX_REMEMBERED, ttl: REMEMBERED_MS });
  private readonly batcher: Batcher<string, Verdict>;

  constructor(
    private readonly lists: EligibilityLists,
    private readonly customers: Customers,
  ) {
    this.batcher = new Batcher(
      { maxBatch: PEOPLE_PER_QUERY, maxWaiting: MAX_WAITING, concurrency: 2 },
      (voucherId, userIds) => this.ask(voucherId, userIds),
    );
  }

  /** What this process found out a moment ago. */
  known(voucherId: string, userId: string): Verdict | undefined {
    return this.verdicts.get(`${voucherId}/${userId}`);
  }

  /** @throws Problem overloaded, dependency_unavailable */
  async find(voucherId: string, userId: string): Promise<Verdict> {
    const asked = this.batcher.add(voucherId, userId);
    if (!asked) throw new Problem('overloaded');
    try {
      const verdict = await asked;
      this.verdicts.set(`${voucherId}/${userId}`, verdict);
      return verdict;
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      throw new Problem('dependency_unavailable', {
        detail: 'Who may claim this voucher cannot be looked up right now; nothing was taken',
        cause: error,
      });
    }
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
