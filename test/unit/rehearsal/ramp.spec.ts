import { describe, expect, it } from '@jest/globals';
import {
  exceededBy,
  quantile,
  rampOf,
  safeRateOf,
  soldOutAfterS,
  type Exceeded,
  type StepCounts,
} from '../../../src/rehearsal/domain/ramp.js';

const counts = (more: Partial<StepCounts> = {}): StepCounts => ({
  rate: 10,
  offered: 10,
  accepted: 10,
  shed: 0,
  refused: {},
  issued: 10,
  p50Ms: 1,
  p99Ms: 100,
  loopDelayMs: 1,
  lagMs: 500,
  ...more,
});

describe('the rates that are tried', () => {
  it.each([
    [800, 10_000, [100, 200, 400, 800, 1_600]],
    [800, 500, [32, 63, 125, 250, 500]],
    [1_000_000, 1_000, [63, 125, 250, 500, 1_000]],
    [1_000_000, 1, [1]],
    [0.01, 500, [1]],
    [3, 500, [1, 2, 3, 6]],
  ])('%d a second, at most %d: %j', (expected, most, rates) => {
    expect(rampOf(expected, most)).toEqual(rates);
  });
});

describe('a rate is held while nothing is refused, and answers and issues stay quick', () => {
  const bounds = { p99Ms: 100, lagMs: 500 };
  it.each<[Exceeded | null, Partial<StepCounts>]>([
    [null, {}],
    [null, { p50Ms: null, p99Ms: null }],
    ['shed', { shed: 1 }],
    ['refused', { refused: { overloaded: 1 } }],
    ['lag', { lagMs: 501 }],
    ['latency', { p99Ms: 100.1 }],
  ])('%s: %j', (exceeded, more) => {
    expect(exceededBy(counts(more), bounds)).toBe(exceeded);
  });
});

it('the safe rate is the highest that was held', () => {
  const step = (rate: number, exceeded: Exceeded | null) => ({ ...counts({ rate }), exceeded });
  expect(safeRateOf([])).toEqual({ rate: null, isAtLeast: false });
  expect(safeRateOf([step(5, 'shed')])).toEqual({ rate: null, isAtLeast: false });
  expect(safeRateOf([step(5, null), step(10, 'lag')])).toEqual({ rate: 5, isAtLeast: false });
  expect(safeRateOf([step(5, null), step(10, null)])).toEqual({ rate: 10, isAtLeast: true });
});

it('a crowd that is too small leaves units', () => {
  expect(soldOutAfterS(100, 99, 10)).toBeNull();
  expect(soldOutAfterS(100, 100, 10)).toBe(10);
  expect(soldOutAfterS(100, 100, null)).toBeNull();
});

it('quantiles', () => {
  expect(quantile([], 0.5)).toBeNull();
  const values = Array.from({ length: 100 }, (_, at) => 100 - at);
  expect([quantile(values, 0.5), quantile(values, 0.99)]).toEqual([51, 100]);
});
