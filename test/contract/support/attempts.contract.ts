import { beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { AttemptPolicy, Attempts, AttemptSubject } from '../../../src/auth/index.js';
import type { AttemptOutcome, AttemptTurn } from '../../../src/auth/ports/attempts.js';

export interface AttemptsHarness {
  readonly attempts: Attempts;
  /** Lets `ms` pass for one subject. */
  pass(whose: AttemptSubject, ms: number): Promise<void>;
}

export const ACCOUNT: AttemptPolicy = {
  name: 'account',
  freeTries: 3,
  firstDelayMs: 10_000,
  maxDelayMs: 60_000,
  memoryMs: 600_000,
  atOnce: 1,
  afterSuccess: 'forget',
};
const ADDRESS: AttemptPolicy = { ...ACCOUNT, name: 'address', atOnce: 7, afterSuccess: 'keep' };

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

    const begin = (policy = ACCOUNT, id: string = randomUUID()) => attempts.begin({ policy, subject }, id);
    const end = (id: string, outcome: AttemptOutcome, policy = ACCOUNT) =>
      attempts.end({ policy, subject }, id, outcome);
    const pass = (ms: number, policy = ACCOUNT) => harness.pass({ policy, subject }, ms);
    /** One try from its begin to its end. */
    const guess = async (outcome: AttemptOutcome, policy = ACCOUNT): Promise<AttemptTurn> => {
      const id = randomUUID();
      const turn = await begin(policy, id);
      if (turn === 'judge') await end(id, outcome, policy);
      return turn;
    };
    const useUpFreeTries = async (policy = ACCOUNT): Promise<void> => {
      for (let n = 0; n < policy.freeTries; n++) expect(await guess('wrong', policy)).toBe('judge');
    };
    const expectDelay = (turn: AttemptTurn, ms: number): void => {
      const { waitMs } = turn as { waitMs: number };
      expect(waitMs).toBeGreaterThan(ms - SLACK_MS);
      expect(waitMs).toBeLessThanOrEqual(ms);
    };

    it('let the free tries through at once, and delay the next', async () => {
      await useUpFreeTries();
      expectDelay(await begin(), 10_000);
    });

    it('count the wrong ones alone', async () => {
      for (let n = 0; n < 10; n++) {
        expect(await guess('unjudged')).toBe('judge');
        expect(await guess('right', ADDRESS)).toBe('judge');
      }
      await useUpFreeTries();
      await useUpFreeTries(ADDRESS);
      expectDelay(await begin(), 10_000);
      expectDelay(await begin(ADDRESS), 10_000);
    });

    it('let no more than the free tries through of a hundred at once', async () => {
      const turns = await Promise.all(Array.from({ length: 100 }, () => begin()));
      expect(turns.filter((turn) => turn === 'judge')).toHaveLength(ACCOUNT.freeTries);
      expect(turns.filter((turn) => turn === 'busy')).toHaveLength(100 - ACCOUNT.freeTries);
    });

    it('have room for as many at once as their policy says, however many were wrong', async () => {
      const judged = async (policy: AttemptPolicy): Promise<number> => {
        const turns = await Promise.all(Array.from({ length: 20 }, () => begin(policy)));
        return turns.filter((turn) => turn === 'judge').length;
      };
      await guess('wrong');
      expect(await judged(ACCOUNT)).toBe(ACCOUNT.freeTries - 1);
      await guess('wrong', ADDRESS);
      expect(await judged(ADDRESS)).toBe(ADDRESS.atOnce);
    });

    it('are judged one after the other once the free ones are used up', async () => {
      await useUpFreeTries();
      await pass(10_000);
      expect(await begin(ACCOUNT, 'one')).toBe('judge');
      expect(await begin()).toBe('busy');
      await end('one', 'unjudged');
      expect(await begin()).toBe('judge');
    });

    it('make room again when they end, or when nobody ended them in time', async () => {
      const ids = ['a', 'b', 'c'];
      for (const id of ids) expect(await begin(ACCOUNT, id)).toBe('judge');
      expect(await begin()).toBe('busy');
      await end('b', 'unjudged');
      expect(await begin(ACCOUNT, 'd')).toBe('judge');
      expect(await begin()).toBe('busy');
      await pass(30_001);
      expect(await guess('unjudged')).toBe('judge');
    });

    it('count a wrong one whose time under way was over', async () => {
      for (const id of ['a', 'b', 'c']) expect(await begin(ACCOUNT, id)).toBe('judge');
      await pass(30_001);
      for (const id of ['a', 'b', 'c']) await end(id, 'wrong');
      expectDelay(await begin(), 10_000);
    });

    it('double the delay with every further try, up to the longest', async () => {
      await useUpFreeTries();
      for (const delay of [10_000, 20_000, 40_000, 60_000, 60_000]) {
        expectDelay(await begin(), delay);
        await pass(delay);
        expect(await guess('wrong')).toBe('judge');
      }
    });

    it('do not count what is delayed', async () => {
      await useUpFreeTries();
      for (let n = 0; n < 10; n++) expectDelay(await begin(), 10_000);
      await pass(10_000);
      expect(await guess('wrong')).toBe('judge');
      expectDelay(await begin(), 20_000);
    });

    it('are forgotten some time after the last wrong try', async () => {
      await useUpFreeTries();
      await pass(ACCOUNT.memoryMs);
      await useUpFreeTries();
      expectDelay(await begin(), 10_000);
    });

    it('of an account are forgotten with a right guess', async () => {
      await guess('wrong');
      await guess('wrong');
      await guess('right');
      await useUpFreeTries();
      expectDelay(await begin(), 10_000);
    });

    it('of an address are not', async () => {
      await guess('wrong', ADDRESS);
      await guess('wrong', ADDRESS);
      expect(await guess('right', ADDRESS)).toBe('judge');
      expect(await guess('wrong', ADDRESS)).toBe('judge');
      expectDelay(await begin(ADDRESS), 10_000);
    });

    it('of one subject and policy say nothing of another', async () => {
      await useUpFreeTries();
      expect(await begin(ADDRESS)).toBe('judge');
      expect(await attempts.begin({ policy: ACCOUNT, subject: randomUUID() }, 'x')).toBe('judge');
    });

    it('bear the end of what nobody began', async () => {
      await end('nobody', 'right');
      await end('nobody', 'unjudged', ADDRESS);
      expect(await begin()).toBe('judge');
    });
  });
}
