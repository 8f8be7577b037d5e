import { describe, expect, it } from '@jest/globals';
import {
  preflight,
  publishedStatus,
  WARM_BEFORE_OPENING_MS,
  type PreflightFacts,
  type PreflightName,
} from '../../../../src/voucher/domain/preflight.js';

/** 17:00 in Shanghai. */
const NOW = Date.parse('2030-01-01T09:00:00Z');
const HOUR = 3_600_000;

const FACTS: PreflightFacts = {
  terms: {
    status: 'draft',
    opensAt: NOW + HOUR,
    closesAt: NOW + 2 * HOUR,
    totalStock: 1_000,
    perUserLimit: 1,
    timeZone: 'Asia/Shanghai',
  },
  merchantZone: 'Asia/Shanghai',
  gateIsOpen: true,
  cacheAnswers: true,
  capacity: {
    instances: 2,
    requestsAtOnce: 3_000,
    watchers: 20_000,
    pendingClaims: 1_000,
    requestsPerAddress: 200,
  },
  expected: { crowd: 6_000, perAddress: 100 },
};

const terms = (changes: Partial<PreflightFacts['terms']>): Partial<PreflightFacts> => ({
  terms: { ...FACTS.terms, ...changes },
});
const capacity = (changes: Partial<PreflightFacts['capacity']>): Partial<PreflightFacts> => ({
  capacity: { ...FACTS.capacity, ...changes },
});

/** What is not passed. */
const found = (changes: Partial<PreflightFacts>): Record<string, string> =>
  Object.fromEntries(
    preflight({ ...FACTS, ...changes }, NOW)
      .filter(({ result }) => result !== 'passed')
      .map(({ name, result }) => [name, result]),
  );

describe('a preflight', () => {
  it('passes a draft that is in order, at the very limits of the installation', () => {
    const checks = preflight(FACTS, NOW);
    expect(checks.map(({ name, result }) => `${name} ${result}`)).toEqual([
      'status passed',
      'closing_time passed',
      'opening_time passed',
      'opening_hour passed',
      'time_zone passed',
      'limit_per_user passed',
      'warm_up passed',
      'gate passed',
      'requests_at_once passed',
      'watchers passed',
      'pending_claims passed',
      'requests_per_address passed',
    ]);
  });

  it.each<[string, Partial<PreflightFacts>, Partial<Record<PreflightName, string>>]>([
    ['a voucher that is no draft', terms({ status: 'scheduled' }), { status: 'failed' }],
    [
      'an end that is now',
      terms({ opensAt: NOW - HOUR, closesAt: NOW }),
      {
        closing_time: 'failed',
        opening_time: 'warning',
        warm_up: 'warning',
      },
    ],
    ['an opening that is now', terms({ opensAt: NOW }), { opening_time: 'warning', warm_up: 'warning' }],
    [
      'an opening that is too near for the caches',
      terms({ opensAt: NOW + WARM_BEFORE_OPENING_MS }),
      {
        warm_up: 'warning',
      },
    ],
    ['a minute before midnight of the merchant', terms({ opensAt: NOW + 7 * HOUR - 60_000 }), {}],
    ['midnight of the merchant', terms({ opensAt: NOW + 7 * HOUR }), { opening_hour: 'warning' }],
    ['a minute before six', terms({ opensAt: NOW + 13 * HOUR - 60_000 }), { opening_hour: 'warning' }],
    ['six in the morning', terms({ opensAt: NOW + 13 * HOUR }), {}],
    ['another time zone', terms({ timeZone: 'UTC' }), { time_zone: 'warning' }],
    ['another name of the same time', terms({ timeZone: 'Asia/Singapore' }), {}],
    [
      'a merchant that cannot be read',
      { merchantZone: undefined },
      {
        opening_hour: 'unknown',
        time_zone: 'unknown',
      },
    ],
    ['a limit above the stock', terms({ perUserLimit: 1_001 }), { limit_per_user: 'warning' }],
    ['a cache that does not answer', { cacheAnswers: false }, { warm_up: 'warning' }],
    ['a gate that is closed', { gateIsOpen: false }, { gate: 'failed' }],
    [
      'one person more than is answered at once',
      { expected: { crowd: 6_001 } },
      { requests_at_once: 'warning' },
    ],
    [
      'more than can watch',
      { ...capacity({ requestsAtOnce: 1e6 }), expected: { crowd: 40_001 } },
      {
        watchers: 'warning',
      },
    ],
    [
      'instances that cannot be counted',
      capacity({ instances: undefined }),
      {
        requests_at_once: 'unknown',
        watchers: 'unknown',
      },
    ],
    ['more claims than may be on their way', terms({ totalStock: 1_001 }), { pending_claims: 'warning' }],
    [
      'a stock that the crowd cannot take',
      { ...terms({ totalStock: 9_999 }), expected: { crowd: 1_000 } },
      {},
    ],
    [
      'an office above the limit of an address',
      { expected: { perAddress: 101 } },
      {
        requests_per_address: 'warning',
      },
    ],
    [
      'no limit of addresses',
      { ...capacity({ requestsPerAddress: undefined }), expected: { perAddress: 1e6 } },
      {},
    ],
  ])('judges %s', (_what, changes, results) => {
    expect(found(changes)).toEqual(results);
  });

  it('leaves out what it was told no number for', () => {
    const names = preflight({ ...FACTS, expected: {} }, NOW).map(({ name }) => name);
    expect(names).toHaveLength(8);
    expect(names.at(-1)).toBe('gate');
  });

  it('says what publishing would make of it', () => {
    expect(publishedStatus(FACTS.terms, NOW)).toBe('scheduled');
    expect(publishedStatus({ ...FACTS.terms, opensAt: NOW }, NOW)).toBe('live');
    expect(publishedStatus({ ...FACTS.terms, closesAt: NOW }, NOW)).toBeUndefined();
    expect(publishedStatus({ ...FACTS.terms, status: 'live' }, NOW)).toBeUndefined();
  });
});
