import { LRUCache } from 'lru-cache';
import { Batcher } from '../../common/batcher.js';
import { Problem } from '../../common/problems.js';
import { isUnreachable } from '../../database/database.js';

const MAX_REMEMBERED = 50_000;
/** How long a verdict holds: a person who presses again costs no query, and a new list or proof counts soon. */
const REMEMBERED_MS = 2_000;
const PEOPLE_PER_QUERY = 500;
const MAX_WAITING = 20_000;

/** Somebody who wants a voucher. */
export interface Applicant {
  readonly userId: string;
}

/**
 * What a check of people found out, for a moment. Those who ask in the same turn of the event loop, and while the database answers, are
 * asked for together.
 */
export class PeopleVerdicts<A extends Applicant, Verdict extends string> {
  private readonly verdicts = new LRUCache<string, Verdict>({ max: MAX_REMEMBERED, ttl: REMEMBERED_MS });
  private readonly batcher: Batcher<A, Verdict>;

  /** @param ask at most 500 people of one voucher; answers in their order */
  constructor(ask: (voucherId: string, people: readonly A[]) => Promise<readonly Verdict[]>) {
    this.batcher = new Batcher({ maxBatch: PEOPLE_PER_QUERY, maxWaiting: MAX_WAITING, concurrency: 2 }, ask);
  }

  /** What this process found out a moment ago. */
  known(voucherId: string, userId: string): Verdict | undefined {
    return this.verdicts.get(`${voucherId}/${userId}`);
  }

  /** Something has changed for this person. */
  forget(voucherId: string, userId: string): void {
    this.verdicts.delete(`${voucherId}/${userId}`);
  }

  /** @throws Problem overloaded, dependency_unavailable */
  async find(voucherId: string, applicant: A): Promise<Verdict> {
    const asked = this.batcher.add(voucherId, applicant);
    if (!asked) throw new Problem('overloaded');
    try {
      const verdict = await asked;
      this.verdicts.set(`${voucherId}/${applicant.userId}`, verdict);
      return verdict;
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      throw new Problem('dependency_unavailable', {
        detail: 'Who may claim this voucher cannot be looked up right now; nothing was taken',
        cause: error,
      });
    }
  }
}
