import { describe, expect, it } from '@jest/globals';
import { slotOf, tagOf } from '../../../src/redis/hash-slot.js';

/** Slots as `CLUSTER KEYSLOT` of Redis 7.0.15 tells them. */
describe('the slot of a key', () => {
  it.each([
    ['123456789', 12_739],
    ['foo', 12_182],
    ['vc:{123456789}:7:state', 12_739],
    ['{123456789}{foo}', 12_739],
    ['', 0],
  ])('%s', (key, slot) => {
    expect(slotOf(key)).toBe(slot);
  });

  it('is of the whole key where the first braces hold nothing', () => {
    expect(slotOf('{}123456789')).not.toBe(slotOf('123456789'));
    expect(slotOf('vc:{state')).not.toBe(slotOf('state'));
  });

  it.each([0, 1, 9_999, 16_383])('%d has a tag, which stays the same', (slot) => {
    expect(slotOf(`vc:{${tagOf(slot)}}:1:mark`)).toBe(slot);
    expect(tagOf(slot)).toBe(tagOf(slot));
  });
});
