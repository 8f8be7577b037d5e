/**
 * How often something may happen.
 * `sliding-window`: in no span of `windowMs`, wherever it begins, more than `limit`.
 * `token-bucket`: `limit` at once, refilled evenly so that an empty bucket is full after `windowMs`.
 */
export interface RateLimitRule {
  /** Name of the policy, part of the key and of the `RateLimit-Policy` header: lower case letters, digits, `-`. */
  readonly name: string;
  readonly algorithm: 'sliding-window' | 'token-bucket';
  /** 1 to 1,000,000. */
  readonly limit: number;
  /** 100 ms to 7 days. */
  readonly windowMs: number;
  /**
   * Where it is counted. `shared`: for all instances together. `local`: in this process alone, without a round trip.
   */
  readonly scope: 'shared' | 'local';
  /** With the shared store away: refuse, or count in this process meanwhile. */
  readonly whenAway: 'refuse' | 'count-locally';
}

/** The named policies; each has its setting `RATE_LIMIT_<NAME>`. */
export const RATE_LIMIT_POLICIES = [
  'global',
  'register',
  'login',
  'claim',
  'challenge',
  'write',
  'redemption',
  'status',
  'read',
] as const;

export type RateLimitPolicy = (typeof RATE_LIMIT_POLICIES)[number];

/** The rule of each policy; `undefined` where it is switched off. */
export type RateLimits = Readonly<Record<RateLimitPolicy, RateLimitRule | undefined>>;

export const RATE_LIMIT_FORM =
  'must be off, or limit/window and optional words, such as 5/5s sliding-window shared count-locally; ' +
  'limit 1 to 1000000, window 100ms to 7d';

export const CLAIM_LIMIT_FORM =
  'must be off, or limit/window such as 5/5s, with limit 1 to 1000000 and window 100ms to 7d; the gate counts claims: ' +
  'of the words only sliding-window, shared and refuse are true of it';

/** The gate counts claims in the call that decides them, and with the gate away there are no claims. */
const BY_GATE = { algorithm: 'sliding-window', scope: 'shared', whenAway: 'refuse' } as const;

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const MAX_LIMIT = 1_000_000;
const MIN_WINDOW_MS = 100;
const MAX_WINDOW_MS = 7 * UNIT_MS.d;

/** Each word sets one member of the rule. */
const WORDS: Readonly<Record<string, Partial<RateLimitRule>>> = {
  'sliding-window': { algorithm: 'sliding-window' },
  'token-bucket': { algorithm: 'token-bucket' },
  shared: { scope: 'shared' },
  local: { scope: 'local' },
  refuse: { whenAway: 'refuse' },
  'count-locally': { whenAway: 'count-locally' },
};

/**
 * Reads `off`, or `limit/window` with optional words: `5/5s sliding-window shared count-locally`. Without words it is a
 * token bucket, shared, counted locally while the shared store is away; `claim` is as the gate counts.
 * @returns the rule, `off`, or `undefined` where the text is wrong
 */
export function parseRateLimit(name: string, text: string): RateLimitRule | 'off' | undefined {
  const [rate = '', ...words] = text.trim().split(/\s+/);
  if (rate === 'off' && words.length === 0) return 'off';
  const [, count, length, unit] = /^(\d{1,7})\/(\d{1,9})(ms|s|m|h|d)$/.exec(rate) ?? [];
  if (count === undefined || !words.every((word) => Object.hasOwn(WORDS, word))) return undefined;
  const chosen = words.map((word) => WORDS[word] ?? {});
  const members = chosen.flatMap((part) => Object.keys(part));
  if (new Set(members).size < members.length) return undefined;
  const limit = Number(count);
  const windowMs = Number(length) * UNIT_MS[unit as keyof typeof UNIT_MS];
  if (limit < 1 || limit > MAX_LIMIT || windowMs < MIN_WINDOW_MS || windowMs > MAX_WINDOW_MS)
    return undefined;
  const rule: RateLimitRule = {
    name,
    algorithm: 'token-bucket',
    limit,
    windowMs,
    scope: 'shared',
    whenAway: 'count-locally',
  };
  const asked = Object.assign({}, ...chosen) as Partial<RateLimitRule>;
  if (name !== 'claim') return Object.freeze({ ...rule, ...asked });
  const counted = { ...rule, ...BY_GATE };
  // A word without effect would be taken for a setting that is in force.
  const isTrue = (Object.keys(asked) as (keyof RateLimitRule)[]).every((key) => asked[key] === counted[key]);
  return isTrue ? Object.freeze(counted) : undefined;
}
