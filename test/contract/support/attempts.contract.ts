import { beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { AttemptPolicy, Attempts } from '../../../src/auth/index.js';

export interface AttemptsHarness {
  readonly attempts: Attempts;
  /** Lets `ms` pass for one subject. */
  pass(policy: AttemptPolicy, subject: string, ms: number): Promise<void>;
}

const ACCOUNT: AttemptPolicy = {
  name: 'account',
  freeTries: 3,
  firstDelayMs: 10_000,
  maxDelayMs: 60_000,
  memoryMs: 600_000,
  afterSuccess: 'forget',
};
const ADDRESS: AttemptPolicy = { ...ACCOUNT, name: 'address', afterSuccess: 'take-back' };

/** On a server time goes on while a test runs: a delay has begun to run down. */
const SLACK_MS = 5_000;

/** What everybody who counts guesses promises. */
export function attemptsContract(make: () => AttemptsHarness): void {
  describe('attempts', () => {
    let harness: AttemptsHarness;
    let attempts: Attempts;
    let subject: string;

    beforeEach(() => {
      harness = make();
      attempts = harness.attempts;
      subject = randomUUID();
    });

    const take = (policy = ACCOUNT): Promise<number> => attempts.take(policy, subject);
    const useUpFreeTries = async (policy = ACCOUNT): Promise<void> => {
      for (let n = 0; n < policy.freeTries; n++) expect(await take(policy)).toBe(0);
    };
    const expectDelay = (wait: number, ms: number): void => {
      expect(wait).toBeGreaterThan(ms - SLACK_MS);
      expect(wait).toBeLessThanOrEqual(ms);
    };

    it('let the free tries through at once, and delay the next', async () => {
      await useUpFreeTries();
      expectDelay(await take(), 10_000);
    });

    it('let no more than the free tries through of a hundred at once', async () => {
      const waits = await Promise.all(Array.from({ length: 100 }, () => take()));
      expect(waits.filter((wait) => wait === 0)).toHaveLength(ACCOUNT.freeTries);
    });

    it('double the delay with every further try, up to the longest', async () => {
      await useUpFreeTries();
      for (const delay of [10_000, 20_000, 40_000, 60_000, 60_000]) {
        expectDelay(await take(), delay);
        await harness.pass(ACCOUNT, subject, delay);
        expect(await take()).toBe(0);
      }
    });

    it('do not count what is delayed', async () => {
      await useUpFreeTries();
      for (let n = 0; n < 10; n++) expectDelay(await take(), 10_000);
      await harness.pass(ACCOUNT, subject, 10_000);
      expect(await take()).toBe(0);
      expectDelay(await take(), 20_000);
    });

    it('are forgotten some time after the last try', async () => {
      await useUpFreeTries();
      await harness.pass(ACCOUNT, subject, ACCOUNT.memoryMs);
      await useUpFreeTries();
      expectDelay(await take(), 10_000);
    });

    it('of an account are forgotten with a right guess', async () => {
      await take();
      await take();
      await attempts.succeeded(ACCOUNT, subject);
      await useUpFreeTries();
      expectDelay(await take(), 10_000);
    });

    it('of an address lose one with a right guess and no more', async () => {
      await take(ADDRESS);
      await take(ADDRESS);
      for (let n = 0; n < 20; n++) {
        expect(await take(ADDRESS)).toBe(0);
        await attempts.succeeded(ADDRESS, subject);
      }
      expect(await take(ADDRESS)).toBe(0);
      expectDelay(await take(ADDRESS), 10_000);
    });

    it('of an address stay delayed where others of its tries were wrong', async () => {
      await useUpFreeTries(ADDRESS);
      await harness.pass(ADDRESS, subject, 10_000);
      expect(await take(ADDRESS)).toBe(0);
      await attempts.succeeded(ADDRESS, subject);
      expect(await take(ADDRESS)).toBeGreaterThan(0);
    });

    it('of one subject and policy say nothing of another', async () => {
      await useUpFreeTries();
      expect(await take(ADDRESS)).toBe(0);
      expect(await attempts.take(ACCOUNT, randomUUID())).toBe(0);
    });

    it('bear a success of nobody', async () => {
      await attempts.succeeded(ACCOUNT, subject);
      await attempts.succeeded(ADDRESS, subject);
      expect(await take()).toBe(0);
    });
  });
}
