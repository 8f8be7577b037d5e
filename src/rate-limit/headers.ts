import type { FastifyReply } from 'fastify';
import { Problem } from '../shared/problems.js';
import type { RateLimitDecision, RateLimitRule } from './ports/rate-limiter.js';

/** A rule and what was decided by it. */
export interface JudgedLimit {
  readonly rule: RateLimitRule;
  readonly decision: RateLimitDecision;
}

/**
 * `RateLimit-Policy: "claim";q=5;w=5` and `RateLimit: "claim";r=4;t=5`: what is allowed in how many seconds, and what is left
 * until all is there again (draft-ietf-httpapi-ratelimit-headers-09; structured fields, RFC 9651). Seconds are rounded up.
 */
export function rateLimitHeaders(limits: readonly JudgedLimit[]): Record<string, string> {
  return {
    'ratelimit-policy': limits.map(policyOf).join(', '),
    ratelimit: limits.map(standingOf).join(', '),
  };
}

const policies = new WeakMap<RateLimitRule, string>();

function policyOf({ rule }: JudgedLimit): string {
  let policy = policies.get(rule);
  if (policy === undefined) {
    policy = `"${rule.name}";q=${rule.limit};w=${seconds(rule.windowMs)}`;
    policies.set(rule, policy);
  }
  return policy;
}

const standingOf = ({ rule, decision }: JudgedLimit): string =>
  `"${rule.name}";r=${decision.remaining};t=${seconds(decision.resetMs)}`;

/** Tells the client how it stands with these limits, after those that the reply tells of already. */
export function announceLimits(reply: FastifyReply, ...limits: readonly JudgedLimit[]): void {
  for (const [name, value] of Object.entries(rateLimitHeaders(limits))) {
    const before = reply.getHeader(name);
    void reply.header(name, before === undefined ? value : `${String(before)}, ${value}`);
  }
}

/** The refusal by one or several limits, with `Retry-After` and the headers of all that were judged. */
export function rateLimited(...limits: readonly JudgedLimit[]): Problem {
  const waits = limits.filter(({ decision }) => !decision.allowed);
  const longest = Math.max(0, ...waits.map(({ decision }) => decision.retryAfterMs));
  const { rule } = waits[0] ?? {};
  return new Problem('rate_limited', {
    retryAfterS: longest / 1_000,
    headers: rateLimitHeaders(limits),
    ...(rule
      ? { detail: `The limit "${rule.name}" is ${rule.limit} in ${rule.windowMs / 1_000} s` }
      : undefined),
  });
}

const seconds = (ms: number): number => Math.ceil(ms / 1_000);
