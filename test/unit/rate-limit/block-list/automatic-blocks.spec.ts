import { beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { setImmediate as turn } from 'node:timers/promises';
import { loadConfig } from '../../../../src/config/index.js';
import { AutomaticBlocks } from '../../../../src/rate-limit/block-list/automatic-blocks.js';
import type { Blocks, NewBlock } from '../../../../src/rate-limit/block-list/blocks.js';
import type { StoredBlockList } from '../../../../src/rate-limit/block-list/stored-block-list.js';
import { RateLimiter, type RateLimitDecision, type RateLimitRule } from '../../../../src/rate-limit/index.js';
import { ManualClock } from '../../../support/manual-clock.js';

/** Counts without a window. */
class CountingLimiter extends RateLimiter {
  readonly rules = new Map<string, RateLimitRule>();
  private readonly counts = new Map<string, number>();

  async take(rule: RateLimitRule, subject: string): Promise<RateLimitDecision> {
    this.rules.set(rule.name, rule);
    const count = (this.counts.get(`${rule.name}/${subject}`) ?? 0) + 1;
    this.counts.set(`${rule.name}/${subject}`, count);
    const remaining = Math.max(0, rule.limit - count);
    return { allowed: count <= rule.limit, limit: rule.limit, remaining, resetMs: 0, retryAfterMs: 0 };
  }
}

const config = loadConfig({
  AUTO_BLOCK_WINDOW_S: '60',
  AUTO_BLOCK_DURATION_S: '900',
  AUTO_BLOCK_USER_CAPTCHAS: '3',
  AUTO_BLOCK_ADDRESS_CAPTCHAS: '5',
  AUTO_BLOCK_USER_REFUSALS: '4',
  AUTO_BLOCK_ADDRESS_REFUSALS: '0',
});

describe('automatic blocks', () => {
  let clock: ManualClock;
  let limiter: CountingLimiter;
  let added: NewBlock[];
  let blocked: Set<string>;
  let fail: boolean;
  let offences: AutomaticBlocks;

  beforeEach(() => {
    Logger.overrideLogger(false);
    clock = new ManualClock();
    limiter = new CountingLimiter();
    added = [];
    blocked = new Set();
    fail = false;
    const blocks = {
      add: async (block: NewBlock) => {
        await turn();
        if (fail) throw new Error('the database is away');
        added.push(block);
      },
    } as unknown as Blocks;
    const held = {
      blockedUser: (id: string) => (blocked.has(id) ? {} : undefined),
      blockedAddress: (address: string) => (blocked.has(address) ? {} : undefined),
    } as unknown as StoredBlockList;
    offences = new AutomaticBlocks(config, limiter, blocks, held, clock);
  });

  const settle = async () => {
    for (let i = 0; i < 5; i += 1) await turn();
  };
  const wrongCaptchas = async (count: number, who: { address?: string; userId?: string }) => {
    for (let i = 0; i < count; i += 1) offences.note('captcha_failed', who);
    await settle();
  };

  it('come with the offence that reaches the threshold, with reason and end', async () => {
    await wrongCaptchas(2, { userId: 'usr_1' });
    expect(added).toEqual([]);
    await wrongCaptchas(1, { userId: 'usr_1' });
    expect(added).toEqual([
      {
        subject: { kind: 'user', userId: 'usr_1' },
        reason: '3 wrong captcha answers within 60 s',
        source: 'automatic',
        createdBy: null,
        endsAt: clock.now() + 900_000,
      },
    ]);
    expect(limiter.rules.get('offence-captcha-failed-user')).toMatchObject({
      limit: 3,
      windowMs: 60_000,
      scope: 'shared',
    });
  });

  it('count each kind of offence and each subject by itself', async () => {
    await wrongCaptchas(2, { userId: 'usr_1' });
    await wrongCaptchas(2, { userId: 'usr_2' });
    for (let i = 0; i < 3; i += 1) offences.note('rate_limited', { userId: 'usr_1' });
    await settle();
    expect(added).toEqual([]);
    offences.note('rate_limited', { userId: 'usr_1' });
    await settle();
    expect(added.map(({ reason }) => reason)).toEqual(['4 requests above the rate limit within 60 s']);
  });

  it('hit an IPv4 address, and all of the /64 of an IPv6 address, later than a user', async () => {
    await wrongCaptchas(4, { address: '203.0.113.7' });
    expect(added).toEqual([]);
    await wrongCaptchas(1, { address: '203.0.113.7' });
    for (let i = 1; i <= 5; i += 1) await wrongCaptchas(1, { address: `2001:db8::${i}` });
    expect(added.map(({ subject }) => subject)).toEqual([
      { kind: 'address', range: '203.0.113.7' },
      { kind: 'address', range: '2001:db8::/64' },
    ]);
  });

  it('make one block of a burst, and none of who is blocked already', async () => {
    await wrongCaptchas(50, { userId: 'usr_1' });
    expect(added).toHaveLength(1);
    blocked.add('usr_2').add('203.0.113.7');
    await wrongCaptchas(50, { userId: 'usr_2', address: '203.0.113.7' });
    expect(added).toHaveLength(1);
  });

  it('spare this machine, whatever is no address, and what has the threshold 0', async () => {
    for (const address of ['127.0.0.1', '::1', '', 'nonsense']) await wrongCaptchas(50, { address });
    for (let i = 0; i < 50; i += 1) offences.note('rate_limited', { address: '203.0.113.7' });
    await settle();
    expect(added).toEqual([]);
  });

  it('never fail the request that offends, and are tried again with the next offence', async () => {
    fail = true;
    await wrongCaptchas(3, { userId: 'usr_1' });
    expect(added).toEqual([]);
    fail = false;
    await wrongCaptchas(1, { userId: 'usr_1' });
    expect(added).toHaveLength(1);
  });
});
