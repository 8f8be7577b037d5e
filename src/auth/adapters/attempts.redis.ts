import { reach } from '../../redis/reach.js';
import { KEY_PREFIX, type RedisClient } from '../../redis/redis.js';
import { RedisScript } from '../../redis/script.js';
import {
  ATTEMPT_LEASE_MS,
  Attempts,
  type AttemptOutcome,
  type AttemptSubject,
  type AttemptTurn,
} from '../ports/attempts.js';

/** What `end-attempt-2.lua` does to the count of wrong tries. */
const CHANGES = { keep: 0, forget: 1, count: 2 } as const;

/** Guesses counted for all instances together. */
export class RedisAttempts extends Attempts {
  private readonly beginScript = new RedisScript('begin-attempt-2.lua');
  private readonly endScript = new RedisScript('end-attempt-2.lua');

  constructor(private readonly redis: RedisClient) {
    super();
  }

  async begin(whose: AttemptSubject, id: string): Promise<AttemptTurn> {
    const { freeTries, maxDelayMs, atOnce } = whose.policy;
    const args = [freeTries, maxDelayMs, atOnce, ATTEMPT_LEASE_MS, id];
    const reply = Number(await reach(this.beginScript.run(this.redis, keysOf(whose), args)));
    if (reply === 0) return 'judge';
    if (reply === -1) return 'busy';
    if (!(reply > 0)) throw new Error(`begin-attempt-2.lua answered ${reply}`);
    return { waitMs: reply };
  }

  async end(whose: AttemptSubject, id: string, outcome: AttemptOutcome): Promise<void> {
    const { freeTries, firstDelayMs, maxDelayMs, memoryMs, afterSuccess } = whose.policy;
    const judged = outcome === 'right' && afterSuccess === 'forget' ? CHANGES.forget : CHANGES.keep;
    const change = outcome === 'wrong' ? CHANGES.count : judged;
    const args = [id, change, freeTries, firstDelayMs, maxDelayMs, memoryMs];
    const reply = Number(await reach(this.endScript.run(this.redis, keysOf(whose), args)));
    if (!(reply >= 0)) throw new Error(`end-attempt-2.lua answered ${reply}`);
  }
}

const keysOf = ({ policy, subject }: AttemptSubject): [string, string] => [
  `${KEY_PREFIX}attempts:${policy.name}:{${subject}}`,
  `${KEY_PREFIX}attempts-under-way:${policy.name}:{${subject}}`,
];
