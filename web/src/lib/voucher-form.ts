import type { FieldProblem, Voucher } from '../api/types.js';
import { majorUnits, minorUnits, usualCurrency } from './money.js';
import { momentOf, resolveWallTime, wallTime } from './zoned-time.js';

/** A voucher as somebody types it: numbers and money as text, times as wall-clock times of its zone. */
export interface VoucherForm {
  title: string;
  description: string;
  totalStock: string;
  perUserLimit: string;
  timeZone: string;
  /** It opens as soon as it is published, whatever `opensAt` says. */
  openNow: boolean;
  opensAt: string;
  closesAt: string;
  redeemFrom: string;
  redeemUntil: string;
  cancellableUntil: string;
  /** Times that come twice, of which the second one is meant. */
  second: TimeName[];
  rollbackMinutes: string;
  /** Empty: claims are issued at once. */
  confirmMinutes: string;
  confirmBy: Voucher['confirm_by'];
  amount: string;
  currency: string;
  claimLink: boolean;
  captcha: Voucher['protection']['captcha'];
  requires: Voucher['requires'];
  onePer: Voucher['one_per'];
  asksContact: boolean;
}

export type TimeName = 'opensAt' | 'closesAt' | 'redeemFrom' | 'redeemUntil' | 'cancellableUntil';

/** What the API takes; which fields of it may be left out is the API's matter. */
export type VoucherTerms = Pick<
  Voucher,
  | 'title'
  | 'description'
  | 'total_stock'
  | 'per_user_limit'
  | 'opens_at'
  | 'closes_at'
  | 'redeem_from'
  | 'redeem_until'
  | 'cancellable_until'
  | 'rollback_within_s'
  | 'confirm_within_s'
  | 'confirm_by'
  | 'time_zone'
  | 'face_value'
  | 'protection'
  | 'requires'
  | 'one_per'
  | 'asks_contact'
>;

export type Terms =
  | { readonly kind: 'good'; readonly terms: VoucherTerms }
  | { readonly kind: 'wrong'; readonly errors: readonly FieldProblem[] };

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;
const MAX_STOCK = 10_000_000;
const MAX_PER_USER = 1_000;
const ENDS: readonly TimeName[] = ['closesAt', 'redeemUntil', 'cancellableUntil'];

/** Opens at the next full hour and closes at the end of the day a week later. */
export function blankForm(timeZone: string, now: number): VoucherForm {
  const opens = Math.ceil((now + 1) / HOUR_MS) * HOUR_MS;
  return {
    title: '',
    description: '',
    totalStock: '',
    perUserLimit: '1',
    timeZone,
    openNow: false,
    opensAt: wallTime(opens, timeZone),
    closesAt: `${wallTime(opens + WEEK_MS, timeZone).slice(0, 10)}T23:59`,
    redeemFrom: '',
    redeemUntil: '',
    cancellableUntil: '',
    second: [],
    rollbackMinutes: '10',
    confirmMinutes: '',
    confirmBy: 'user',
    amount: '',
    currency: usualCurrency(timeZone),
    claimLink: false,
    captcha: 'none',
    requires: 'none',
    onePer: 'account',
    asksContact: false,
  };
}

/** @param now a draft whose opening has passed opens as soon as it is published */
export function formOf(voucher: Voucher, now: number): VoucherForm {
  const wall = (time: string | null): string =>
    time === null ? '' : wallTime(Date.parse(time), voucher.time_zone);
  const times = {
    opensAt: voucher.opens_at,
    closesAt: voucher.closes_at,
    redeemFrom: voucher.redeem_from,
    redeemUntil: voucher.redeem_until,
    cancellableUntil: voucher.cancellable_until,
  };
  const isSecond = (name: TimeName): boolean => {
    const resolved = resolveWallTime(wall(times[name]), voucher.time_zone);
    return resolved.kind === 'twice' && Date.parse(times[name] ?? '') >= resolved.later;
  };
  const money = voucher.face_value;
  return {
    title: voucher.title,
    description: voucher.description ?? '',
    totalStock: String(voucher.total_stock),
    perUserLimit: String(voucher.per_user_limit),
    timeZone: voucher.time_zone,
    openNow: voucher.status === 'draft' && Date.parse(voucher.opens_at) <= now,
    opensAt: wall(times.opensAt),
    closesAt: wall(times.closesAt),
    redeemFrom: wall(times.redeemFrom),
    redeemUntil: wall(times.redeemUntil),
    cancellableUntil: wall(times.cancellableUntil),
    second: (Object.keys(times) as TimeName[]).filter(isSecond),
    rollbackMinutes: String(voucher.rollback_within_s / 60),
    confirmMinutes: voucher.confirm_within_s === null ? '' : String(voucher.confirm_within_s / 60),
    confirmBy: voucher.confirm_by,
    amount: money === null ? '' : majorUnits(money.amount, money.currency),
    currency: money?.currency ?? usualCurrency(voucher.time_zone),
    claimLink: voucher.protection.claim_link,
    captcha: voucher.protection.captcha,
    requires: voucher.requires,
    onePer: voucher.one_per,
    asksContact: voucher.asks_contact,
  };
}

/** A form has no seconds: what ends at 23:59 ends with that minute. */
export const throughTheMinute = (wall: string): boolean => wall.slice(14, 16) === '59';

/** Collects what is wrong, each at its field, in the form in which the server tells the rest. */
class Reading {
  readonly errors: FieldProblem[] = [];

  constructor(private readonly form: VoucherForm) {}

  wrong(pointer: string, code: string, detail: string, more: Partial<FieldProblem> = {}): void {
    this.errors.push({ pointer, code, detail, ...more });
  }

  whole(pointer: string, text: string, most: number): number {
    const value = Number(text.trim());
    if (text.trim() === '') this.wrong(pointer, 'required', 'is needed');
    else if (!/^-?\d{1,9}$/.test(text.trim())) this.wrong(pointer, 'not_a_number', 'must be a whole number');
    else this.within(pointer, value, 1, most);
    return value;
  }

  /** Minutes to seconds. */
  seconds(pointer: string, text: string, least: number, most: number): number {
    const value = Math.round(Number(text.trim().replace(',', '.')) * 60);
    if (text.trim() === '') this.wrong(pointer, 'required', 'is needed');
    else if (!/^\d{1,6}([.,]\d+)?$/.test(text.trim())) this.wrong(pointer, 'not_minutes', 'must be minutes');
    else if (value < least) this.wrong(pointer, 'too_short_a_time', 'must be longer');
    else if (value > most) this.wrong(pointer, 'too_long_a_time', 'must be at most seven days');
    return value;
  }

  private within(pointer: string, value: number, least: number, most: number): void {
    if (value < least)
      this.wrong(pointer, 'too_small', `must be at least ${least}`, { bound: least, counts: 'value' });
    if (value > most)
      this.wrong(pointer, 'too_big', `must be at most ${most}`, { bound: most, counts: 'value' });
  }

  /** @returns ms since 1970; NaN where it is none */
  time(pointer: string, name: TimeName): number {
    const wall = this.form[name];
    const resolved = resolveWallTime(wall, this.form.timeZone);
    const at = momentOf(resolved, this.form.second.includes(name));
    if (wall === '') this.wrong(pointer, 'required', 'is needed');
    else if (at !== undefined) return ENDS.includes(name) && throughTheMinute(wall) ? at + MINUTE_MS - 1 : at;
    else
      this.wrong(
        pointer,
        resolved.kind === 'skipped' ? 'skipped_time' : 'no_time',
        'is no time of this zone',
      );
    return NaN;
  }

  timeOrNull(pointer: string, name: TimeName): number | null {
    return this.form[name] === '' ? null : this.time(pointer, name);
  }
}

/**
 * All that is wrong at once, the order of the times included.
 * @param now by the server's clock
 * @param isNew the end must not have passed; of what is there already that is the server's matter
 */
export function termsOf(form: VoucherForm, now: number, isNew = false): Terms {
  const reading = new Reading(form);
  if (form.title.trim() === '') reading.wrong('/title', 'required', 'is needed');
  const times = {
    opens: form.openNow ? now : reading.time('/opens_at', 'opensAt'),
    closes: reading.time('/closes_at', 'closesAt'),
    from: reading.timeOrNull('/redeem_from', 'redeemFrom'),
    until: reading.timeOrNull('/redeem_until', 'redeemUntil'),
    cancellable: reading.timeOrNull('/cancellable_until', 'cancellableUntil'),
  };
  const confirm =
    form.confirmMinutes.trim() === ''
      ? null
      : reading.seconds('/confirm_within_s', form.confirmMinutes, 10, 604_800);
  const total = reading.whole('/total_stock', form.totalStock, MAX_STOCK);
  const perUser = reading.whole('/per_user_limit', form.perUserLimit, MAX_PER_USER);
  const rollback = reading.seconds('/rollback_within_s', form.rollbackMinutes, 0, 604_800);
  const money = moneyOf(form, reading);
  if (isNew && times.closes <= now) reading.wrong('/closes_at', 'in_the_past', 'must be in the future');
  checkOrder(times, confirm, reading);
  if (reading.errors.length > 0) return { kind: 'wrong', errors: reading.errors };
  const text = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
  return {
    kind: 'good',
    terms: {
      title: form.title.trim(),
      description: form.description.trim() === '' ? null : form.description.trim(),
      total_stock: total,
      per_user_limit: perUser,
      opens_at: text(times.opens) ?? '',
      closes_at: text(times.closes) ?? '',
      redeem_from: text(times.from),
      redeem_until: text(times.until),
      cancellable_until: text(times.cancellable),
      rollback_within_s: rollback,
      confirm_within_s: confirm,
      confirm_by: form.confirmBy,
      time_zone: form.timeZone,
      face_value: money,
      protection: { claim_link: form.claimLink, captcha: form.captcha },
      requires: form.requires,
      one_per: form.onePer,
      asks_contact: form.asksContact,
    },
  };
}

function moneyOf(form: VoucherForm, reading: Reading): Voucher['face_value'] {
  if (form.amount.trim() === '') return null;
  const amount = minorUnits(form.amount.trim(), form.currency);
  if (amount === undefined)
    reading.wrong('/face_value/amount', 'no_amount', 'must be an amount of this currency');
  return { amount: amount ?? 0, currency: form.currency };
}

interface Times {
  readonly opens: number;
  readonly closes: number;
  readonly from: number | null;
  readonly until: number | null;
}

/** The same rules as the server's; a time that is none breaks no other. */
function checkOrder({ opens, closes, from, until }: Times, confirm: number | null, reading: Reading): void {
  if (opens >= closes) reading.wrong('/opens_at', 'not_before_closes_at', 'must be before closes_at');
  if (until !== null && until < closes)
    reading.wrong('/redeem_until', 'before_closes_at', 'must not be before closes_at');
  if (from !== null && until !== null && from >= until)
    reading.wrong('/redeem_from', 'not_before_redeem_until', 'must be before redeem_until');
  if (confirm !== null && until !== null && until >= closes && closes + confirm * 1_000 > until)
    reading.wrong('/confirm_within_s', 'beyond_redeem_until', 'could be confirmed after redeem_until');
}
