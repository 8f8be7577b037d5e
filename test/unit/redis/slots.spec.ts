import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SlotSet } from '../../../src/redis/slots.js';

const LAST = 16_383;
/** Few slots and both ends, so that ranges touch and overlap. */
const slot = fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: LAST - 12, max: LAST }));
const some = fc.array(slot, { maxLength: 20 });
const ALL_OF_THEM = [...Array(13).keys()].flatMap((n) => [n, LAST - n]);

const members = (set: SlotSet): number[] => ALL_OF_THEM.filter((each) => set.has(each));

describe('a set of slots', () => {
  it('is what the same sets of numbers are', () => {
    fc.assert(
      fc.property(some, some, (one, other) => {
        const [a, b] = [SlotSet.of(one), SlotSet.of(other)];
        const is = (set: SlotSet, has: (each: number) => boolean): void =>
          expect(members(set)).toEqual(ALL_OF_THEM.filter(has));
        is(a, (each) => one.includes(each));
        is(a.and(b), (each) => one.includes(each) || other.includes(each));
        is(a.without(b), (each) => one.includes(each) && !other.includes(each));
        is(a.within(b), (each) => one.includes(each) && other.includes(each));
        is(SlotSet.ALL.without(a), (each) => !one.includes(each));
        expect(a.isEmpty).toBe(one.length === 0);
        // One text for one set, whichever way it was made.
        expect(SlotSet.parse(a.toString())).toEqual(a);
        expect(SlotSet.where((each) => one.includes(each))).toEqual(a);
        expect(a.without(b).and(a.within(b)).toString()).toBe(a.toString());
      }),
    );
  });

  it('is written as ranges', () => {
    expect(SlotSet.ALL.toString()).toBe('0-16383');
    expect(SlotSet.NONE.toString()).toBe('');
    expect(SlotSet.of([7, 5, 6, 9, 6]).toString()).toBe('5-7,9-9');
    for (const text of ['5', '7-5', '0-16384', '1-2,', 'a-b', '-1-2'])
      expect(() => SlotSet.parse(text)).toThrow('not a set of slots');
  });
});
