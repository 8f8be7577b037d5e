import { afterEach, describe, expect, it } from '@jest/globals';
import { EmbeddedKnownIds } from '../../../src/cache/adapters/known-ids.embedded.js';
import type { KeySource } from '../../../src/cache/cache.js';
import { IdFilter } from '../../../src/cache/id-filter.js';
import type { FilterNews } from '../../../src/cache/ports/known-ids.js';
import { loadConfig } from '../../../src/config/index.js';
import { EmbeddedJobLock } from '../../../src/jobs/job-lock.js';
import { newId } from '../../../src/common/ids.js';
import { cacheInstance, never, settle } from '../../support/cache.js';
import { ManualClock } from '../../support/manual-clock.js';

/** A database of ids that counts how often it is read. */
class Ids implements KeySource {
  scans = 0;
  constructor(readonly all: string[] = []) {}

  async count(): Promise<number> {
    return this.all.length;
  }

  async *pages(): AsyncIterable<readonly string[]> {
    this.scans += 1;
    for (let i = 0; i < this.all.length; i += 1_000) yield this.all.slice(i, i + 1_000);
  }
}

class Shared extends EmbeddedKnownIds {
  looks = 0;
  away = false;

  override async look(...args: Parameters<EmbeddedKnownIds['look']>): Promise<FilterNews> {
    this.looks += 1;
    if (this.away) throw new Error('away');
    await settle();
    return super.look(...args);
  }

  override async add(...args: Parameters<EmbeddedKnownIds['add']>): Promise<void> {
    if (this.away) throw new Error('away');
    return super.add(...args);
  }
}

const clock = new ManualClock();
const ids = (count: number) => Array.from({ length: count }, () => newId('vch', clock.now()));
const running: IdFilter[] = [];
afterEach(async () => {
  for (const filter of running.splice(0)) await filter.stop();
});

/** The filter of one instance, as sized by the default configuration. */
function filterOver(source: KeySource, shared: Shared): IdFilter {
  const config = loadConfig({});
  const filter = new IdFilter('voucher', source, shared, new EmbeddedJobLock(), clock, {
    wrongRate: config.CACHE_FILTER_WRONG_RATE,
    maxEntries: config.CACHE_FILTER_MAX_ENTRIES,
    rebuildMs: config.CACHE_FILTER_REBUILD_MS,
    timeoutMs: config.CACHE_SHARED_TIMEOUT_MS,
  });
  running.push(filter);
  return filter;
}

describe('the filter of ids', () => {
  it('takes every id for possible until it was built', async () => {
    const filter = filterOver(new Ids(), new Shared(clock));
    expect(filter.has('vch_x')).toBe(true);
    expect(await filter.isUnknown('vch_x')).toBe(false);
  });

  it('knows what exists, and lets fewer of the unknown pass than the configured rate', async () => {
    const source = new Ids(ids(20_000));
    const filter = filterOver(source, new Shared(clock));
    await filter.tick();
    expect(source.all.filter((id) => !filter.has(id))).toEqual([]);
    const rate = ids(50_000).filter((id) => filter.has(id)).length / 50_000;
    // Sized for twice the ids there are: far below the 0.001 that it may reach when it is full.
    process.stdout.write(`filter of 20,000 ids: ${(100 * rate).toFixed(3)} % of unknown ids pass\n`);
    expect(rate).toBeLessThan(0.001);
  });

  it('keeps to the configured rate when it is as full as it was sized for', async () => {
    const shared = new Shared(clock);
    const filter = filterOver(new Ids(ids(20_000)), shared);
    await filter.tick();
    for (const id of ids(20_000)) await filter.admit(id);
    const rate = ids(100_000).filter((id) => filter.has(id)).length / 100_000;
    process.stdout.write(`the same with 40,000 ids: ${(100 * rate).toFixed(3)} % pass\n`);
    expect(rate).toBeGreaterThan(0.0003);
    expect(rate).toBeLessThan(0.0015);
  });

  it('is built once, by one of two instances, and used by both', async () => {
    const source = new Ids(ids(10));
    const shared = new Shared(clock);
    const [one, two] = [filterOver(source, shared), filterOver(source, shared)];
    await one.tick();
    await two.tick();
    expect(source.scans).toBe(1);
    expect(await two.isUnknown(newId('vch', clock.now()))).toBe(true);
    expect(two.has(source.all[0] ?? '')).toBe(true);
  });

  it('never takes an id for unknown that another instance admitted before it was asked for', async () => {
    const shared = new Shared(clock);
    const [one, two] = [filterOver(new Ids(), shared), filterOver(new Ids(), shared)];
    for (const filter of [one, two]) await filter.tick();
    for (let i = 0; i < 100; i++) {
      const id = newId('vch', clock.now());
      const early = two.isUnknown(newId('vch', clock.now())); // a look is under way
      await one.admit(id);
      expect(await two.isUnknown(id)).toBe(false);
      expect(await early).toBe(true);
    }
  });

  it('looks once for many guesses of one id', async () => {
    const shared = new Shared(clock);
    const filter = filterOver(new Ids(), shared);
    await filter.tick();
    const before = shared.looks;
    const unknown = await Promise.all(ids(1_000).map((id) => filter.isUnknown(id)));
    expect(unknown.every(Boolean)).toBe(true);
    expect(shared.looks - before).toBeLessThanOrEqual(2);
  });

  it('takes every id for possible while it cannot look, and pays back what it admitted meanwhile', async () => {
    const shared = new Shared(clock);
    const [one, two] = [filterOver(new Ids(), shared), filterOver(new Ids(), shared)];
    for (const filter of [one, two]) await filter.tick();
    shared.away = true;
    const id = newId('vch', clock.now());
    await one.admit(id);
    expect(await two.isUnknown(id)).toBe(false);
    shared.away = false;
    clock.pass(1_001);
    await one.tick();
    expect(await two.isUnknown(id)).toBe(false);
    expect(await two.isUnknown(newId('vch', clock.now()))).toBe(true);
  });

  it('is built anew after its time, without ids that are gone, and with those that were added', async () => {
    const source = new Ids(ids(10));
    const shared = new Shared(clock);
    const filter = filterOver(source, shared);
    await filter.tick();
    const gone = source.all.pop() ?? '';
    const added = newId('vch', clock.now());
    await filter.admit(added); // its insert has not ended when the scan passes
    clock.pass(59_000);
    await filter.tick();
    expect([source.scans, await filter.isUnknown(gone)]).toEqual([1, false]);
    clock.pass(542_000);
    const late = newId('vch', clock.now());
    await filter.admit(late);
    await filter.tick();
    expect([source.scans, await filter.isUnknown(gone)]).toEqual([2, true]);
    expect(await filter.isUnknown(late)).toBe(false);
  });

  it('keeps unknown ids from the loader, and lets an admitted one through at once', async () => {
    const { cache, reads } = cacheInstance();
    cache.guard('voucher', new Ids(ids(10)));
    cache.onApplicationBootstrap();
    await settle();
    await settle();
    expect(await cache.get('voucher', newId('vch', 0), never)).toBeNull();
    expect(await reads('filter')).toBe(1);
    expect(cache.localEntries).toBe(0); // a flood of guesses pushes nothing out
    await cache.admit('voucher', 'vch_new');
    expect(await cache.get('voucher', 'vch_new', async () => 1)).toBe(1);
    await cache.beforeApplicationShutdown();
  });
});
