import { describe, expect, it } from '@jest/globals';
import { draw, jittered } from '../../../src/cache/policies/policies.js';
import { EmbeddedBroadcast } from '../../../src/broadcast/broadcast.embedded.js';
import { cacheInstance as instance, held, MemoryStore, never, settle } from '../../support/cache.js';
import { ManualClock } from '../../support/manual-clock.js';

describe('TwoLevelCache', () => {
  it('answers 1,000 parallel reads of one key with one load', async () => {
    const { cache, reads } = instance();
    let loads = 0;
    const load = async () => {
      loads += 1;
      await settle();
      return { n: 7 };
    };
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, async () => cache.get('voucher', 'a', load)),
    );
    expect(loads).toBe(1);
    expect(answers.every((answer) => answer?.n === 7)).toBe(true);
    expect(await reads('load')).toBe(1);
    expect(await reads('joined')).toBe(999);
  });

  it('keeps null, and does not keep a failed load', async () => {
    const { cache } = instance();
    await expect(cache.get('voucher', 'none', () => Promise.reject(new Error('database')))).rejects.toThrow(
      'database',
    );
    expect(await cache.get('voucher', 'none', async () => null)).toBeNull();
    expect(await cache.get('voucher', 'none', never)).toBeNull();
  });

  it('holds no more entries in process than it may', async () => {
    const { cache } = instance({ env: { CACHE_LOCAL_ENTRIES: '10' } });
    for (let i = 0; i < 100; i++) await cache.get('voucher', `v${i}`, async () => i);
    expect(cache.localEntries).toBe(10);
    expect(await cache.get('voucher', 'v99', never)).toBe(99);
  });

  it('keeps nothing of a family whose lifetime is 0', async () => {
    const { cache } = instance({ env: { AVAILABILITY_TTL_MS: '0' } });
    await cache.get('availability', 'a', async () => 1);
    expect(await cache.get('availability', 'a', async () => 2)).toBe(2);
  });

  it('finds in the shared level what another instance loaded', async () => {
    const store = new MemoryStore();
    const [one, two] = [instance({ store }), instance({ store })];
    await one.cache.get('voucher', 'a', async () => ({ title: ':odd "title"' }));
    expect(await two.cache.get('voucher', 'a', never)).toEqual({ title: ':odd "title"' });
    expect(await two.reads('shared')).toBe(1);
    await two.cache.get('voucher', 'a', never);
    expect(store.reads).toBe(3); // one twice, before and under the lock; two once, and its second read stayed in process
  });

  it('keeps stock out of the shared level: the gate is in Redis itself', async () => {
    const store = new MemoryStore();
    await instance({ store }).cache.get('availability', 'a', async () => 1);
    expect(store.entries.size).toBe(0);
  });

  it('drops a changed key on all instances', async () => {
    const store = new MemoryStore();
    const broadcast = new EmbeddedBroadcast();
    const [one, two] = [instance({ store, broadcast }), instance({ store, broadcast })];
    await one.cache.get('voucher', 'a', async () => 'old');
    await two.cache.get('voucher', 'a', never);
    await one.cache.invalidate('voucher', 'a');
    expect(await two.cache.get('voucher', 'a', async () => 'new')).toBe('new');
    expect(await one.cache.get('voucher', 'a', never)).toBe('new');
  });

  it.each([
    ['with Redis', () => new MemoryStore()],
    ['without', () => undefined],
  ])('empties a family on all instances, %s', async (_name, make) => {
    const broadcast = new EmbeddedBroadcast();
    const store = make();
    const parts = { broadcast, ...(store ? { store } : {}) };
    const [one, two] = [instance(parts), instance(parts)];
    for (const { cache } of [one, two]) await cache.get('voucher-list', 'all', async () => 'old');
    await one.cache.invalidateAll('voucher-list');
    for (const { cache } of [one, two]) {
      expect(await cache.get('voucher-list', 'all', async () => 'new')).toBe('new');
    }
  });

  it('answers a hot key past its fresh half at once, and loads it once behind the answers', async () => {
    const clock = new ManualClock(0);
    const { cache, reads } = instance({ clock });
    await cache.get('voucher', 'a', async () => 'old');
    clock.pass(6_000); // of 10 s
    const slow = held('new');
    let loads = 0;
    const load = () => {
      loads += 1;
      return slow.load();
    };
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, async () => cache.get('voucher', 'a', load)),
    );
    expect(new Set(answers)).toEqual(new Set(['old']));
    slow.release();
    await settle();
    expect(await cache.get('voucher', 'a', never)).toBe('new');
    expect([loads, await reads('local-stale')]).toEqual([1, 1_000]);
  });

  it('answers nothing stale after an invalidation', async () => {
    const clock = new ManualClock(0);
    const store = new MemoryStore();
    const { cache } = instance({ clock, store });
    await cache.get('voucher', 'a', async () => 'old');
    clock.pass(6_000);
    const slow = held('old');
    expect(await cache.get('voucher', 'a', slow.load)).toBe('old');
    await settle();
    await cache.invalidate('voucher', 'a');
    expect(await cache.get('voucher', 'a', async () => 'new')).toBe('new');
    slow.release(); // the rebuild that began before the change ends after it
    await settle();
    expect(await cache.get('voucher', 'a', never)).toBe('new');
    expect(await instance({ store }).cache.get('voucher', 'a', never)).toBe('new');
  });

  it('goes on answering what it has while it cannot be loaded, up to the end of its life', async () => {
    const clock = new ManualClock(0);
    const { cache } = instance({ clock });
    const broken = () => Promise.reject(new Error('database'));
    await cache.get('voucher', 'a', async () => 'old');
    for (const ms of [6_000, 2_000, 1_400]) {
      clock.pass(ms);
      expect(await cache.get('voucher', 'a', broken)).toBe('old');
      await settle();
    }
    clock.pass(601); // 10 s and a bit, and no entry lives longer than that
    await expect(cache.get('voucher', 'a', broken)).rejects.toThrow('database');
  });

  it('answers a value that is past its logical life in Redis, and lets one instance rebuild it', async () => {
    const clock = new ManualClock(0);
    const store = new MemoryStore();
    await instance({ clock, store }).cache.get('voucher', 'a', async () => 'old');
    clock.pass(1_900_000);
    const [one, two] = [instance({ clock, store }), instance({ clock, store })];
    const slow = held('new');
    let loads = 0;
    const load = () => {
      loads += 1;
      return slow.load();
    };
    const ask = ({ cache }: typeof one) =>
      Promise.all(Array.from({ length: 500 }, async () => cache.get('voucher', 'a', load)));
    expect(new Set((await Promise.all([ask(one), ask(two)])).flat())).toEqual(new Set(['old']));
    await settle();
    slow.release();
    await settle();
    clock.pass(250);
    for (const { cache } of [one, two]) await cache.get('voucher', 'a', load); // may start one more look
    await settle();
    for (const { cache } of [one, two]) expect(await cache.get('voucher', 'a', never)).toBe('new');
    expect(loads).toBe(1);
  });

  it('hears of a change by the lifetime of its level when the message is lost', async () => {
    const clock = new ManualClock(0);
    const store = new MemoryStore();
    const [deaf, other] = [instance({ clock, store }), instance({ clock, store })]; // no common broadcast
    await deaf.cache.get('voucher', 'a', async () => 'old');
    await other.cache.invalidate('voucher', 'a');
    expect(await deaf.cache.get('voucher', 'a', never)).toBe('old');
    clock.pass(10_000);
    expect(await deaf.cache.get('voucher', 'a', async () => 'new')).toBe('new');
  });

  it('does not let a load from before an invalidation put the old value back', async () => {
    const store = new MemoryStore();
    const { cache } = instance({ store });
    const slow = held('old');
    const early = cache.get('voucher', 'a', slow.load);
    await settle();
    await cache.invalidate('voucher', 'a');
    const late = await cache.get('voucher', 'a', async () => 'new');
    slow.release();
    expect([await early, late]).toEqual(['old', 'new']);
    expect(await cache.get('voucher', 'a', never)).toBe('new');
    expect(await instance({ store }).cache.get('voucher', 'a', never)).toBe('new');
  });

  it('does not read what a deaf instance wrote from a load that was older than the invalidation', async () => {
    const store = new MemoryStore();
    const [deaf, other] = [instance({ store }), instance({ store })]; // no common broadcast
    const slow = held('old');
    const early = deaf.cache.get('voucher', 'a', slow.load);
    await settle();
    await other.cache.invalidate('voucher', 'a');
    slow.release();
    await early;
    expect([...store.entries.values()].some(({ value }) => value.includes('"old"'))).toBe(true);
    expect(await other.cache.get('voucher', 'a', async () => 'new')).toBe('new');
  });

  it('asks the loader when the shared store is away, and leaves the store alone for a second', async () => {
    const store = new MemoryStore();
    const clock = new ManualClock(0);
    const { cache } = instance({ store, clock });
    store.away = true;
    expect(await cache.get('voucher', 'a', async () => 1)).toBe(1);
    expect(await cache.get('voucher', 'b', async () => 2)).toBe(2);
    expect(store.reads).toBe(1);
    store.away = false;
    clock.ms = 1_001;
    await cache.get('voucher', 'c', async () => 3);
    expect(store.entries.has('voucher:c')).toBe(true);
  });

  it('says whether the shared level answers; without one there is nothing to wait for', async () => {
    const store = new MemoryStore();
    const { cache } = instance({ store });
    expect(await cache.answers()).toBe(true);
    store.away = true;
    expect(await cache.answers()).toBe(false);
    expect(await instance().cache.answers()).toBe(true);
  });

  it('asks the loader when the shared level holds something that is not ours', async () => {
    const store = new MemoryStore();
    await store.set('voucher:a', 'not json', 1_000);
    expect(await instance({ store }).cache.get('voucher', 'a', async () => 1)).toBe(1);
  });

  it('does not read the old value after an invalidation that the store could not take', async () => {
    const store = new MemoryStore();
    const clock = new ManualClock(0);
    const { cache } = instance({ store, clock });
    await cache.get('voucher', 'a', async () => 'old');
    store.away = true;
    await cache.invalidate('voucher', 'a');
    store.away = false;
    clock.ms = 5_000;
    expect(await cache.get('voucher', 'a', async () => 'new')).toBe('new');
    cache.onApplicationShutdown();
  });

  it('gives entries lifetimes that differ by a tenth, and nulls a short one without a stale end', async () => {
    const store = new MemoryStore();
    const { cache } = instance({ store });
    for (let i = 0; i < 50; i++) await cache.get('voucher', `v${i}`, async () => i);
    const lifetimes = [...store.entries.values()].map(({ ttlMs }) => ttlMs);
    expect(Math.min(...lifetimes)).toBeGreaterThanOrEqual(1_620_000 + 300_000);
    expect(Math.max(...lifetimes)).toBeLessThanOrEqual(1_800_000 + 300_000);
    expect(new Set(lifetimes).size).toBeGreaterThan(10);
    expect([jittered(1_000, 0.1, 0), jittered(1_000, 0.1, 1)]).toEqual([1_000, 900]);
    await cache.get('voucher', 'none', async () => null);
    expect(store.entries.get('voucher:none')?.ttlMs).toBeLessThanOrEqual(10_000);
    const policy = { nullMs: 10, jitter: 0, whole: false, local: NONE, shared: NONE };
    expect(draw({ freshMs: 1_000, staleMs: 500 }, policy, true, 0)).toEqual({ freshMs: 10, staleMs: 0 });
  });
});

const NONE = { freshMs: 0, staleMs: 0 };
