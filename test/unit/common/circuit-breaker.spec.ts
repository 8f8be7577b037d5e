import { beforeEach, describe, expect, it } from '@jest/globals';
import { CircuitBreaker } from '../../../src/common/circuit-breaker.js';
import { ManualClock } from '../../support/manual-clock.js';

const RESET_MS = 3_000;
let clock: ManualClock;
let breaker: CircuitBreaker;
const fail = () => breaker.run(() => Promise.reject(new Error('away'))).catch(() => undefined);
const succeed = () => breaker.run(() => Promise.resolve('done'));

beforeEach(() => {
  clock = new ManualClock();
  breaker = new CircuitBreaker(clock, RESET_MS);
});

describe('the breaker', () => {
  it('lets calls through while they succeed, and hands on what they say', async () => {
    expect(await succeed()).toBe('done');
    expect([breaker.allows, breaker.closed]).toEqual([true, true]);
    await expect(breaker.run(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
  });

  it('opens at the first failure and stays open until its time is over', async () => {
    await fail();
    expect([breaker.allows, breaker.closed]).toEqual([false, false]);
    clock.pass(RESET_MS - 1);
    expect(breaker.allows).toBe(false);
    clock.pass(1);
    expect([breaker.allows, breaker.closed]).toEqual([true, false]);
  });

  it('closes when the call that tries it succeeds', async () => {
    await fail();
    clock.pass(RESET_MS);
    await succeed();
    expect([breaker.allows, breaker.closed]).toEqual([true, true]);
  });

  it('waits its whole time again when that call fails', async () => {
    await fail();
    clock.pass(RESET_MS);
    await fail();
    clock.pass(RESET_MS - 1);
    expect(breaker.allows).toBe(false);
    clock.pass(1);
    expect(breaker.allows).toBe(true);
  });

  it('allows no second call while one is trying it', async () => {
    await fail();
    clock.pass(RESET_MS);
    let finish: () => void = () => undefined;
    const probe = breaker.run(() => new Promise<void>((resolve) => (finish = resolve)));
    expect(breaker.allows).toBe(false);
    finish();
    await probe;
    expect(breaker.allows).toBe(true);
  });
});
