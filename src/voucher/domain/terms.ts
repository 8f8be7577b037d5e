import { unitsOfBudget } from './budget.js';
import { CODES_PER_UNIT, unitsOfPattern } from './code-pattern.js';
import type { VoucherStatus } from './lifecycle.js';
import { unitsToCome, type Wave } from './waves.js';

/** Units that one voucher can have. */
export const MAX_STOCK = 10_000_000;

/** Times in milliseconds since 1970. */
export interface Terms {
  readonly opensAt: number;
  readonly closesAt: number;
  readonly redeemFrom: number | null;
  readonly redeemUntil: number | null;
  /** Seconds; `null` where claims are issued at once. */
  readonly confirmWithinS: number | null;
  readonly totalStock: number;
  readonly waves: readonly Wave[];
  readonly codePattern: string | null;
  readonly faceAmount: number | null;
  readonly budgetMinor: number | null;
}

export interface Breach {
  readonly field:
    | 'opens_at'
    | 'closes_at'
    | 'redeem_from'
    | 'redeem_until'
    | 'confirm_within_s'
    | 'waves'
    | 'code_pattern'
    | 'budget_minor';
  readonly code: string;
  readonly detail: string;
}

/** What is wrong with the times of a voucher. `now` is left out where the end of the window is not being set. */
export function termBreaches(terms: Terms, now?: number): Breach[] {
  const breaches: Breach[] = [];
  if (terms.opensAt >= terms.closesAt) {
    breaches.push({ field: 'opens_at', code: 'not_before_closes_at', detail: 'must be before closes_at' });
  }
  if (now !== undefined && terms.closesAt <= now) {
    breaches.push({ field: 'closes_at', code: 'in_the_past', detail: 'must be in the future' });
  }
  if (terms.redeemUntil !== null && terms.redeemUntil < terms.closesAt) {
    breaches.push({
      field: 'redeem_until',
      code: 'before_closes_at',
      detail: 'must not be before closes_at',
    });
  }
  if (terms.redeemFrom !== null && terms.redeemUntil !== null && terms.redeemFrom >= terms.redeemUntil) {
    breaches.push({
      field: 'redeem_from',
      code: 'not_before_redeem_until',
      detail: 'must be before redeem_until',
    });
  }
  if (
    terms.confirmWithinS !== null &&
    terms.redeemUntil !== null &&
    terms.redeemUntil >= terms.closesAt &&
    terms.closesAt + terms.confirmWithinS * 1_000 > terms.redeemUntil
  ) {
    breaches.push({
      field: 'confirm_within_s',
      code: 'beyond_redeem_until',
      detail: 'a claim made at the last moment could be confirmed after redeem_until',
    });
  }
  const budget = budgetBreach(terms);
  return [
    ...breaches,
    ...waveBreaches(terms),
    ...patternBreaches(terms),
    ...(budget === undefined ? [] : [budget]),
  ];
}

/** Every unit can be somebody's: so the budget bounds all of them, those of waves to come among them. */
export function budgetBreach({
  faceAmount,
  budgetMinor,
  totalStock,
  waves,
}: Pick<Terms, 'faceAmount' | 'budgetMinor' | 'totalStock' | 'waves'>): Breach | undefined {
  const field = 'budget_minor';
  if (budgetMinor === null) return undefined;
  if (faceAmount === null)
    return { field, code: 'without_face_value', detail: 'needs a face_value, which sets its currency' };
  const units = totalStock + unitsToCome(waves);
  const most = unitsOfBudget({ faceAmount, budgetMinor });
  if (units <= most) return undefined;
  const detail = `suffices for ${most} units of ${faceAmount}, and there are ${units} with those to come`;
  return { field, code: 'budget_exceeded', detail };
}

/** The more of the possible codes somebody has, the easier one is guessed. */
function patternBreaches({ codePattern, totalStock, waves }: Terms): Breach[] {
  if (codePattern === null) return [];
  const units = totalStock + unitsToCome(waves);
  const most = unitsOfPattern(codePattern);
  if (units <= most) return [];
  const detail = `has codes for ${most} units, ${CODES_PER_UNIT} for each, and there are ${units} with those to come: it needs more random places`;
  return [{ field: 'code_pattern', code: 'too_guessable', detail }];
}

/** Those that were released are facts. */
function waveBreaches({ opensAt, closesAt, totalStock, waves }: Terms): Breach[] {
  const field = 'waves';
  const toCome = waves.filter(({ released }) => !released);
  const breaches: Breach[] = [];
  if (toCome.some(({ at }, place) => at <= (toCome[place - 1]?.at ?? -Infinity)))
    breaches.push({ field, code: 'not_in_order', detail: 'must each be later than the one before' });
  if (toCome.some(({ at }) => at <= opensAt || at >= closesAt))
    breaches.push({ field, code: 'outside_window', detail: 'must be after opens_at and before closes_at' });
  if (totalStock + unitsToCome(waves) > MAX_STOCK)
    breaches.push({ field, code: 'too_many', detail: `may bring the stock to ${MAX_STOCK} units` });
  return breaches;
}

const DRAFT_FIELDS = [
  'title',
  'description',
  'total_stock',
  'per_user_limit',
  'opens_at',
  'closes_at',
  'redeem_from',
  'redeem_until',
  'rollback_within_s',
  'cancellable_until',
  'confirm_within_s',
  'confirm_by',
  'time_zone',
  'face_value',
  'protection',
  'requires',
  'one_per',
  'asks_contact',
  'waves',
  'code_pattern',
  'budget_minor',
] as const;
export type EditableField = (typeof DRAFT_FIELDS)[number];

/** Once people may hold units, nothing changes under them: the window can move its end, and the texts can be mended. */
const RUNNING_FIELDS: readonly EditableField[] = [
  'title',
  'description',
  'closes_at',
  'redeem_from',
  'redeem_until',
  'rollback_within_s',
  'cancellable_until',
  'waves',
  'budget_minor',
];

/** After the end nobody claims, but people hold units: texts can be mended, and the time to redeem them moved. */
const ENDED_FIELDS: readonly EditableField[] = [
  'title',
  'description',
  'redeem_from',
  'redeem_until',
  'rollback_within_s',
];

const EDITABLE: Readonly<Record<VoucherStatus, readonly EditableField[]>> = {
  draft: DRAFT_FIELDS,
  // Not the stock: the gate has counted it. Nor protection, which its pages have announced.
  scheduled: [...RUNNING_FIELDS, 'opens_at', 'time_zone', 'face_value', 'per_user_limit'],
  live: RUNNING_FIELDS,
  paused: RUNNING_FIELDS,
  ended: ENDED_FIELDS,
  archived: ENDED_FIELDS,
};

/** Those of `fields` that can no longer be changed in this state. */
export const fixedFields = (status: VoucherStatus, fields: readonly EditableField[]): EditableField[] =>
  fields.filter((field) => !EDITABLE[status].includes(field));

/** Whether an edit takes time to redeem away from those who hold units. */
export const takesTimeAway = (before: number | null, after: number | null, now: number): boolean =>
  after !== null && (before === null || (before > now && after < before));

/** Fields that the gate decides by. */
export const GATE_FIELDS: readonly EditableField[] = [
  'opens_at',
  'closes_at',
  'per_user_limit',
  'total_stock',
];
