import { describe, expect, it } from '@jest/globals';
import type { Voucher } from '../../../web/src/api/types.js';
import { changesOf as changesAt, isFixed } from '../../../web/src/lib/voucher-changes.js';
import {
  blankForm,
  formOf as formAt,
  termsOf,
  type VoucherForm,
  type VoucherTerms,
} from '../../../web/src/lib/voucher-form.js';

const NOON = Date.parse('2030-01-01T04:00:00Z');

const formOf = (of: Voucher): VoucherForm => formAt(of, NOON - 1);
const changesOf = (terms: VoucherTerms, form: VoucherForm, of: Voucher): Partial<VoucherTerms> =>
  changesAt(terms, form, of, NOON - 1);

const filled = (more: Partial<VoucherForm> = {}): VoucherForm => ({
  ...blankForm('Asia/Shanghai', NOON - 1),
  title: 'Tea',
  totalStock: '10',
  ...more,
});
const good = (form: VoucherForm): VoucherTerms => {
  const result = termsOf(form, NOON - 1, true);
  if (result.kind !== 'good') throw new Error(JSON.stringify(result.errors));
  return result.terms;
};
const wrong = (form: VoucherForm): Record<string, string> => {
  const result = termsOf(form, NOON - 1, true);
  return result.kind === 'good'
    ? {}
    : Object.fromEntries(result.errors.map(({ pointer, code }) => [pointer, code]));
};
const voucher = (more: Partial<Voucher> = {}): Voucher => ({
  object: 'voucher',
  mode: 'live',
  id: 'vch_01k9z3v8f0abcdef',
  merchant_id: 'mer_01k9z3v8f0abcdef',
  merchant: { id: 'mer_01k9z3v8f0abcdef', name: 'Tea House', logo_url: null, color: null },
  title: 'Tea',
  description: null,
  status: 'draft',
  total_stock: 10,
  per_user_limit: 1,
  opens_at: '2030-01-01T04:00:37.500Z',
  closes_at: '2030-01-01T05:00:00.000Z',
  redeem_from: null,
  redeem_until: null,
  rollback_within_s: 600,
  cancellable_until: null,
  confirm_within_s: null,
  confirm_by: 'user',
  time_zone: 'Asia/Shanghai',
  face_value: { amount: 1_550, currency: 'CNY' },
  protection: { claim_link: false, captcha: 'none' },
  waves: [],
  eligibility: 'everyone',
  code_source: 'generated',
  code_pattern: null,
  requires: 'none',
  one_per: 'account',
  asks_contact: false,
  version: 1,
  created_at: '2029-12-01T09:00:00.000Z',
  ...more,
});

describe('the form of a voucher', () => {
  it('begins with the next full hour and ends with a day, by the clocks of its zone', () => {
    expect(blankForm('Asia/Shanghai', NOON - 1)).toMatchObject({
      opensAt: '2030-01-01T12:00',
      closesAt: '2030-01-08T23:59',
      currency: 'CNY',
    });
    expect(blankForm('Asia/Shanghai', NOON).opensAt).toBe('2030-01-01T13:00');
  });

  it('means the times of its zone', () => {
    expect(good(filled())).toMatchObject({
      opens_at: '2030-01-01T04:00:00.000Z',
      closes_at: '2030-01-08T15:59:59.999Z',
      redeem_from: null,
      redeem_until: null,
      cancellable_until: null,
      rollback_within_s: 600,
      confirm_within_s: null,
      description: null,
      face_value: null,
    });
  });

  it.each([
    ['15', 'CNY', 1_500],
    ['15.5', 'CNY', 1_550],
    ['15,05', 'CNY', 1_505],
    ['0.07', 'EUR', 7],
    ['1500', 'JPY', 1_500],
    ['1.234', 'KWD', 1_234],
    ['90071992547.99', 'EUR', 9_007_199_254_799],
  ])('takes %s %s for %i minor units', (amount, currency, minor) => {
    expect(good(filled({ amount, currency })).face_value).toEqual({
      amount: minor,
      currency,
    });
  });

  it.each([
    [{ title: ' ' }, { '/title': 'required' }],
    [{ totalStock: '' }, { '/total_stock': 'required' }],
    [{ totalStock: '1.5' }, { '/total_stock': 'not_a_number' }],
    [
      { totalStock: '-1', perUserLimit: 'x' },
      { '/total_stock': 'too_small', '/per_user_limit': 'not_a_number' },
    ],
    [{ perUserLimit: '1001' }, { '/per_user_limit': 'too_big' }],
    [
      {
        title: '',
        totalStock: '0',
        opensAt: '2030-01-09T12:00',
        redeemUntil: '2030-01-02T12:00',
        amount: 'x',
      },
      {
        '/title': 'required',
        '/total_stock': 'too_small',
        '/opens_at': 'not_before_closes_at',
        '/redeem_until': 'before_closes_at',
        '/face_value/amount': 'no_amount',
      },
    ],
    [
      { openNow: true, closesAt: '2029-12-31T12:00' },
      { '/closes_at': 'in_the_past', '/opens_at': 'not_before_closes_at' },
    ],
    [
      { redeemUntil: '2030-01-09T12:00', redeemFrom: '2030-01-09T12:00' },
      { '/redeem_from': 'not_before_redeem_until' },
    ],
    [
      { redeemUntil: '2030-01-09T00:00', confirmMinutes: '600' },
      { '/confirm_within_s': 'beyond_redeem_until' },
    ],
    [{ confirmMinutes: '0.1' }, { '/confirm_within_s': 'too_short_a_time' }],
    [{ rollbackMinutes: 'ten' }, { '/rollback_within_s': 'not_minutes' }],
    [{ opensAt: '' }, { '/opens_at': 'required' }],
    [
      { timeZone: 'Europe/Berlin', opensAt: '2030-03-31T02:30', closesAt: '2030-04-01T12:00' },
      { '/opens_at': 'skipped_time' },
    ],
    [{ amount: '1.5', currency: 'JPY' }, { '/face_value/amount': 'no_amount' }],
    [{ amount: 'ten', currency: 'CNY' }, { '/face_value/amount': 'no_amount' }],
  ])('tells of %j at its field', (more, errors) => {
    expect(wrong(filled(more))).toEqual(errors);
  });
});

describe('the times of a voucher', () => {
  it('take the second of a time that comes twice where that is chosen, and show it again', () => {
    const autumn = { timeZone: 'Europe/Berlin', opensAt: '2030-10-27T02:30', closesAt: '2030-10-28T12:00' };
    expect(good(filled(autumn)).opens_at).toBe('2030-10-27T00:30:00.000Z');
    const second = good(filled({ ...autumn, second: ['opensAt'] }));
    expect(second.opens_at).toBe('2030-10-27T01:30:00.000Z');
    const shown = formOf(voucher({ ...second, time_zone: 'Europe/Berlin' }));
    expect(shown).toMatchObject({ opensAt: '2030-10-27T02:30', second: ['opensAt'] });
  });

  it('end with the minute that says 59, and exactly at any other', () => {
    expect(good(filled({ closesAt: '2030-01-02T23:59' })).closes_at).toBe('2030-01-02T15:59:59.999Z');
    expect(good(filled({ closesAt: '2030-01-02T18:00' })).closes_at).toBe('2030-01-02T10:00:00.000Z');
    expect(good(filled({ opensAt: '2030-01-01T23:59' })).opens_at).toBe('2030-01-01T15:59:00.000Z');
  });

  it('are the moment of saving where it opens at once', () => {
    expect(good(filled({ openNow: true })).opens_at).toBe(new Date(NOON - 1).toISOString());
    const draft = voucher({ opens_at: new Date(NOON - 5_000).toISOString() });
    expect(formOf(draft).openNow).toBe(true);
    expect(changesOf(good(formOf(draft)), formOf(draft), draft)).toEqual({});
    expect(formOf(voucher({ ...draft, status: 'live' })).openNow).toBe(false);
  });
});

describe('the changes of a voucher', () => {
  it('are none where nothing was touched, though the form shows no seconds', () => {
    const form = formOf(voucher());
    expect(form).toMatchObject({ amount: '15.50', currency: 'CNY', opensAt: '2030-01-01T12:00' });
    expect(changesOf(good(form), form, voucher())).toEqual({});
  });

  it('are what was touched, and nothing else', () => {
    const form = {
      ...formOf(voucher()),
      title: 'Coffee',
      closesAt: '2030-01-01T14:00',
      amount: '',
      currency: '',
    };
    expect(changesOf(good(form), form, voucher())).toEqual({
      title: 'Coffee',
      closes_at: '2030-01-01T06:00:00.000Z',
      face_value: null,
    });
  });

  it('are all the times when the zone is another', () => {
    const form = { ...formOf(voucher()), timeZone: 'UTC' };
    expect(changesOf(good(form), form, voucher())).toEqual({
      time_zone: 'UTC',
      opens_at: '2030-01-01T12:00:00.000Z',
      closes_at: '2030-01-01T13:00:00.000Z',
    });
  });

  it('cannot touch the stock of what was published, nor anything but texts and ends once it is open', () => {
    expect(isFixed('draft', 'total_stock')).toBe(false);
    expect(isFixed('scheduled', 'total_stock')).toBe(true);
    expect(isFixed('scheduled', 'opens_at')).toBe(false);
    expect(isFixed('live', 'opens_at')).toBe(true);
    expect(isFixed('live', 'closes_at')).toBe(false);
    expect(isFixed('ended', 'closes_at')).toBe(true);
    expect(isFixed('ended', 'redeem_until')).toBe(false);
  });
});
