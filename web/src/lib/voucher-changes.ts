import type { Voucher, VoucherStatus } from '../api/types.js';
import { formOf, type TimeName, type VoucherForm, type VoucherTerms } from './voucher-form.js';

/**
 * The terms that somebody changed. Times are compared as they were shown: a second that the form does not show is no change, and
 * a time in another zone is one.
 */
export function changesOf(
  terms: VoucherTerms,
  form: VoucherForm,
  voucher: Voucher,
  now: number,
): Partial<VoucherTerms> {
  const before = formOf(voucher, now);
  const sameTime = (name: TimeName): boolean =>
    form[name] === before[name] &&
    (form[name] === '' || form.timeZone === before.timeZone) &&
    form.second.includes(name) === before.second.includes(name);
  const same: Partial<Record<keyof VoucherTerms, boolean>> = {
    opens_at: form.openNow === before.openNow && (form.openNow || sameTime('opensAt')),
    closes_at: sameTime('closesAt'),
    redeem_from: sameTime('redeemFrom'),
    redeem_until: sameTime('redeemUntil'),
    cancellable_until: sameTime('cancellableUntil'),
  };
  const names = Object.keys(terms) as (keyof VoucherTerms)[];
  const changed = names.filter(
    (name) => !isFixed(voucher.status, name) && !(same[name] ?? isSame(terms[name], voucher[name])),
  );
  return Object.fromEntries(changed.map((name) => [name, terms[name]]));
}

/** Members in whatever order. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const [left, right] = [Object.entries(a), new Map(Object.entries(b))];
  return left.length === right.size && left.every(([name, value]) => right.get(name) === value);
}

const SCHEDULED: readonly (keyof VoucherTerms)[] = [
  'total_stock',
  'protection',
  'requires',
  'one_per',
  'asks_contact',
  'confirm_within_s',
  'confirm_by',
];
const RUNNING: readonly (keyof VoucherTerms)[] = [
  ...SCHEDULED,
  'per_user_limit',
  'opens_at',
  'time_zone',
  'face_value',
];
const OVER: readonly (keyof VoucherTerms)[] = [...RUNNING, 'closes_at', 'cancellable_until'];

/** What stays as people saw it from then on; the server has the last word. */
const FIXED: Readonly<Record<VoucherStatus, readonly (keyof VoucherTerms)[]>> = {
  draft: [],
  scheduled: SCHEDULED,
  live: RUNNING,
  paused: RUNNING,
  ended: OVER,
  archived: OVER,
};

/** What can no longer be changed in a state. */
export const fixedIn = (status: VoucherStatus): readonly (keyof VoucherTerms)[] => FIXED[status];

export const isFixed = (status: VoucherStatus | undefined, name: keyof VoucherTerms): boolean =>
  status !== undefined && FIXED[status].includes(name);
