import { wallClock } from '../../common/wall-clock.js';
import type { GatewayLimits } from './gateway-limits.js';
import { judgeMove, type VoucherStatus } from './lifecycle.js';

export const PREFLIGHT_CHECKS = [
  'status',
  'closing_time',
  'opening_time',
  'opening_hour',
  'time_zone',
  'limit_per_user',
  'warm_up',
  'gate',
  'requests_at_once',
  'watchers',
  'pending_claims',
  'requests_per_address',
  'gateway_connections',
  'gateway_per_address',
] as const;
export type PreflightName = (typeof PREFLIGHT_CHECKS)[number];

/** `failed`: publishing would be refused. `unknown`: what it takes to judge could not be read. */
export const PREFLIGHT_RESULTS = ['passed', 'warning', 'failed', 'unknown'] as const;
type PreflightResult = (typeof PREFLIGHT_RESULTS)[number];

export interface PreflightCheck {
  readonly name: PreflightName;
  readonly result: PreflightResult;
  readonly detail: string;
  /** The field of the voucher that it is about. */
  readonly field: string | null;
}

/** What is judged of the voucher. Times in milliseconds since 1970. */
export interface PreflightTerms {
  readonly status: VoucherStatus;
  readonly opensAt: number;
  readonly closesAt: number;
  readonly totalStock: number;
  readonly perUserLimit: number;
  readonly timeZone: string;
}

/** What the merchant expects; a check without its number is left out. */
interface ExpectedCrowd {
  /** People who press the button in the first second. */
  readonly crowd?: number | undefined;
  /** Those of them who share one address: an office, a shop's Wi-Fi. */
  readonly perAddress?: number | undefined;
}

/** What this installation takes, as it is now. */
export interface Capacity {
  /** Instances that answer; `undefined` where that could not be read. */
  readonly instances: number | undefined;
  /** Requests that one instance takes at once, a burst. */
  readonly requestsAtOnce: number;
  /** Streams of remaining stock that one instance serves. */
  readonly watchers: number;
  /** Claims of one voucher that may be on their way. */
  readonly pendingClaims: number;
  /** Requests that one address may send at once; `undefined` where there is no such limit. */
  readonly requestsPerAddress: number | undefined;
  /** Of the gateway that passed on this question; `undefined` where it does not tell them, `none` where there is no gateway. */
  readonly gateway: GatewayLimits | 'none' | undefined;
}

export interface PreflightFacts {
  readonly terms: PreflightTerms;
  /** `undefined` where the merchant could not be read. */
  readonly merchantZone: string | undefined;
  /** Whether the gate would take the voucher now. */
  readonly gateIsOpen: boolean;
  /** Whether the cache that all instances share answers. */
  readonly cacheAnswers: boolean;
  readonly capacity: Capacity;
  readonly expected: ExpectedCrowd;
}

/** Before opening the crowd arrives: from so long before it, the voucher is kept warm in each process that runs the jobs. */
export const WARM_BEFORE_OPENING_MS = 10_000;
/** Local hours [0, 6): who opens a drop then has most likely mistaken the zone. */
const NIGHT_ENDS_AT = 6;
/** What one person sends in the second of the opening: the claim, and a look at what became of it. */
const REQUESTS_PER_PERSON = 2;
/** Of the gateway, while it passes on a request: one from the person, one to an instance. */
const CONNECTIONS_PER_PERSON = 2;

type Verdict = readonly [PreflightResult, string];

/** A dry run of publishing at the time `now`: what would be refused, and what would most likely be regretted. */
export function preflight(facts: PreflightFacts, now: number): PreflightCheck[] {
  const { terms, expected } = facts;
  const check = (name: PreflightName, field: string | null, [result, detail]: Verdict): PreflightCheck => ({
    name,
    result,
    detail,
    field,
  });
  return [
    check('status', null, statusOf(terms)),
    check('closing_time', 'closes_at', closingTime(terms, now)),
    check('opening_time', 'opens_at', openingTime(terms, now)),
    check('opening_hour', 'opens_at', openingHour(facts)),
    check('time_zone', 'time_zone', timeZone(facts)),
    check('limit_per_user', 'per_user_limit', limitPerUser(terms)),
    check('warm_up', 'opens_at', warmUp(facts, now)),
    check('gate', null, gate(facts)),
    ...(expected.crowd === undefined
      ? []
      : [
          check('requests_at_once', null, requestsAtOnce(facts.capacity, expected.crowd)),
          check('watchers', null, watchers(facts.capacity, expected.crowd)),
          check('pending_claims', 'total_stock', pendingClaims(facts, expected.crowd)),
          check('gateway_connections', null, gatewayConnections(facts.capacity, expected.crowd)),
        ]),
    ...(expected.perAddress === undefined
      ? []
      : [
          check('requests_per_address', null, requestsPerAddress(facts.capacity, expected.perAddress)),
          check('gateway_per_address', null, gatewayPerAddress(facts.capacity, expected.perAddress)),
        ]),
  ];
}

/** What publishing would make of the voucher; `undefined` where it would be refused. */
export function publishedStatus(terms: PreflightTerms, now: number): VoucherStatus | undefined {
  const outcome = judgeMove(terms, 'publish', now);
  return outcome.kind === 'moved' ? outcome.status : undefined;
}

const statusOf = ({ status }: PreflightTerms): Verdict =>
  status === 'draft' ? ['passed', 'it is a draft'] : ['failed', `it is ${status}: only a draft is published`];

const closingTime = ({ closesAt }: PreflightTerms, now: number): Verdict =>
  closesAt > now ? ['passed', 'it is ahead'] : ['failed', 'it has passed: set a later one'];

const openingTime = ({ opensAt }: PreflightTerms, now: number): Verdict =>
  opensAt > now
    ? ['passed', 'it is ahead']
    : ['warning', 'it has passed: the voucher takes claims as soon as it is published'];

function openingHour({ terms, merchantZone }: PreflightFacts): Verdict {
  if (merchantZone === undefined) return ['unknown', 'the time zone of the merchant could not be read'];
  const time = wallTime(terms.opensAt, merchantZone);
  return Number(time.slice(0, 2)) < NIGHT_ENDS_AT
    ? ['warning', `it opens at night, ${time} in ${merchantZone}`]
    : ['passed', `it opens at ${time} in ${merchantZone}`];
}

/** Zones of other names that show the same time are the same to everybody who reads it. */
function timeZone({ terms, merchantZone }: PreflightFacts): Verdict {
  if (merchantZone === undefined) return ['unknown', 'the time zone of the merchant could not be read'];
  const [shown, own] = [wallTime(terms.opensAt, terms.timeZone), wallTime(terms.opensAt, merchantZone)];
  return shown === own
    ? ['passed', 'it shows the time of the merchant']
    : ['warning', `shoppers read ${shown} (${terms.timeZone}) where the merchant’s clock says ${own}`];
}

const limitPerUser = ({ perUserLimit, totalStock }: PreflightTerms): Verdict =>
  perUserLimit <= totalStock
    ? ['passed', 'it is within the stock']
    : ['warning', `one person may hold ${perUserLimit}, and there are ${totalStock}`];

function warmUp({ terms, cacheAnswers }: PreflightFacts, now: number): Verdict {
  if (!cacheAnswers)
    return [
      'warning',
      'the cache that the instances share does not answer: each will ask the database by itself',
    ];
  const aheadMs = terms.opensAt - now;
  return aheadMs > WARM_BEFORE_OPENING_MS
    ? ['passed', 'there is time to fill the caches before it opens']
    : [
        'warning',
        `the caches are cold: publish it ${WARM_BEFORE_OPENING_MS / 1_000} s before it opens or earlier`,
      ];
}

const gate = ({ gateIsOpen }: PreflightFacts): Verdict =>
  gateIsOpen
    ? ['passed', 'it takes vouchers']
    : ['failed', 'it cannot be reached, or is being rebuilt: publishing would be refused now']; // retryable

function requestsAtOnce({ instances, requestsAtOnce: each }: Capacity, crowd: number): Verdict {
  if (instances === undefined) return ['unknown', 'the instances could not be counted'];
  const all = instances * each;
  return crowd <= all
    ? ['passed', `${instances} instances take ${all} at once`]
    : [
        'warning',
        `${instances} instances take ${all} at once: the others are told to come again (503, Retry-After)`,
      ];
}

function watchers({ instances, watchers: each }: Capacity, crowd: number): Verdict {
  if (instances === undefined) return ['unknown', 'the instances could not be counted'];
  const all = instances * each;
  return crowd <= all
    ? ['passed', `${all} people can watch the stock as a stream`]
    : [
        'warning',
        `${all} people can watch the stock as a stream: the pages of the others ask again and again`,
      ];
}

function pendingClaims({ terms, capacity }: PreflightFacts, crowd: number): Verdict {
  const most = Math.min(terms.totalStock, crowd * terms.perUserLimit);
  return most <= capacity.pendingClaims
    ? ['passed', `${capacity.pendingClaims} claims may be on their way at once`]
    : [
        'warning',
        `up to ${most} claims may be on their way at once; above ${capacity.pendingClaims} they are refused with overloaded`,
      ];
}

function requestsPerAddress({ requestsPerAddress: most }: Capacity, people: number): Verdict {
  if (most === undefined) return ['passed', 'the requests of one address are not limited here'];
  const wanted = people * REQUESTS_PER_PERSON;
  return wanted <= most
    ? ['passed', `one address may send ${most} requests at once`]
    : [
        'warning',
        `one address may send ${most} requests at once; ${people} people behind one send about ${wanted}`,
      ];
}

const NO_GATEWAY: Verdict = ['passed', 'no gateway stands before this server'];
const SILENT_GATEWAY: Verdict = ['unknown', 'the gateway does not tell its limits'];

function gatewayConnections({ gateway: limits }: Capacity, crowd: number): Verdict {
  if (limits === 'none') return NO_GATEWAY;
  if (limits === undefined) return SILENT_GATEWAY;
  const { workerConnections: each, workers } = limits;
  const wanted = crowd * CONNECTIONS_PER_PERSON;
  if (wanted <= each * (workers ?? 1))
    return ['passed', `the gateway has ${each * (workers ?? 1)} connections`];
  return workers === undefined
    ? [
        'unknown',
        `the gateway has ${each} connections for each core of its machine; ${crowd} people take ${wanted}`,
      ]
    : ['warning', `the gateway has ${each * workers} connections; ${crowd} people take ${wanted}`];
}

function gatewayPerAddress({ gateway: limits }: Capacity, people: number): Verdict {
  if (limits === 'none') return NO_GATEWAY;
  if (limits === undefined) return SILENT_GATEWAY;
  const { requestsOfAddress: most, atOnceOfAddress: atOnce } = limits;
  const wanted = people * REQUESTS_PER_PERSON;
  if (wanted > most)
    return [
      'warning',
      `the gateway takes ${most} requests of one address in a second; ${people} people behind one send about ${wanted}`,
    ];
  return people > atOnce
    ? ['warning', `the gateway takes ${atOnce} requests of one address at a time; ${people} people share one`]
    : ['passed', `the gateway takes ${most} requests of one address in a second`];
}

/** `HH:MM` and, to tell zones apart, the day. */
function wallTime(at: number, zone: string): string {
  const [day = '', time = ''] = wallClock(zone)(at).split(' ');
  return `${time.slice(0, 5)} on ${day}`;
}
