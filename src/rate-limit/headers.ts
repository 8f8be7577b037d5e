import type { FastifyReply } from 'fastify';
import { Problem } from '../common/problems.js';
import type { RateLimitDecision, RateLimitRule } from './ports/rate-limiter.js';

/** A rule and what was decided by it. */
export interface JudgedLimit {
  readonly rule: RateLimitRule;
  readonly decision: RateLimitDecision;
}

/**
 * `RateLimit-Policy: "claim";q=5;w=5` and `RateLimit: "claim";r=4;t=5`: what is allowed in how many seconds, and what is left
 * until all is there again (draft-ietf-httpapi-ratelimit-headers-09; structured fields, RFC 9651). Seconds are rounded up.
 * Beside them `RateLimit-Limit`, `-Remaining` and `-Reset` of the tightest limit, the older form (draft 06), which parsers in
 * use read where they make nothing of the newer one.
 */
export function rateLimitHeaders(limits: readonly JudgedLimit[]): Record<string, string> {
  const [first, ...others] = limits;
  if (!first) return {};
  if (others.length === 0) return headersOf(policyOf(first), standingOf(first), first);
  const tightest = others.reduce(
    (least, limit) => (limit.decision.remaining < least.decision.remaining ? limit : least),
    first,
  );
  return headersOf(limits.map(policyOf).join(', '), limits.map(standingOf).join(', '), tightest);
}

const headersOf = (policy: string, standing: string, tightest: JudgedLimit): Record<string, string> => ({
  'ratelimit-policy': policy,
  ratelimit: standing,
  'ratelimit-limit': String(tightest.rule.limit),
  [REMAINING]: String(tightest.decision.remaining),
  'ratelimit-reset': String(resetS(tightest)),
});

const REMAINING = 'ratelimit-remaining';
const JOINED = ['ratelimit-policy', 'ratelimit'];

const policies = new WeakMap<RateLimitRule, string>();

function policyOf({ rule }: JudgedLimit): string {
  let policy = policies.get(rule);
  if (policy === undefined) {
    policy = `"${rule.name}";q=${rule.limit};w=${seconds(rule.windowMs)}`;
    policies.set(rule, policy);
  }
  return policy;
}

const standingOf = (limit: JudgedLimit): string =>
  `"${limit.rule.name}";r=${limit.decision.remaining};t=${resetS(limit)}`;

/** Never longer than the window that the policy names: a sliding window forgets the last request a little after its length. */
const resetS = ({ rule, decision }: JudgedLimit): number =>
  Math.min(seconds(decision.resetMs), seconds(rule.windowMs));

/** Kept for each rule at most. */
const LINES_MAX = 1_000;
/** A year in seconds, which no window is longer than; what is left of a limit times that is still exact. */
const RESET_MAX = 2 ** 25;
const knownLines = new WeakMap<RateLimitRule, Map<number, string>>();

/** The same headers as lines of HTTP. In a crowd nearly all stand alike, so their text is there already, in one piece. */
export function rateLimitLines(limit: JudgedLimit): string {
  const { rule, decision } = limit;
  let known = knownLines.get(rule);
  if (!known) knownLines.set(rule, (known = new Map<number, string>()));
  const key = decision.remaining * RESET_MAX + resetS(limit);
  let lines = known.get(key);
  if (lines === undefined) {
    const headers = Object.entries(rateLimitHeaders([limit]));
    const joined = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    if (known.size >= LINES_MAX) known.clear();
    known.set(key, (lines = Buffer.from(joined, 'latin1').toString('latin1')));
  }
  return lines;
}

/** Tells the client how it stands with these limits, after those that the reply tells of already. */
export function announceLimits(reply: FastifyReply, ...limits: readonly JudgedLimit[]): void {
  const headers = rateLimitHeaders(limits);
  const told = reply.getHeader(REMAINING);
  if (told === undefined) return void reply.headers(headers);
  const isTighter = Number(headers[REMAINING]) < Number(told);
  for (const [name, value] of Object.entries(headers)) {
    const before = reply.getHeader(name);
    if (JOINED.includes(name))
      void reply.header(name, before === undefined ? value : `${String(before)}, ${value}`);
    else if (isTighter) void reply.header(name, value);
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
