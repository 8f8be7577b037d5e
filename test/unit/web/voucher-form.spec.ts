import { describe, expect, it } from '@jest/globals';
import type { Voucher } from '../../../web/src/api/types.js';
import {
  blankForm,
  changesOf,
  formOf,
  isFixed,
  termsOf,
  type VoucherForm,
  type VoucherTerms,
} from '../../../web/src/lib/voucher-form.js';

const NOON = Date.parse('2030-01-01T04:00:00Z');

const filled = (more: Partial<VoucherForm> = {}): VoucherForm => ({
  ...blankForm('Asia/Shanghai', NOON - 1),
  title: 'Tea',
  totalStock: '10',
  ...more,
});
const good = (form: VoucherForm): VoucherTerms => {
  const result = termsOf(form);
  if (result.kind !== 'good') throw new Error(JSON.stringify(result.errors));
  return result.terms;
};
const wrong = (form: VoucherForm): Record<string, string> => {
  const result = termsOf(form);
  return result.kind === 'good'
    ? {}
    : Object.fromEntries(result.errors.map(({ pointer, code }) => [pointer, code]));
};
const voucher = (more: Partial<Voucher> = {}): Voucher => ({
  object: 'voucher',
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
  version: 1,
  created_at: '2029-12-01T09:00:00.000Z',
  ...more,
});

describe('the form of a voucher', () => {
  it('begins with the next full hour, by the clocks of its zone', () => {
    expect(blankForm('Asia/Shanghai', NOON - 1)).toMatchObject({
      opensAt: '2030-01-01T12:00',
      closesAt: '2030-01-01T13:00',
    });
    expect(blankForm('Asia/Shanghai', NOON).opensAt).toBe('2030-01-01T13:00');
  });

  it('means the times of its zone', () => {
    expect(good(filled())).toMatchObject({
      opens_at: '2030-01-01T04:00:00.000Z',
      closes_at: '2030-01-01T05:00:00.000Z',
      redeem_until: null,
      description: null,
      face_value: null,
    });
  });

  it.each([
    ['15', 'cny', 1_500],
    ['15.5', 'CNY', 1_550],
    ['15,05', 'CNY', 1_505],
    ['0.07', 'EUR', 7],
    ['1500', 'JPY', 1_500],
    ['1.234', 'KWD', 1_234],
    ['90071992547.99', 'EUR', 9_007_199_254_799],
  ])('takes %s %s for %i minor units', (amount, currency, minor) => {
    expect(good(filled({ amount, currency })).face_value).toEqual({
      amount: minor,
      currency: currency.toUpperCase(),
    });
  });

  it.each([
    [{ title: ' ' }, { '/title': 'required' }],
    [{ totalStock: '' }, { '/total_stock': 'required' }],
    [{ totalStock: '1.5' }, { '/total_stock': 'not_a_number' }],
    [
      { totalStock: '-1', perUserLimit: 'x' },
      { '/total_stock': 'not_a_number', '/per_user_limit': 'not_a_number' },
    ],
    [{ opensAt: '' }, { '/opens_at': 'required' }],
    [{ timeZone: 'Europe/Berlin', opensAt: '2030-03-31T02:30' }, { '/opens_at': 'skipped_time' }],
    [{ amount: '1.5', currency: 'JPY' }, { '/face_value/amount': 'no_amount' }],
    [{ amount: 'ten', currency: 'CNY' }, { '/face_value/amount': 'no_amount' }],
  ])('tells of %j at its field', (more, errors) => {
    expect(wrong(filled(more))).toEqual(errors);
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
  });
});
