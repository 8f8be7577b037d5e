import { expect, it } from '@jest/globals';
import { loadConfig } from '../../../src/config/index.js';
import { Metrics } from '../../../src/observability/metrics.js';
import { LocalRateLimiter } from '../../../src/rate-limit/adapters/rate-limiter.local.js';
import { ClientLimits } from '../../../src/rate-limit/client-limits.js';
import {
  BlockList,
  Offences,
  rateLimited,
  rateLimitHeaders,
  rateLimitLines,
  type Block,
  type Offence,
} from '../../../src/rate-limit/index.js';
import { headerLines } from '../../../src/http/fast-path/answer-text.js';
import { rule } from '../../contract/support/rate-limiter.contract.js';
import { ManualClock } from '../../support/manual-clock.js';

class Blocks extends BlockList {
  onBlocked(): void {}
  blockedAddress(address: string): Block | undefined {
    if (address !== '203.0.113.7') return undefined;
    const subject = { kind: 'address', range: address } as const;
    const rest = { reason: 'a test', source: 'admin', createdBy: null, createdAt: 0, endsAt: null } as const;
    return { id: 'blk_1', subject, ...rest };
  }
  blockedUser(): undefined {
    return undefined;
  }
}

class Notes extends Offences {
  readonly seen: [Offence, object][] = [];
  note(offence: Offence, who: object): void {
    this.seen.push([offence, who]);
  }
}

it('refuses a blocked address without counting it, and notes who is above the limit', async () => {
  const [metrics, notes] = [new Metrics(), new Notes()];
  const config = loadConfig({ RATE_LIMIT_GLOBAL: '2/10s local' });
  const local = new LocalRateLimiter(new ManualClock(), 1_000);
  const limits = new ClientLimits(config, local, metrics, new Blocks(), notes, new ManualClock());
  const codes = ['203.0.113.7', '203.0.113.8', '203.0.113.8', '203.0.113.8'].map(
    (address) => (limits.blockRefusal(address) ?? limits.rateRefusal(address))?.code,
  );
  expect(codes).toEqual(['blocked', undefined, undefined, 'rate_limited']);
  expect(notes.seen).toEqual([['rate_limited', { address: '203.0.113.8' }]]);
  const text = await metrics.registry.metrics();
  for (const line of [
    'funnel_total{layer="block_list",outcome="refused",reason="address"} 1',
    'funnel_total{layer="block_list",outcome="passed",reason=""} 3',
    'funnel_total{layer="address",outcome="passed",reason=""} 2',
    'funnel_total{layer="address",outcome="refused",reason="global"} 1',
  ])
    expect(text).toContain(line);
});

it('tells of all limits that were judged, and to wait for the longest', () => {
  const decision = { allowed: true, limit: 5, remaining: 4, resetMs: 4_001, retryAfterMs: 0 };
  const refused = { ...decision, allowed: false, remaining: 0, retryAfterMs: 1_500 };
  const problem = rateLimited(
    { rule: rule({ name: 'one' }), decision },
    { rule: rule({ name: 'two', windowMs: 60_000 }), decision: refused },
    { rule: rule({ name: 'three' }), decision: { ...refused, retryAfterMs: 2_500 } },
  );
  expect(problem.options.retryAfterS).toBe(2.5);
  expect(problem.options.headers).toEqual({
    'ratelimit-policy': '"one";q=5;w=2, "two";q=5;w=60, "three";q=5;w=2',
    ratelimit: '"one";r=4;t=2, "two";r=0;t=5, "three";r=0;t=2',
    'ratelimit-limit': '5',
    'ratelimit-remaining': '0',
    'ratelimit-reset': '5',
  });
});

it('writes the same of a limit as lines and as headers', () => {
  const decision = { allowed: true, limit: 5, remaining: 4, resetMs: 4_001, retryAfterMs: 0 };
  const limits = [
    { rule: rule({ name: 'one' }), decision },
    { rule: rule({ name: 'two', limit: 7, windowMs: 1_500 }), decision: { ...decision, remaining: 0 } },
  ];
  // Twice, as what is the same for each request is kept.
  for (const limit of [...limits, ...limits]) {
    expect(rateLimitHeaders([limit])).toEqual(rateLimited(limit).options.headers);
    expect(rateLimitLines(limit)).toBe(headerLines(rateLimitHeaders([limit])));
  }
  expect(limits.map((limit) => headerLines(rateLimitHeaders([limit])))).toEqual([
    'ratelimit-policy: "one";q=5;w=2\r\nratelimit: "one";r=4;t=2\r\nratelimit-limit: 5\r\nratelimit-remaining: 4\r\nratelimit-reset: 2\r\n',
    'ratelimit-policy: "two";q=7;w=2\r\nratelimit: "two";r=0;t=2\r\nratelimit-limit: 7\r\nratelimit-remaining: 0\r\nratelimit-reset: 2\r\n',
  ]);
});
