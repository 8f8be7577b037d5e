import { Logger } from '@nestjs/common';
import type { Metrics } from '../../observability/metrics.js';
import { KEY_PREFIX, type RedisClient } from '../../redis/redis.js';
import { RedisScript } from '../../redis/script.js';
import type { Clock } from '../../common/clock.js';
import { limitKey, requireCost } from '../domain/key.js';
import { RateLimiter, type RateLimitDecision, type RateLimitRule } from '../ports/rate-limiter.js';
import type { LocalRateLimiter } from './rate-limiter.local.js';

/** First number of the replies of lua/slide-1.lua and lua/fill-1.lua. */
const REPLIES: Readonly<Record<number, boolean>> = { 0: false, 1: true };

/** A Redis that did not answer is left alone so long: a crowd must not wait for its timeout one by one. */
const AWAY_MS = 1_000;

/** Counts in Redis, by its clock, for all instances together. */
export class RedisRateLimiter extends RateLimiter {
  private readonly scripts = {
    'sliding-window': new RedisScript('slide-1.lua'),
    'token-bucket': new RedisScript('fill-1.lua'),
  };
  private readonly logger = new Logger('RateLimit');
  private awayUntil = 0;

  constructor(
    private readonly redis: RedisClient,
    private readonly local: LocalRateLimiter,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {
    super();
  }

  async take(rule: RateLimitRule, subject: string, cost = 1): Promise<RateLimitDecision> {
    requireCost(rule, cost);
    if (rule.scope === 'local') return this.local.judge(rule, subject, cost);
    const decision = await this.shared(rule, subject, cost);
    if (decision) return this.counted(rule, 'shared', decision);
    // Whom this process alone counts, it counts from nothing: meanwhile each instance allows up to the limit.
    if (rule.whenAway === 'count-locally')
      return this.counted(rule, 'local', this.local.judge(rule, subject, cost));
    const refusal = { allowed: false, limit: rule.limit, remaining: 0 };
    return this.counted(rule, 'none', { ...refusal, resetMs: AWAY_MS, retryAfterMs: AWAY_MS });
  }

  /** @returns `undefined` with Redis away */
  private async shared(
    rule: RateLimitRule,
    subject: string,
    cost: number,
  ): Promise<RateLimitDecision | undefined> {
    if (this.clock.monotonic() < this.awayUntil) return undefined;
    const key = `${KEY_PREFIX}rate:${limitKey(rule, subject)}`;
    try {
      const reply = await this.scripts[rule.algorithm].run(
        this.redis,
        [key],
        [rule.limit, rule.windowMs, cost],
      );
      return decisionOf(rule, reply as readonly number[]);
    } catch (error) {
      this.awayUntil = this.clock.monotonic() + AWAY_MS;
      this.logger.warn(
        { policy: rule.name, whenAway: rule.whenAway, err: error },
        'limit not counted in Redis',
      );
      return undefined;
    }
  }

  private counted(
    rule: RateLimitRule,
    by: 'shared' | 'local' | 'none',
    decision: RateLimitDecision,
  ): RateLimitDecision {
    this.metrics.rateLimits.inc({ policy: rule.name, counted: by });
    return decision;
  }
}

/** Reads a reply of lua/slide-1.lua or lua/fill-1.lua. @throws Error for one that they never give to valid arguments */
export function decisionOf(rule: RateLimitRule, reply: readonly number[]): RateLimitDecision {
  const [code = -1, remaining = 0, resetMs = 0, retryAfterMs = 0] = reply;
  const allowed = REPLIES[code];
  if (allowed === undefined) throw new Error(`the script of ${rule.algorithm} answered ${code}`);
  return { allowed, limit: rule.limit, remaining, resetMs, retryAfterMs };
}
