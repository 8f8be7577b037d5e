import { describe, expect, it } from '@jest/globals';
import { gatewayLimits } from '../../../../src/voucher/domain/gateway-limits.js';
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

const GATEWAY = { requestsOfAddress: 200, atOnceOfAddress: 100, workerConnections: 6_000, workers: 2 };

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
    gateway: GATEWAY,
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

describe('the limits that a gateway tells', () => {
  it.each<[string, ReturnType<typeof gatewayLimits>]>([
    [
      'rate=50r/s burst=100 connections=200 worker_connections=8192 workers=auto',
      { requestsOfAddress: 150, atOnceOfAddress: 200, workerConnections: 8_192, workers: undefined },
    ],
    [
      'rate=3000r/m burst=0 connections=1 worker_connections=64 workers=4',
      { requestsOfAddress: 50, atOnceOfAddress: 1, workerConnections: 64, workers: 4 },
    ],
    ['rate=50r/h burst=100 connections=200 worker_connections=8192 workers=auto', undefined],
    ['rate=50r/s burst=100', undefined],
    ['', undefined],
  ])('%s', (told, limits) => {
    expect(gatewayLimits(told)).toEqual(limits);
  });
});

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
      'gateway_connections passed',
      'requests_per_address passed',
      'gateway_per_address passed',
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
      { requests_at_once: 'warning', gateway_connections: 'warning' },
    ],
    [
      'more than can watch',
      { ...capacity({ requestsAtOnce: 1e6 }), expected: { crowd: 40_001 } },
      {
        watchers: 'warning',
        gateway_connections: 'warning',
      },
    ],
    ['no gateway', { ...capacity({ gateway: 'none' }), expected: { crowd: 6_000, perAddress: 100 } }, {}],
    [
      'a gateway that does not tell its limits',
      capacity({ gateway: undefined }),
      { gateway_connections: 'unknown', gateway_per_address: 'unknown' },
    ],
    [
      'a gateway with as many workers as it has cores, where one is too few',
      capacity({ gateway: { ...GATEWAY, workerConnections: 11_999, workers: undefined } }),
      { gateway_connections: 'unknown' },
    ],
    [
      'such a gateway where one worker is enough',
      capacity({ gateway: { ...GATEWAY, workerConnections: 12_000, workers: undefined } }),
      {},
    ],
    [
      'an office above the rate of the gateway',
      capacity({ gateway: { ...GATEWAY, requestsOfAddress: 199 } }),
      { gateway_per_address: 'warning' },
    ],
    [
      'an office above what the gateway answers it at a time',
      capacity({ gateway: { ...GATEWAY, atOnceOfAddress: 99 } }),
      { gateway_per_address: 'warning' },
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
        gateway_per_address: 'warning',
      },
    ],
    [
      'no limit of addresses',
      { ...capacity({ requestsPerAddress: undefined, gateway: 'none' }), expected: { perAddress: 1e6 } },
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
