import { SLOTS } from './hash-slot.js';

type Range = readonly [from: number, to: number];

const TEXT = /^(\d+-\d+(,\d+-\d+)*)?$/;

/** A set of slots of a Redis Cluster, as ranges in their order that do not touch. It never changes. */
export class SlotSet {
  static readonly NONE = new SlotSet([]);
  static readonly ALL = new SlotSet([[0, SLOTS - 1]]);

  private constructor(private readonly ranges: readonly Range[]) {}

  /** @param slots 0 to 16,383, in any order, each as often as you like */
  static of(slots: Iterable<number>): SlotSet {
    return SlotSet.joined([...slots].map((slot): Range => [slot, slot]));
  }

  /** All slots of which that is true. */
  static where(has: (slot: number) => boolean): SlotSet {
    const ranges: [number, number][] = [];
    for (let slot = 0, isIn = false; slot < SLOTS; slot++) {
      const wasIn = isIn;
      isIn = has(slot);
      const last = ranges.at(-1);
      if (isIn && wasIn && last) last[1] = slot;
      else if (isIn) ranges.push([slot, slot]);
    }
    return new SlotSet(ranges);
  }

  /** @throws Error where it is not the text of a set */
  static parse(text: string): SlotSet {
    if (!SlotSet.isText(text)) throw new Error('not a set of slots');
    return SlotSet.joined(rangesOf(text));
  }

  /** Whether it is the text of a set. */
  static isText(text: string): boolean {
    return TEXT.test(text) && rangesOf(text).every(([from, to]) => from <= to && to < SLOTS);
  }

  private static joined(ranges: readonly Range[]): SlotSet {
    const all: [number, number][] = [];
    for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
      const last = all.at(-1);
      if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to);
      else all.push([from, to]);
    }
    return new SlotSet(all);
  }

  get isEmpty(): boolean {
    return this.ranges.length === 0;
  }

  has(slot: number): boolean {
    let low = 0;
    let high = this.ranges.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const [from, to] = this.ranges[middle] as Range;
      if (slot < from) high = middle - 1;
      else if (slot > to) low = middle + 1;
      else return true;
    }
    return false;
  }

  and(other: SlotSet): SlotSet {
    return SlotSet.joined([...this.ranges, ...other.ranges]);
  }

  without(other: SlotSet): SlotSet {
    const left: Range[] = [];
    for (const [from, to] of this.ranges) {
      let next = from;
      for (const [first, last] of other.ranges) {
        if (last < next || first > to) continue;
        if (first > next) left.push([next, first - 1]);
        next = last + 1;
      }
      if (next <= to) left.push([next, to]);
    }
    return new SlotSet(left);
  }

  within(other: SlotSet): SlotSet {
    return this.without(SlotSet.ALL.without(other));
  }

  /** `0-5460,7000-7000`; nothing for no slot. */
  toString(): string {
    return this.ranges.map(([from, to]) => `${from}-${to}`).join();
  }
}

const rangesOf = (text: string): Range[] =>
  text === '' ? [] : text.split(',').map((range) => range.split('-').map(Number) as unknown as Range);
