import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  BackgroundPace,
  KEEP_ALIVE_MS,
  TURN_WAIT_MAX_MS,
} from '../../../../src/claim/issue/background-pace.js';
import type { ClaimLoad } from '../../../../src/claim/issue/claim-load.js';
import { Metrics } from '../../../../src/observability/metrics.js';
import { SharedClock } from '../../../support/manual-clock.js';

const LOOK_MS = 20;

let clock: SharedClock;
let load: { isBusy: boolean };
let metrics: Metrics;
let pace: BackgroundPace;

beforeEach(() => {
  clock = new SharedClock();
  load = { isBusy: true };
  metrics = new Metrics();
  pace = new BackgroundPace(load as ClaimLoad, clock, metrics);
});

/** Pieces that begin together. @returns when each began and ended, ms from the first begin, and how many ran at once */
async function together(names: readonly string[], tookMs: number) {
  const start = clock.monotonic();
  const pieces: { name: string; began: number; ended: number }[] = [];
  let running = 0;
  let most = 0;
  const piece = async (name: string): Promise<void> => {
    most = Math.max(most, (running += 1));
    const began = clock.monotonic() - start;
    await clock.sleep(tookMs);
    running -= 1;
    pieces.push({ name, began, ended: clock.monotonic() - start });
  };
  await Promise.all(names.map((name) => pace.run('export', () => piece(name))));
  return { pieces, most };
}

const waitedS = async (): Promise<number> =>
  (await metrics.backgroundWaits.get()).values.reduce((sum, { value }) => sum + value, 0);

describe('the pace of background reads', () => {
  it('runs all at once while no claims are taken', async () => {
    load.isBusy = false;
    const { pieces, most } = await together(['a', 'b', 'c'], 50);
    expect(most).toBe(3);
    expect(pieces.map(({ began }) => began)).toEqual([0, 0, 0]);
    expect(await waitedS()).toBe(0);
  });

  it('runs one at a time while claims are taken, who came first first, and rests seven times as long', async () => {
    const { pieces, most } = await together(['a', 'b', 'c'], 50);
    expect(most).toBe(1);
    expect(pieces.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    for (const [index, { began }] of pieces.entries()) {
      if (index === 0) continue;
      const rest = began - (pieces[index - 1]?.ended ?? NaN);
      expect(rest).toBeGreaterThanOrEqual(7 * 50);
      expect(rest).toBeLessThanOrEqual(7 * 50 + LOOK_MS);
    }
    expect(await waitedS()).toBeGreaterThan((2 * 7 * 50) / 1_000);
  });

  it('goes on for a tenth of the time at least under a load that does not end', async () => {
    const start = clock.monotonic();
    for (let n = 0; n < 100; n++) await pace.run('audit', () => clock.sleep(50));
    expect((100 * 50) / (clock.monotonic() - start)).toBeGreaterThan(0.1);
  });

  it('rests two seconds at most, however long a piece took', async () => {
    await pace.run('audit', () => clock.sleep(60_000));
    const ended = clock.monotonic();
    await pace.run('audit', async () => undefined);
    expect(clock.monotonic() - ended).toBe(2_000);
  });

  it('takes turns: who has had one goes behind those that wait', async () => {
    const order: string[] = [];
    const walk = async (name: string): Promise<void> => {
      for (let n = 0; n < 3; n++)
        await pace.run('export', async () => {
          order.push(name);
          await clock.sleep(10);
        });
    };
    await Promise.all(['a', 'b', 'c'].map(walk));
    expect(order.join('')).toBe('abcabcabc');
  });

  it('lets no piece wait longer than a proxy does, and no transaction idle, whatever holds the one before it', async () => {
    let letGo = (): void => undefined;
    const stuck = pace.run('audit', () => new Promise<void>((resolve) => (letGo = resolve)));
    const began = clock.monotonic();
    let waitedMs = 0;
    let keptAlive = 0;
    const keepAlive = async (): Promise<number> => (keptAlive += 1);
    await pace.run('export', async () => undefined, { onWait: (ms) => (waitedMs = ms), keepAlive });
    expect(keptAlive).toBe(TURN_WAIT_MAX_MS / KEEP_ALIVE_MS);
    expect(waitedMs).toBe(clock.monotonic() - began);
    expect(waitedMs).toBe(TURN_WAIT_MAX_MS);
    letGo();
    await stuck;
  });

  it('lets all that wait go on when the load is over', async () => {
    await pace.run('audit', () => clock.sleep(100));
    const began = clock.monotonic();
    const waiting = together(['a', 'b', 'c'], 50);
    load.isBusy = false;
    expect((await waiting).most).toBe(3);
    expect(clock.monotonic() - began).toBeLessThan(7 * 100);
  });

  it('ends the wait of who gives up, and the next one takes the turn', async () => {
    const gone = new AbortController();
    await pace.run('audit', () => clock.sleep(100));
    const first = pace.run('audit', async () => 'first', { signal: gone.signal });
    const second = pace.run('export', async () => 'second');
    gone.abort(new Error('gone'));
    await expect(first).rejects.toThrow('gone');
    expect(await second).toBe('second');
    await expect(pace.run('audit', async () => 'late', { signal: gone.signal })).rejects.toThrow('gone');
  });

  it('goes on after a piece that failed', async () => {
    const failed = pace.run('audit', () => Promise.reject(new Error('the database is away')));
    await expect(failed).rejects.toThrow('the database is away');
    expect(await pace.run('audit', async () => 'next')).toBe('next');
  });
});
