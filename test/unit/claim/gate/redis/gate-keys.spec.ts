import { describe, expect, it } from '@jest/globals';
import { slotOfVoucher } from '../../../../../src/claim/domain/voucher-slot.js';
import { slotMarkKey, voucherKeys } from '../../../../../src/claim/gate/redis/gate-keys.redis.js';
import { slotOf } from '../../../../../src/redis/hash-slot.js';

const VOUCHERS = Array.from({ length: 100 }, (_, n) => `vch_${n.toString(36).padStart(16, '0')}`);

describe('keys of the gate', () => {
  it('are spelled as the versions beside this one spell them', () => {
    const keys = ['state', 'claims', 'pending', 'keys', 'rate-even', 'rate-odd'];
    expect(voucherKeys(7, 'vch_1')).toEqual(keys.map((part) => `vc:{vch_1}:7:${part}`));
  });

  it('are in the slot by which the epoch of their voucher is known, in every epoch', () => {
    for (const id of VOUCHERS)
      for (const key of [...voucherKeys(1, id), ...voucherKeys(12, id)])
        expect(slotOf(key)).toBe(slotOfVoucher(id));
  });

  it('that mark a slot are in it', () => {
    for (const slot of [0, 1, 9_999, 16_383]) expect(slotOf(slotMarkKey(7, slot))).toBe(slot);
  });
});
