import { beforeEach, describe, expect, it } from '@jest/globals';
import { ProtectedVouchers } from '../../src/claim/challenge/protected-vouchers.js';
import { Metrics } from '../../src/platform/ops/metrics.js';
import type { Availability, VoucherCatalogue, VoucherView } from '../../src/voucher/index.js';
import { ManualClock } from '../support/manual-clock.js';

const ID = 'vch_01k9z3v8f0abcdef';

describe('a claim without a link', () => {
  let view: VoucherView | null;
  let looks: number;
  let fails: boolean;
  let vouchers: ProtectedVouchers;
  const clock = new ManualClock();
  const published = (protection: VoucherView['protection'], status: VoucherView['status'] = 'live') =>
    ({ id: ID, status, protection, opensAt: 0 }) as VoucherView;

  beforeEach(() => {
    looks = 0;
    fails = false;
    const found = {
      find: async () => {
        looks += 1;
        if (fails) throw new Error('the database is away');
        return view;
      },
      availability: async () => ({ remaining: 1 }) as Availability,
    } as unknown as VoucherCatalogue;
    vouchers = new ProtectedVouchers(found, clock, new Metrics());
  });
  const refusal = (code: string) => expect(vouchers.assertUnprotected(ID)).rejects.toMatchObject({ code });

  it('is open where no link is asked for, after one look for good', async () => {
    view = published({ claim_link: false, captcha: 'none' });
    for (let i = 0; i < 3; i += 1) await vouchers.assertUnprotected(ID);
    expect(looks).toBe(1);
  });

  it.each([
    { claim_link: true, captcha: 'none' },
    { claim_link: false, captcha: 'math' },
    { claim_link: false, captcha: 'image' },
    { claim_link: true, captcha: 'image' },
  ] as const)('is closed with %j, after one look for good', async (protection) => {
    view = published(protection);
    for (let i = 0; i < 3; i += 1) await refusal('challenge_required');
    expect(looks).toBe(1);
  });

  it('is closed to what is unknown or a draft, which may still become protected', async () => {
    for (const unpublished of [null, published({ claim_link: false, captcha: 'none' }, 'draft')]) {
      view = unpublished;
      await refusal('not_found');
    }
    view = published({ claim_link: true, captcha: 'none' });
    await refusal('challenge_required');
  });

  const OPEN = { claim_link: false, captcha: 'none' } as const;
  const CLOSED = { claim_link: false, captcha: 'math' } as const;

  it.each([
    [true, OPEN],
    [false, CLOSED],
    [false, { claim_link: true, captcha: 'none' }],
  ] as const)('is known to be open, %s, with %j once that was looked up', async (isOpen, protection) => {
    view = published(protection);
    expect(vouchers.isUnprotected(ID)).toBeUndefined();
    expect(looks).toBe(0);
    expect(await vouchers.loadProtection(ID)).toBe(isOpen);
    expect(vouchers.isUnprotected(ID)).toBe(isOpen);
    expect(vouchers.isUnprotected('vch_01k9z3v8f0abcdeg')).toBeUndefined();
    expect(looks).toBe(1);
  });

  it('is known after a claim that was let through or refused as well', async () => {
    view = published(CLOSED);
    await refusal('challenge_required');
    expect(vouchers.isUnprotected(ID)).toBe(false);
  });

  it('is not found, and stays unknown, where there is nothing, a draft, or no answer', async () => {
    for (const unpublished of [null, published(OPEN, 'draft')]) {
      view = unpublished;
      expect(await vouchers.loadProtection(ID)).toBe(false);
      expect(vouchers.isUnprotected(ID)).toBeUndefined();
    }
    view = published(OPEN);
    fails = true;
    expect(await vouchers.loadProtection(ID)).toBe(false);
    expect(vouchers.isUnprotected(ID)).toBeUndefined();
    fails = false;
    expect(await vouchers.loadProtection(ID)).toBe(true);
    expect(looks).toBe(4);
  });
});
