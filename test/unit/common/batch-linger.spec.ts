import { beforeEach, describe, expect, it } from '@jest/globals';
import { BatchLinger } from '../../../src/common/batch-linger.js';
import { ManualClock } from '../../support/manual-clock.js';

const EVERY_MS = 50;

/** Who waits for the next turn or for a time is called when the test says so. */
class HeldClock extends ManualClock {
  readonly turns: (() => void)[] = [];
  readonly sleeps: { readonly ms: number; readonly wake: () => void }[] = [];

  override soon(work: () => void): void {
    this.turns.push(work);
  }
  override sleep(ms: number): Promise<void> {
    return new Promise((wake) => this.sleeps.push({ ms, wake }));
  }
}

describe('the linger of a batch', () => {
  let clock: HeldClock;
  let linger: BatchLinger;
  let done: string[];

  beforeEach(() => {
    clock = new HeldClock();
    linger = new BatchLinger(clock, EVERY_MS);
    done = [];
  });

  const add = (...names: string[]): void => {
    for (const name of names) linger.soon(() => done.push(name));
  };
  const turn = (): void => {
    for (const work of clock.turns.splice(0)) work();
  };
  /** Lets all who sleep sleep to the end. @returns how long, in ms */
  const sleep = async (): Promise<number[]> => {
    const sleeps = clock.sleeps.splice(0);
    clock.pass(Math.max(0, ...sleeps.map(({ ms }) => ms)));
    for (const { wake } of sleeps) wake();
    await Promise.resolve();
    return sleeps.map(({ ms }) => ms);
  };

  it('is the next turn after a rest, for all that is due by then, in its order', () => {
    add('a', 'b', 'c');
    expect(done).toEqual([]);
    expect(clock.sleeps).toEqual([]);
    expect(clock.turns).toHaveLength(1);
    turn();
    expect(done).toEqual(['a', 'b', 'c']);
  });

  it('leaves a time between two departures, and takes along what came meanwhile in its order', async () => {
    add('a');
    turn();
    clock.pass(20);
    add('b');
    clock.pass(10);
    add('c', 'd');
    expect(clock.turns).toEqual([]);
    expect(done).toEqual(['a']);
    expect(await sleep()).toEqual([EVERY_MS - 20]);
    expect(done).toEqual(['a', 'b', 'c', 'd']);
  });

  it('counts from the departure, not from what was asked for first', async () => {
    add('a');
    clock.pass(30); // a long turn
    turn();
    add('b');
    expect(await sleep()).toEqual([EVERY_MS]);
    add('c');
    expect(await sleep()).toEqual([EVERY_MS]);
    expect(done).toEqual(['a', 'b', 'c']);
  });

  it('is the next turn again once the time has gone', () => {
    add('a');
    turn();
    clock.pass(EVERY_MS);
    add('b');
    expect(clock.sleeps).toEqual([]);
    turn();
    expect(done).toEqual(['a', 'b']);
  });

  it('leaves what departing work asks for to the next departure', async () => {
    linger.soon(() => add('again'));
    add('a');
    turn();
    expect(done).toEqual(['a']);
    expect(clock.turns).toEqual([]);
    expect(await sleep()).toEqual([EVERY_MS]);
    expect(done).toEqual(['a', 'again']);
  });
});
