import { createHash } from 'node:crypto';
import type { RateLimitRule } from '../ports/rate-limiter.js';

const LONGEST_SUBJECT_BYTES = 128;

/**
 * Names what a subject did under a rule. The rule's numbers are part of it: after a change of configuration, counts of the old
 * rule are not read as counts of the new one. The braces are the hash tag.
 */
export function limitKey(rule: RateLimitRule, subject: string): string {
  return `${ruleKey(rule)}:{${boundedSubject(subject)}}`;
}

export const ruleKey = ({ name, algorithm, limit, windowMs }: RateLimitRule): string =>
  `${name}:${algorithm}:${limit}:${windowMs}`;

/** A digest stands for what is long: keys are bounded whatever a client sends. */
export const boundedSubject = (subject: string): string =>
  // No UTF-16 unit needs more than three bytes of UTF-8: the short ones need no exact count.
  subject.length * 3 <= LONGEST_SUBJECT_BYTES || Buffer.byteLength(subject) <= LONGEST_SUBJECT_BYTES
    ? subject
    : createHash('sha256').update(subject).digest('base64url');

/** @throws RangeError where no wait could ever make room for the cost */
export function requireCost(rule: RateLimitRule, cost: number): void {
  if (!Number.isInteger(cost) || cost < 1 || cost > rule.limit)
    throw new RangeError(`a cost under ${rule.name} is a whole number from 1 to ${rule.limit}`);
}
