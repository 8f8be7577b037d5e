import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  epochInLog,
  epochsInUse,
  groupsAfterLoss,
  groupsText,
  groupsWhenOpened,
  keptSlots,
  parseGroups,
  standingOf,
  type SlotEpochs,
} from '../../../../src/claim/domain/slot-epochs.js';
import { slotOf } from '../../../../src/redis/hash-slot.js';
import { SlotSet } from '../../../../src/redis/slots.js';

/** A slot for each of a few vouchers: what happens to them is followed one by one. */
const VOUCHERS = Array.from({ length: 8 }, (_, n) => `vch_${n}`);

/** What a slot would say of itself if each had a row of its own. */
interface OneSlot {
  /** The epoch that was opened for it last. */
  readonly opened: number;
  readonly kept: boolean;
}

type Event = { readonly is: 'loss'; readonly lost: readonly number[] } | { readonly is: 'opening' | 'open' };

const event: fc.Arbitrary<Event> = fc.oneof(
  fc.subarray([...VOUCHERS.keys()]).map((lost): Event => ({ is: 'loss', lost })),
  fc.constantFrom<Event>({ is: 'opening' }, { is: 'open' }),
);

const begin: SlotEpochs = { epoch: 1, state: 'open', openedEpoch: 1, groups: [] };

function after(row: SlotEpochs, found: Event): SlotEpochs {
  if (found.is === 'loss') {
    const lost = SlotSet.of(found.lost.map((n) => slotOf(VOUCHERS[n] ?? '')));
    return { ...row, epoch: row.epoch + 1, state: 'recovering', groups: groupsAfterLoss(row, lost) };
  }
  if (found.is === 'open') return row.state === 'opening' ? { ...row, state: 'open' } : row;
  if (row.state !== 'recovering') return row;
  return { ...row, state: 'opening', openedEpoch: row.epoch, groups: groupsWhenOpened(row) };
}

function eachAfter(row: SlotEpochs, slots: readonly OneSlot[], found: Event): readonly OneSlot[] {
  if (found.is === 'loss')
    return slots.map(({ opened, kept }, n) => ({
      opened,
      kept: (kept || row.state === 'open') && !found.lost.includes(n),
    }));
  if (found.is === 'open' || row.state !== 'recovering') return slots;
  return slots.map(({ opened, kept }) => ({ opened: kept ? opened : row.epoch, kept }));
}

describe('epochs of slots', () => {
  it('are those that each slot would have by itself, whatever is lost and opened', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 16 }), (events) => {
        let row = begin;
        let slots: readonly OneSlot[] = VOUCHERS.map(() => ({ opened: 1, kept: false }));
        const named = new Map<number, SlotSet>();
        for (const found of events) {
          slots = eachAfter(row, slots, found);
          row = after(row, found);
          // As the next process reads it.
          row = { ...row, groups: parseGroups(groupsText(row.groups)) };
          for (const [n, { opened, kept }] of slots.entries()) {
            const standing = standingOf(row, VOUCHERS[n] ?? '');
            expect(standing.openedEpoch).toBe(opened);
            expect(standing.epoch).toBe(kept ? opened : row.epoch);
            expect(standing.kept).toBe(kept);
            expect(keptSlots(row).has(slotOf(VOUCHERS[n] ?? ''))).toBe(kept);
          }
          // Records name each slot with the epoch that it is in, and no epoch gets slots that it had given up.
          for (const epoch of epochsInUse(row)) {
            const { slots: text } = epochInLog(row, epoch);
            const of = text === undefined ? SlotSet.ALL : SlotSet.parse(text);
            for (const voucher of VOUCHERS)
              expect(of.has(slotOf(voucher))).toBe(standingOf(row, voucher).epoch === epoch);
            expect(of.without(named.get(epoch) ?? SlotSet.ALL).isEmpty).toBe(true);
            if (epoch !== row.epoch || row.state !== 'recovering') named.set(epoch, of);
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  it('say nothing where all is lost, or all is of one epoch', () => {
    expect(groupsAfterLoss(begin, SlotSet.ALL)).toEqual([]);
    expect(groupsText([])).toBeNull();
    const lost = SlotSet.parse('0-5460');
    const groups = groupsAfterLoss(begin, lost);
    expect(groupsText(groups)).toBe('[{"slots":"5461-16383","epoch":1,"kept":true}]');
    // The second loss is of what has kept the first epoch: of the other slots nothing older is opened than the second.
    const opened: SlotEpochs = { epoch: 2, state: 'open', openedEpoch: 2, groups };
    expect(groupsText(groupsAfterLoss(opened, SlotSet.parse('5461-10922')))).toBe(
      '[{"slots":"10923-16383","epoch":1,"kept":true},{"slots":"5461-10922","epoch":1,"kept":false},{"slots":"0-5460","epoch":2,"kept":true}]',
    );
    expect(groupsText(groupsAfterLoss(opened, SlotSet.ALL))).toBe(
      '[{"slots":"5461-16383","epoch":1,"kept":false}]',
    );
  });
});
