import { describe, expect, it } from '@jest/globals';
import { Batcher } from '../../../src/common/batcher.js';

interface Call {
  readonly key: string;
  readonly items: readonly number[];
  readonly finish: () => void;
  readonly fail: (error: Error) => void;
}

/** A batcher whose flushes end when the test says so. */
function controlled(options: Partial<{ maxBatch: number; maxWaiting: number; concurrency: number }> = {}) {
  const calls: Call[] = [];
  const batcher = new Batcher<number, string>(
    { maxBatch: 10, maxWaiting: 100, concurrency: 2, ...options },
    (key, items) =>
      new Promise((resolve, reject) => {
        calls.push({ key, items, finish: () => resolve(items.map((item) => `${key}${item}`)), fail: reject });
      }),
  );
  return { batcher, calls };
}

/** The result of an item that is taken. */
function take(batcher: Batcher<number, string>, key: string, item: number): Promise<string> {
  const result = batcher.add(key, item);
  if (!result) throw new Error('refused');
  return result;
}

/** Lets everything run that waits for nothing outside. */
const turns = async (count = 3): Promise<void> => {
  for (let n = 0; n < count; n++) await new Promise((resolve) => setImmediate(resolve));
};

describe('the batcher', () => {
  it('lets what arrives in one turn travel together, in order, and gives each its own result', async () => {
    const { batcher, calls } = controlled();
    const results = [1, 2, 3].map((item) => take(batcher, 'a', item));
    expect(calls).toHaveLength(0);
    await turns();
    expect(calls.map(({ items }) => items)).toEqual([[1, 2, 3]]);
    calls[0]?.finish();
    expect(await Promise.all(results)).toEqual(['a1', 'a2', 'a3']);
  });

  it('keeps keys apart', async () => {
    const { batcher, calls } = controlled();
    void batcher.add('a', 1);
    void batcher.add('b', 2);
    void batcher.add('a', 3);
    await turns();
    expect(calls.map(({ key, items }) => [key, items])).toEqual([
      ['a', [1, 3]],
      ['b', [2]],
    ]);
  });

  it('splits what is more than a batch, with no more under way than allowed', async () => {
    const { batcher, calls } = controlled({ maxBatch: 2, concurrency: 2 });
    const results = [1, 2, 3, 4, 5].map((item) => take(batcher, 'a', item));
    await turns();
    expect(calls.map(({ items }) => items)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    calls[1]?.finish();
    await turns();
    expect(calls[2]?.items).toEqual([5]);
    calls[0]?.finish();
    calls[2]?.finish();
    expect(await Promise.all(results)).toEqual(['a1', 'a2', 'a3', 'a4', 'a5']);
  });

  it('gathers what arrives while all queues are busy into the next batch', async () => {
    const { batcher, calls } = controlled({ concurrency: 1 });
    void batcher.add('a', 1);
    await turns();
    for (const item of [2, 3, 4]) {
      void batcher.add('a', item);
      await turns();
    }
    expect(calls).toHaveLength(1);
    calls[0]?.finish();
    await turns();
    expect(calls[1]?.items).toEqual([2, 3, 4]);
  });

  it('refuses when too many wait over all keys, and takes again when some are done', async () => {
    const { batcher, calls } = controlled({ maxWaiting: 2 });
    const first = batcher.add('a', 1);
    void batcher.add('b', 2);
    expect(batcher.add('a', 3)).toBeUndefined();
    await turns();
    expect(batcher.add('a', 3)).toBeUndefined(); // those under way count as well
    calls[0]?.finish();
    await first;
    await turns();
    expect(batcher.add('a', 3)).toBeDefined();
  });

  it('fails a batch as a whole, and goes on with the next', async () => {
    const { batcher, calls } = controlled({ maxBatch: 2, concurrency: 1 });
    const outcomes = [1, 2, 3].map((item) => take(batcher, 'a', item).catch((error: Error) => error.message));
    await turns();
    calls[0]?.fail(new Error('away'));
    await turns();
    calls[1]?.finish();
    expect(await Promise.all(outcomes)).toEqual(['away', 'away', 'a3']);
    const later = batcher.add('a', 4);
    await turns();
    calls[2]?.finish();
    expect(await later).toBe('a4');
  });

  it('keeps no queue for a key that is idle', async () => {
    const { batcher, calls } = controlled();
    for (let key = 0; key < 50; key++) {
      const result = batcher.add(`k${key}`, key);
      await turns();
      calls[key]?.finish();
      await result;
      await turns();
    }
    expect((batcher as unknown as { queues: Map<string, unknown> }).queues.size).toBe(0);
  });
});
