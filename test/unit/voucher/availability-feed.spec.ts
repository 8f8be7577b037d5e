import { describe, expect, it } from '@jest/globals';
import { Metrics } from '../../../src/observability/metrics.js';
import { Clock } from '../../../src/common/clock.js';
import { AvailabilityFeed, type Watcher } from '../../../src/voucher/availability-feed.js';
import type { Availability, VoucherCatalogue } from '../../../src/voucher/index.js';

/** Time moves when a test says so, and whoever waits is woken by it. */
class SteppedClock extends Clock {
  private at = 0;
  private waiting: { readonly until: number; readonly wake: () => void }[] = [];
  readonly beats: (() => void)[] = [];
  readonly later: (() => void)[] = [];

  now = (): number => this.at;
  monotonic = (): number => this.at;
  sleep = (ms: number): Promise<void> =>
    new Promise((wake) => this.waiting.push({ until: this.at + ms, wake }));
  sleepUpTo = (): Promise<void> => Promise.resolve();
  every = (_ms: number, work: () => void): (() => void) => {
    this.beats.push(work);
    return () => undefined;
  };
  soon = (work: () => void): void => void this.later.push(work);

  async pass(ms: number): Promise<void> {
    this.at += ms;
    const due = this.waiting.filter(({ until }) => until <= this.at);
    this.waiting = this.waiting.filter(({ until }) => until > this.at);
    for (const { wake } of due) wake();
    await settle();
  }

  async turn(): Promise<void> {
    for (const work of this.later.splice(0)) work();
    await settle();
  }

  get waiters(): number {
    return this.waiting.length;
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

class Tab implements Watcher {
  readonly taken: Buffer[] = [];
  writableLength = 0;
  ended = false;
  destroyed = false;
  write(chunk: Buffer): boolean {
    this.taken.push(chunk);
    return true;
  }
  end = (): void => void (this.ended = true);
  destroy = (): void => void (this.destroyed = true);
  get left(): number[] {
    return this.taken.flatMap((chunk) => {
      const data = /data: (.*)\n/.exec(chunk.toString())?.[1];
      return data === undefined ? [] : [(JSON.parse(data) as { remaining: number }).remaining];
    });
  }
}

const ID = 'vch_01k9z3v8f0abcdef';
const state = (remaining: number, status: Availability['status'] = 'live'): Availability => ({
  voucherId: ID,
  status,
  remaining,
  asOf: 0,
  etag: `${status}.${remaining}`,
});

function scene(max = 10_000) {
  const clock = new SteppedClock();
  const seen = { looks: 0, answer: state(10) as Availability | null | Error };
  const vouchers = {
    availability: () => {
      seen.looks += 1;
      return seen.answer instanceof Error ? Promise.reject(seen.answer) : Promise.resolve(seen.answer);
    },
  } as unknown as VoucherCatalogue;
  const metrics = new Metrics();
  const feed = new AvailabilityFeed({ WATCHERS_MAX: max }, vouchers, clock, metrics);
  return { clock, seen, feed, metrics };
}

describe('the feed of remaining stock', () => {
  it('tells each watcher the present state at once, and changes as they come', async () => {
    const { clock, seen, feed } = scene();
    const tab = new Tab();
    feed.watch(tab, state(10));
    expect(tab.left).toEqual([10]);
    await clock.pass(250);
    expect(tab.left).toEqual([10]); // nothing changed
    seen.answer = state(7);
    await clock.pass(250);
    seen.answer = state(0);
    await clock.pass(250);
    expect(tab.left).toEqual([10, 7, 0]);
  });

  it('looks once and writes one buffer however many watch', async () => {
    const { clock, seen, feed } = scene();
    const tabs = Array.from({ length: 150 }, () => new Tab());
    for (const tab of tabs) feed.watch(tab, state(10));
    seen.answer = state(9);
    await clock.pass(250);
    expect(seen.looks).toBe(1);
    const [first] = tabs;
    for (const tab of tabs) expect(tab.taken[1]).toBe(first?.taken[1]);
  });

  it('writes to many streams in slices, and skips what is old news by the time the last slice is out', async () => {
    const { clock, seen, feed } = scene();
    const tabs = Array.from({ length: 500 }, () => new Tab());
    for (const tab of tabs) feed.watch(tab, state(10));
    const told = () => tabs.filter(({ left }) => left.length > 1).length;
    seen.answer = state(9);
    await clock.pass(250);
    expect(told()).toBe(200);
    seen.answer = state(8);
    await clock.pass(250);
    seen.answer = state(7);
    await clock.pass(250);
    expect(told()).toBe(200); // the event loop had other things to do
    for (let turns = 0; clock.later.length > 0 && turns < 20; turns++) await clock.turn();
    expect(new Set(tabs.map(({ left }) => left.join()))).toEqual(new Set(['10,9,7']));
  });

  it('cuts off who does not take what it is sent, and nobody else', async () => {
    const { clock, seen, feed, metrics } = scene();
    const [slow, good] = [new Tab(), new Tab()];
    feed.watch(slow, state(10));
    feed.watch(good, state(10));
    slow.writableLength = 20_000;
    seen.answer = state(9);
    await clock.pass(250);
    expect([slow.destroyed, slow.left, good.destroyed, good.left]).toEqual([true, [10], false, [10, 9]]);
    expect((await metrics.watchersDropped.get()).values[0]?.value).toBe(1);
  });

  it('sends a heartbeat that pages can hear, and none while the stock cannot be told', async () => {
    const { clock, seen, feed } = scene();
    const tab = new Tab();
    const heartbeats = (): number =>
      tab.taken.filter((chunk) => chunk.toString() === 'event: heartbeat\ndata: {}\n\n').length;
    feed.watch(tab, state(10));
    clock.beats[0]?.();
    expect(heartbeats()).toBe(1);
    seen.answer = new Error('away');
    await clock.pass(250);
    clock.beats[0]?.();
    expect(heartbeats()).toBe(1);
    seen.answer = state(10);
    await clock.pass(250);
    clock.beats[0]?.();
    expect(heartbeats()).toBe(2);
  });

  it('waits where the stock cannot be told, and ends where there is nothing to watch any more', async () => {
    const { clock, seen, feed } = scene();
    const tab = new Tab();
    feed.watch(tab, state(10));
    seen.answer = new Error('away');
    await clock.pass(250);
    expect([tab.ended, tab.left]).toEqual([false, [10]]);
    seen.answer = null;
    await clock.pass(250);
    expect(tab.ended).toBe(true);
    expect(clock.waiters).toBe(0);
  });

  it('stops looking when the last watcher has gone, and begins anew with the next', async () => {
    const { clock, seen, feed } = scene();
    const [one, two] = [new Tab(), new Tab()];
    const stop = feed.watch(one, state(10));
    stop();
    stop(); // both its end and its close
    await clock.pass(250);
    expect([seen.looks, clock.waiters]).toEqual([0, 0]);
    feed.watch(two, state(5));
    expect(two.left).toEqual([5]);
    seen.answer = state(4);
    await clock.pass(250);
    expect([two.left, one.left]).toEqual([[5, 4], [10]]);
  });

  it('has room for so many and no more', () => {
    const { feed } = scene(2);
    const stops = [feed.watch(new Tab(), state(1)), feed.watch(new Tab(), state(1))];
    expect(() => feed.requireRoom()).toThrow(expect.objectContaining({ code: 'overloaded' }));
    stops[0]?.();
    expect(() => feed.requireRoom()).not.toThrow();
  });

  it('lets go of everybody when the program ends', () => {
    const { feed } = scene();
    const tab = new Tab();
    feed.watch(tab, state(1));
    feed.beforeApplicationShutdown();
    expect(tab.ended).toBe(true);
  });
});
