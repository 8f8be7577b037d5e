import { beforeEach, describe, expect, it } from '@jest/globals';
import { ProtectedVouchers } from '../../../../src/claim/admission/protected-vouchers.js';
import type { Availability, VoucherCatalogue, VoucherView } from '../../../../src/voucher/index.js';
import { ManualClock } from '../../../support/manual-clock.js';

const ID = 'vch_01k9z3v8f0abcdef';

describe('the protection of a voucher', () => {
  let view: VoucherView | null;
  let looks: number;
  let fails: boolean;
  let vouchers: ProtectedVouchers;
  const clock = new ManualClock();
  const published = (protection: VoucherView['protection'], status: VoucherView['status'] = 'live') =>
    ({ id: ID, status, protection, eligibility: 'everyone', opensAt: 0 }) as VoucherView;

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
    vouchers = new ProtectedVouchers(found, clock);
  });

  const OPEN = { claim_link: false, captcha: 'none' } as const;

  it.each([
    OPEN,
    { claim_link: true, captcha: 'none' },
    { claim_link: false, captcha: 'math' },
    { claim_link: true, captcha: 'image' },
  ] as const)('%j is known for good after one look', async (protection) => {
    view = published(protection);
    expect(vouchers.known(ID)).toBeUndefined();
    expect(looks).toBe(0);
    for (let i = 0; i < 3; i += 1)
      expect(await vouchers.protectionOf(ID)).toEqual({ ...protection, eligibility: 'everyone' });
    expect(vouchers.known(ID)).toEqual({ ...protection, eligibility: 'everyone' });
    expect(vouchers.known('vch_01k9z3v8f0abcdeg')).toBeUndefined();
    expect(looks).toBe(1);
  });

  it('is not known where there is nothing, or a draft, which may still become protected', async () => {
    for (const unpublished of [null, published(OPEN, 'draft')]) {
      view = unpublished;
      expect(await vouchers.protectionOf(ID)).toBeUndefined();
      expect(vouchers.known(ID)).toBeUndefined();
    }
    view = published({ claim_link: true, captcha: 'none' });
    expect(await vouchers.protectionOf(ID)).toEqual({ ...view.protection, eligibility: 'everyone' });
  });

  it('stays unknown while it cannot be looked up', async () => {
    view = published(OPEN);
    fails = true;
    await expect(vouchers.protectionOf(ID)).rejects.toThrow('the database is away');
    expect(vouchers.known(ID)).toBeUndefined();
    fails = false;
    expect(await vouchers.protectionOf(ID)).toEqual({ ...OPEN, eligibility: 'everyone' });
    expect(looks).toBe(2);
  });
});
