import { describe, expect, it } from '@jest/globals';
import { ClaimIds, firstIdOf, isId, newId } from '../../../src/common/ids.js';
import { firstTestId, inMode, isInModeOf, modeOf } from '../../../src/common/mode.js';

const NOW = Date.UTC(2030, 0, 1);

describe('the mode of an id', () => {
  it('is told by the id, is the claim’s as well, and can be exchanged', () => {
    const [live, test] = [newId('vch', NOW), newId('vch', NOW, 'test')];
    expect([modeOf(live), modeOf(test)]).toEqual(['live', 'test']);
    expect([isId('vch', live), isId('vch', test)]).toEqual([true, true]);
    const claim = new ClaimIds('secret').id(test, 'usr_1', 1);
    expect(modeOf(claim)).toBe('test');
    expect(ClaimIds.parse(claim)).toEqual({ voucherId: test, ordinal: 1 });
    expect(inMode(inMode(live, 'test'), 'live')).toBe(live);
    expect(inMode(live, 'live')).toBe(live);
  });

  it('sorts: all live ids before all test ids, and by time within a mode', () => {
    const last = firstIdOf('vch', Date.UTC(3084, 0, 1));
    expect(last < firstTestId('vch')).toBe(true);
    expect(modeOf(last)).toBe('live');
    expect(newId('vch', 1, 'test') >= firstTestId('vch')).toBe(true);
    expect(newId('vch', NOW, 'test') < newId('vch', NOW + 1, 'test')).toBe(true);
  });

  it('decides who sees a voucher', () => {
    const merchant = newId('mer', NOW);
    const live = { id: newId('vch', NOW), merchantId: merchant };
    const test = { id: newId('vch', NOW, 'test'), merchantId: inMode(merchant, 'test') };
    const other = newId('mer', NOW);
    const seenBy = (actor: { merchantId?: string } | undefined) =>
      [live, test].map((one) => isInModeOf(actor, one));
    expect(seenBy(undefined)).toEqual([true, false]);
    expect(seenBy({})).toEqual([true, false]);
    expect(seenBy({ merchantId: merchant })).toEqual([true, false]);
    expect(seenBy({ merchantId: inMode(merchant, 'test') })).toEqual([false, true]);
    expect(seenBy({ merchantId: inMode(other, 'test') })).toEqual([false, false]);
  });
});
