import { describe, expect, it } from '@jest/globals';
import { Coverage } from '../../../../src/claim/ledger/consumed-positions.js';
import { PACK_MAX } from '../../../../src/claim/domain/claim-record.js';
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
  it('tells a record behind one of a newer epoch, in whatever order they are read', () => {
    const order = new EpochOrder();
    order.note(0, 10n, 4);
    expect(order.isOvertaken(0, 11n, 3)).toBe(true);
    expect(order.isOvertaken(0, 9n, 3)).toBe(false);
    expect(order.isOvertaken(0, 11n, 4)).toBe(false);
    expect(order.isOvertaken(1, 11n, 3)).toBe(false);
    order.note(0, 5n, 4); // read again from further back
    expect(order.isOvertaken(0, 9n, 3)).toBe(true);
  });
});
