import type { FieldProblem, Voucher, VoucherStatus } from '../api/types.js';
import { resolveWallTime, wallTime } from './zoned-time.js';

/** A voucher as somebody types it: numbers and money as text, times as wall-clock times of its zone. */
export interface VoucherForm {
  title: string;
  description: string;
  totalStock: string;
  perUserLimit: string;
  timeZone: string;
  opensAt: string;
  closesAt: string;
  redeemUntil: string;
  amount: string;
  currency: string;
  claimLink: boolean;
  captcha: Voucher['protection']['captcha'];
}

/** What the API takes; which fields of it may be left out is the API's matter. */
export type VoucherTerms = Pick<
  Voucher,
  | 'title'
  | 'description'
  | 'total_stock'
  | 'per_user_limit'
  | 'opens_at'
  | 'closes_at'
  | 'redeem_until'
  | 'time_zone'
  | 'face_value'
  | 'protection'
>;

export type Terms =
  | { readonly kind: 'good'; readonly terms: VoucherTerms }
  | { readonly kind: 'wrong'; readonly errors: readonly FieldProblem[] };

const HOUR_MS = 3_600_000;

/** Opens at the next full hour, for an hour. */
export function blankForm(timeZone: string, now: number): VoucherForm {
  const opens = Math.ceil((now + 1) / HOUR_MS) * HOUR_MS;
  return {
    title: '',
    description: '',
    totalStock: '',
    perUserLimit: '1',
    timeZone,
    opensAt: wallTime(opens, timeZone),
    closesAt: wallTime(opens + HOUR_MS, timeZone),
    redeemUntil: '',
    amount: '',
    currency: '',
    claimLink: false,
    captcha: 'none',
  };
}

export function formOf(voucher: Voucher): VoucherForm {
  const wall = (time: string): string => wallTime(Date.parse(time), voucher.time_zone);
  const money = voucher.face_value;
  return {
    title: voucher.title,
    description: voucher.description ?? '',
    totalStock: String(voucher.total_stock),
    perUserLimit: String(voucher.per_user_limit),
    timeZone: voucher.time_zone,
    opensAt: wall(voucher.opens_at),
    closesAt: wall(voucher.closes_at),
    redeemUntil: voucher.redeem_until === null ? '' : wall(voucher.redeem_until),
    amount: money === null ? '' : majorUnits(money.amount, money.currency),
    currency: money?.currency ?? '',
    claimLink: voucher.protection.claim_link,
    captcha: voucher.protection.captcha,
  };
}

/** What cannot even be sent is told at its field, in the form in which the server tells the rest. */
export function termsOf(form: VoucherForm): Terms {
  const errors: FieldProblem[] = [];
  const wrong = (pointer: string, code: string, detail: string): void =>
    void errors.push({ pointer, code, detail });

  const whole = (pointer: string, text: string): number => {
    if (text.trim() === '') wrong(pointer, 'required', 'is needed');
    else if (!/^\d{1,9}$/.test(text.trim())) wrong(pointer, 'not_a_number', 'must be a whole number');
    return Number(text);
  };
  const time = (pointer: string, wall: string): string => {
    if (wall === '') wrong(pointer, 'required', 'is needed');
    else {
      const resolved = resolveWallTime(wall, form.timeZone);
      if (resolved.kind === 'exact' || resolved.kind === 'twice') return new Date(resolved.at).toISOString();
      wrong(pointer, resolved.kind === 'skipped' ? 'skipped_time' : 'no_time', 'is no time of this zone');
    }
    return '';
  };
  const money = (): Voucher['face_value'] => {
    if (form.amount.trim() === '' && form.currency.trim() === '') return null;
    const currency = form.currency.trim().toUpperCase();
    const amount = minorUnits(form.amount.trim(), currency);
    if (amount === undefined) wrong('/face_value/amount', 'no_amount', 'must be an amount of this currency');
    return { amount: amount ?? 0, currency };
  };

  if (form.title.trim() === '') wrong('/title', 'required', 'is needed');
  const terms: VoucherTerms = {
    title: form.title.trim(),
    description: form.description.trim() === '' ? null : form.description.trim(),
    total_stock: whole('/total_stock', form.totalStock),
    per_user_limit: whole('/per_user_limit', form.perUserLimit),
    opens_at: time('/opens_at', form.opensAt),
    closes_at: time('/closes_at', form.closesAt),
    redeem_until: form.redeemUntil === '' ? null : time('/redeem_until', form.redeemUntil),
    time_zone: form.timeZone,
    face_value: money(),
    protection: { claim_link: form.claimLink, captcha: form.captcha },
  };
  return errors.length > 0 ? { kind: 'wrong', errors } : { kind: 'good', terms };
}

/**
 * The terms that somebody changed. Times are compared as they were shown: a second that the form does not show is no change, and
 * a time in another zone is one.
 */
export function changesOf(terms: VoucherTerms, form: VoucherForm, voucher: Voucher): Partial<VoucherTerms> {
  const before = formOf(voucher);
  const sameTime = (name: 'opensAt' | 'closesAt' | 'redeemUntil'): boolean =>
    form[name] === before[name] && (form[name] === '' || form.timeZone === before.timeZone);
  const same: Partial<Record<keyof VoucherTerms, boolean>> = {
    opens_at: sameTime('opensAt'),
    closes_at: sameTime('closesAt'),
    redeem_until: sameTime('redeemUntil'),
  };
  const names = Object.keys(terms) as (keyof VoucherTerms)[];
  const changed = names.filter((name) => !(same[name] ?? isSame(terms[name], voucher[name])));
  return Object.fromEntries(changed.map((name) => [name, terms[name]]));
}

/** Members in whatever order. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const [left, right] = [Object.entries(a), new Map(Object.entries(b))];
  return left.length === right.size && left.every(([name, value]) => right.get(name) === value);
}

/** What stays as people saw it from then on; the server has the last word. */
const FIXED: Readonly<Partial<Record<VoucherStatus, readonly (keyof VoucherTerms)[]>>> = {
  scheduled: ['total_stock', 'protection'],
  live: ['total_stock', 'per_user_limit', 'opens_at', 'time_zone', 'face_value', 'protection'],
  paused: ['total_stock', 'per_user_limit', 'opens_at', 'time_zone', 'face_value', 'protection'],
};

export const isFixed = (status: VoucherStatus | undefined, name: keyof VoucherTerms): boolean =>
  status !== undefined && (FIXED[status]?.includes(name) ?? false);

/** Digits behind the point: none for yen, three for dinars. */
function digitsOf(currency: string): number {
  try {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency });
    return format.resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

function minorUnits(text: string, currency: string): number | undefined {
  const [, whole, rest = ''] = /^(\d{1,12})(?:[.,](\d*))?$/.exec(text) ?? [];
  const digits = digitsOf(currency);
  if (whole === undefined || rest.length > digits) return undefined;
  return Number(whole + rest.padEnd(digits, '0'));
}

function majorUnits(amount: number, currency: string): string {
  const digits = digitsOf(currency);
  const text = String(amount).padStart(digits + 1, '0');
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
