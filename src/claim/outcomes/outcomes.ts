import { PROBLEMS, type Problem, type ProblemCode } from '../../common/problems.js';

/**
 * The layers between a crowd and a claim, outermost first. `service` is what broke or was too busy to judge, `request` what
 * was no claim of anybody, `storage` what the gate took and the log did not confirm in time.
 */
export const LAYERS = [
  'service',
  'block_list',
  'address',
  'request',
  'user',
  'challenge',
  'sold_out_flag',
  'eligibility',
  'gate',
  'storage',
] as const;
type Layer = (typeof LAYERS)[number];

/** What a claim was answered with, and by which layer. Known by `index` where it is counted, by `name` where it is kept. */
export interface Outcome {
  readonly index: number;
  readonly name: string;
  /** Only a voucher that exists is answered so. */
  readonly proves: boolean;
}

/** Refusals that are the gate's to make. */
const GATE: readonly ProblemCode[] = [
  'sold_out',
  'not_started',
  'paused',
  'voucher_ended',
  'claim_limit_reached',
  'idempotency_key_reused',
];

const LAYER_OF: Partial<Record<ProblemCode, Layer>> = {
  ...Object.fromEntries(GATE.map((code) => [code, 'gate'])),
  blocked: 'block_list',
  rate_limited: 'user',
  challenge_required: 'challenge',
  captcha_required: 'challenge',
  captcha_failed: 'challenge',
  not_eligible: 'eligibility',
  email_unverified: 'eligibility',
  phone_unverified: 'eligibility',
  one_per_person: 'eligibility',
  claim_unconfirmed: 'storage',
};

const layerOf = (code: ProblemCode): Layer =>
  LAYER_OF[code] ?? (PROBLEMS[code].status >= 500 ? 'service' : 'request');

const PROVING: readonly Layer[] = ['sold_out_flag', 'eligibility', 'gate', 'storage'];

const table: Outcome[] = [];
const byName = new Map<string, Outcome>();

function outcome(name: string, proves: boolean): Outcome {
  const known = byName.get(name);
  if (known) return known;
  const made = { index: table.length, name, proves };
  table.push(made);
  byName.set(name, made);
  return made;
}

const refusal = (layer: Layer, code: ProblemCode): Outcome =>
  outcome(`${layer}.${code}`, PROVING.includes(layer));

export const ACCEPTED = outcome('accepted', true);
export const REPLAYED = outcome('replayed', true);

const BY_CODE = new Map(
  (Object.keys(PROBLEMS) as ProblemCode[]).map((code) => [code, refusal(layerOf(code), code)]),
);
const BY_ADDRESS = refusal('address', 'rate_limited');
const BY_FLAG = refusal('sold_out_flag', 'sold_out');
/** Refusals before a claim link was given, which the gate would have made at the claim. */
const BEFORE_LINK = new Map(GATE.map((code) => [code, refusal('challenge', code)]));

/** Every outcome, by index. */
export const OUTCOMES: readonly Outcome[] = table;

/** @returns `undefined` for what is not there at all: it says nothing of a voucher */
export function refusedClaim({ code, options }: Problem): Outcome | undefined {
  if (code === 'not_found') return undefined;
  if (options.layer === 'address') return BY_ADDRESS;
  if (options.layer === 'sold_out_flag') return BY_FLAG;
  return BY_CODE.get(code);
}

/** The same for a request that asked for a claim link. */
export const refusedLink = (problem: Problem): Outcome | undefined =>
  BEFORE_LINK.get(problem.code) ?? refusedClaim(problem);

export interface FunnelLayer {
  readonly layer: Layer;
  /** What came through the layers before. */
  readonly seen: number;
  readonly refused: number;
  /** Most frequent first. */
  readonly reasons: readonly { readonly reason: string; readonly count: number }[];
}

/** Counts by outcome's name, in the order of the layers. */
export function funnelOf(counts: Readonly<Record<string, number>>): FunnelLayer[] {
  let left = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return LAYERS.map((layer) => {
    const reasons = Object.entries(counts)
      .filter(([name]) => name.startsWith(`${layer}.`))
      .map(([name, count]) => ({ reason: name.slice(layer.length + 1), count }))
      .sort((a, b) => b.count - a.count || a.reason.localeCompare(b.reason));
    const seen = left;
    const refused = reasons.reduce((sum, { count }) => sum + count, 0);
    left -= refused;
    return { layer, seen, refused, reasons };
  });
}
