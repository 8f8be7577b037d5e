import { describe, expect, it } from '@jest/globals';
import type { Voucher } from '../../../web/src/api/types.js';
import { copyOf, wavesAfter } from '../../../web/src/lib/voucher-copy.js';

const voucher = (more: Partial<Voucher> = {}): Voucher => ({
  object: 'voucher',
  mode: 'live',
  id: 'vch_01k9z3v8f0abcdef',
  merchant_id: 'mer_01k9z3v8f0abcdef',
  merchant: null,
  title: 'Tea',
  description: 'One pot',
  status: 'ended',
  total_stock: 10,
  per_user_limit: 2,
  opens_at: '2030-01-04T04:00:00.000Z',
  closes_at: '2030-01-05T15:59:59.999Z',
  redeem_from: null,
  redeem_until: '2030-02-01T15:59:59.999Z',
  rollback_within_s: 600,
  cancellable_until: null,
  confirm_within_s: 900,
  confirm_by: 'merchant',
  time_zone: 'Asia/Shanghai',
  face_value: { amount: 1_550, currency: 'CNY' },
  protection: { claim_link: true, captcha: 'math' },
  waves: [],
  eligibility: 'everyone',
  code_source: 'generated',
  code_pattern: null,
  requires: 'none',
  one_per: 'account',
  asks_contact: false,
  version: 7,
  created_at: '2029-12-01T09:00:00.000Z',
  ...more,
});
const at = (time: string): number => Date.parse(time);

describe('a copy of a voucher', () => {
  it('has its terms, on the same day of the week and at the same time, in the first week that lies ahead', () => {
    const { form, weeks } = copyOf(voucher(), at('2030-01-11T04:00:00Z'));
    expect(weeks).toBe(2);
    expect(form).toMatchObject({
      title: 'Tea',
      description: 'One pot',
      totalStock: '10',
      perUserLimit: '2',
      openNow: false,
      opensAt: '2030-01-18T12:00',
      closesAt: '2030-01-19T23:59',
      redeemFrom: '',
      redeemUntil: '2030-02-15T23:59',
      confirmMinutes: '15',
      confirmBy: 'merchant',
      amount: '15.50',
      claimLink: true,
      captcha: 'math',
    });
  });

  it('has the units that come later as long after its own opening, and those that came not in its stock', () => {
    const first = voucher({
      total_stock: 15,
      waves: [
        { at: '2030-01-04T04:30:00.000Z', units: 5, released: true },
        { at: '2030-01-05T04:00:00.000Z', units: 20, released: false },
      ],
    });
    const { form, waves } = copyOf(first, at('2030-01-11T04:00:00Z'));
    expect(form.totalStock).toBe('10');
    expect(wavesAfter('2030-02-01T00:00:00.000Z', waves)).toEqual([
      { at: '2030-02-01T00:30:00.000Z', units: 5 },
      { at: '2030-02-02T00:00:00.000Z', units: 20 },
    ]);
  });

  it('has at least one unit, whatever was taken away', () => {
    const first = voucher({
      total_stock: 3,
      waves: [{ at: '2030-01-04T04:30:00.000Z', units: 5, released: true }],
    });
    expect(copyOf(first, at('2030-01-11T04:00:00Z')).form.totalStock).toBe('1');
  });

  it('is a week later at least, even of what has not opened', () => {
    expect(copyOf(voucher(), at('2029-12-01T00:00:00Z')).weeks).toBe(1);
    expect(copyOf(voucher(), at('2030-01-11T03:59:59Z')).weeks).toBe(1);
  });

  it('does not open as soon as it is published because the first one did', () => {
    const { form } = copyOf(voucher({ status: 'draft' }), at('2030-01-06T00:00:00Z'));
    expect(form).toMatchObject({ openNow: false, opensAt: '2030-01-11T12:00' });
  });

  it('keeps the time of the day where clocks change in between, and one that never comes', () => {
    const winter = voucher({ time_zone: 'Europe/Berlin', opens_at: '2030-03-24T11:00:00.000Z' });
    expect(copyOf(winter, at('2030-03-25T00:00:00Z')).form.opensAt).toBe('2030-03-31T12:00');
    const night = voucher({ time_zone: 'Europe/Berlin', opens_at: '2030-03-24T01:30:00.000Z' });
    expect(copyOf(night, at('2030-03-25T00:00:00Z'))).toMatchObject({
      weeks: 1,
      form: { opensAt: '2030-03-31T02:30' },
    });
    expect(copyOf(night, at('2030-03-31T12:00:00Z')).weeks).toBe(2);
  });

  it('means the first of a time that comes twice', () => {
    const twice = voucher({ time_zone: 'Europe/Berlin', opens_at: '2030-10-27T01:30:00.000Z' });
    const { form } = copyOf(twice, at('2030-10-27T12:00:00Z'));
    expect(form).toMatchObject({ opensAt: '2030-11-03T02:30', second: [] });
  });

  it('is found at once for a voucher of long ago', () => {
    const { form, weeks } = copyOf(voucher(), at('2040-01-01T00:00:00Z'));
    expect(weeks).toBeGreaterThan(500);
    expect(form.opensAt).toBe('2040-01-06T12:00');
  });
});
