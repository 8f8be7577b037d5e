import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Customers, type ProvenAddresses } from '../../auth/index.js';
import { Batcher } from '../../common/batcher.js';
import { Problem } from '../../common/problems.js';
import { isUnreachable } from '../../database/database.js';
import type { ClaimConditions } from './claim-attempt.js';
import { PersonAccounts } from './person-accounts.js';

/** What a voucher asks of the person. */
export type Asked = Pick<ClaimConditions, 'requires' | 'onePer'>;

/** `one_per_person`: the person takes part by another account. */
export type ProofVerdict = 'met' | 'email_unverified' | 'phone_unverified' | 'one_per_person';

interface Question extends Asked {
  readonly userId: string;
}

const MAX_REMEMBERED = 50_000;
/** How long a verdict holds: a person who presses again costs no query, and a proof counts soon. */
const REMEMBERED_MS = 2_000;
const PEOPLE_PER_QUERY = 500;
const MAX_WAITING = 20_000;

/**
 * Whether somebody proved what a voucher asks for, and is one person by one account. The database knows; those who ask in the same turn
 * of the event loop, and while it answers, are asked for together (docs/adr/0089).
 */
@Injectable()
export class ProvenPeople {
  private readonly verdicts = new LRUCache<string, ProofVerdict>({ max: MAX_REMEMBERED, ttl: REMEMBERED_MS });
  private readonly batcher: Batcher<Question, ProofVerdict>;

  constructor(
    private readonly accounts: PersonAccounts,
    private readonly customers: Customers,
  ) {
    this.batcher = new Batcher(
      { maxBatch: PEOPLE_PER_QUERY, maxWaiting: MAX_WAITING, concurrency: 2 },
      (voucherId, questions) => this.ask(voucherId, questions),
    );
  }

  /** What this process found out a moment ago. */
  known(voucherId: string, userId: string): ProofVerdict | undefined {
    return this.verdicts.get(`${voucherId}/${userId}`);
  }

  /** @throws Problem overloaded, dependency_unavailable */
  async find(voucherId: string, userId: string, { requires, onePer }: Asked): Promise<ProofVerdict> {
    const asked = this.batcher.add(voucherId, { userId, requires, onePer });
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
