import type { RateLimitPolicy } from '../config/index.js';
import { rfc3339 } from '../common/clock.js';
import { Problem } from '../common/problems.js';
import type { Block } from './ports/block-list.js';

/**
 * What a block stops besides claims, by the policy of the route: claim links and captchas, and new accounts. Looking goes on:
 * holders have their wallet, owners their console, administrators everything, and all of them log in for it.
 */
export const CLOSED_TO_BLOCKED: ReadonlySet<RateLimitPolicy> = new Set(['challenge', 'register']);

/** The refusal by a block; says when it ends, where it does. @param now ms since 1970 */
export function blockedProblem({ endsAt }: Block, now: number): Problem {
  if (endsAt === null) return new Problem('blocked');
  return new Problem('blocked', {
    detail: 'This account or address is blocked for a while; you keep what you hold',
    retryAfterS: (endsAt - now) / 1_000,
    extensions: { ends_at: rfc3339(endsAt) },
  });
}
