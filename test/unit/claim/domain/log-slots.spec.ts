import { describe, expect, it } from '@jest/globals';
import { Coverage } from '../../../../src/claim/ledger/consumed-positions.js';
import { PACK_MAX } from '../../../../src/claim/domain/claim-record.js';
import { slotOf as slotOfVoucher } from '../../../../src/redis/hash-slot.js';
import { SlotSet } from '../../../../src/redis/slots.js';
import { EpochOrder, offsetOf, slotOf } from '../../../../src/claim/domain/log-slots.js';

const range = (from: number, next: number) => ({ partition: 0, from, next, epoch: 1 });

describe('slots of the log', () => {
  it('have room for every claim of a record, and stay exact at high offsets', () => {
    expect(slotOf(1n) - slotOf(0n)).toBeGreaterThan(PACK_MAX);
    const high = 2n ** 40n;
    expect(offsetOf(slotOf(high))).toBe(high);
    expect(offsetOf(slotOf(high) + PACK_MAX)).toBe(high);
    expect(offsetOf(slotOf(high) - 1)).toBe(high - 1n);
  });
});

describe('what is consumed of a partition', () => {
  it('ends at the first gap, whatever lies behind it', () => {
    const first = range(0, slotOf(3n));
    expect(new Coverage([first, range(slotOf(3n), slotOf(5n)), range(slotOf(6n), slotOf(9n))]).next(0n)).toBe(
      5n,
    );
    expect(new Coverage([first, range(slotOf(1n), slotOf(2n)), range(slotOf(2n), slotOf(4n))]).next(0n)).toBe(
      4n,
    );
  });

  it('does not count a record of which claims are missing', () => {
    expect(new Coverage([range(0, slotOf(3n) + 7)]).next(0n)).toBe(3n);
  });

  it('begins at the first offset that the log still has', () => {
    expect(new Coverage([range(0, slotOf(3n)), range(slotOf(7n), slotOf(9n))]).next(7n)).toBe(9n);
    expect(new Coverage([]).next(4n)).toBe(4n);
  });

  it('counts for nothing where its begin was forgotten', () => {
    expect(new Coverage([range(slotOf(3n), slotOf(9n))]).next(0n)).toBe(0n);
  });
});

describe('the order of epochs in a partition', () => {
  const mine = 'vch_01k9z3v8f0abcdef';
  const other = 'vch_01k9z3v8f0abcdeg';
  const of = (epoch: number, voucher_id = mine) => ({ epoch, voucher_id });
  const slots = SlotSet.of([slotOfVoucher(mine)]).toString();
  const rest = SlotSet.ALL.without(SlotSet.parse(slots)).toString();

  it('tells a record behind one of a newer epoch, in whatever order they are read', () => {
    const order = new EpochOrder();
    order.note(0, 10n, of(4));
    expect(order.isOvertaken(0, 11n, of(3))).toBe(true);
    expect(order.isOvertaken(0, 9n, of(3))).toBe(false);
    expect(order.isOvertaken(0, 11n, of(4))).toBe(false);
    expect(order.isOvertaken(1, 11n, of(3))).toBe(false);
    order.note(0, 5n, of(4)); // read again from further back
    expect(order.isOvertaken(0, 9n, of(3))).toBe(true);
  });

  it('holds for the slots of the newer epoch, and not for those that kept an older one', () => {
    const order = new EpochOrder();
    order.note(0, 10n, { epoch: 4, slots: rest });
    expect(order.isOvertaken(0, 11n, of(3))).toBe(false);
    expect(order.isOvertaken(0, 11n, of(3, other))).toBe(true);
    order.note(0, 12n, { epoch: 5, slots }); // slots are added to those of the epoch, not put in their place
    expect(order.isOvertaken(0, 13n, of(3))).toBe(true);
    order.note(0, 12n, { epoch: 5, slots: rest });
    expect(order.isOvertaken(0, 13n, of(3))).toBe(true);
    expect(order.isOvertaken(0, 13n, of(4, other))).toBe(true);
    expect(order.isOvertaken(0, 11n, of(4, other))).toBe(false);
  });

  it('is of all slots where one record names none, also after one that names some', () => {
    const order = new EpochOrder();
    order.note(0, 10n, { epoch: 4, slots: rest });
    order.note(0, 11n, of(4));
    order.note(0, 12n, { epoch: 4, slots: rest });
    expect(order.isOvertaken(0, 13n, of(3))).toBe(true);
  });
});
