import { describe, expect, it } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import { SharedOutcome } from '../../../src/common/shared-outcome.js';

describe('a shared outcome', () => {
  it('is told to each of them once, in the order in which they came, and to who comes later at once', async () => {
    let keep: () => void = () => undefined;
    const settled = new SharedOutcome(new Promise<void>((resolve) => (keep = resolve)));
    const told: string[] = [];
    const wait = (name: string): void =>
      settled.onSettled(
        () => told.push(name),
        () => told.push(`${name} rejected`),
      );
    wait('first');
    wait('second');
    await turn();
    expect(told).toEqual([]);
    keep();
    await turn();
    expect(told).toEqual(['first', 'second']);
    wait('late');
    expect(told).toEqual(['first', 'second', 'late']);
  });

  it('brings its reason where it broke, and leaves no rejection unhandled', async () => {
    const reason = new Error('the log is away');
    const settled = new SharedOutcome(Promise.reject(reason));
    const told: unknown[] = [];
    const wait = (): void =>
      settled.onSettled(
        () => told.push('fulfilled'),
        (error) => told.push(error),
      );
    wait();
    await turn();
    wait();
    expect(told).toEqual([reason, reason]);
  });
});
