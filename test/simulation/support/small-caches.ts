import { jest } from '@jest/globals';

/**
 * A cache of lru-cache reserves its room when it is made. Thousands of processes begin in these runs, none of which remembers
 * a hundred things: without this, half of their time is spent on room for 50,000.
 */
const MOST = 100;

jest.mock('lru-cache', () => {
  const { LRUCache } = jest.requireActual<typeof import('lru-cache')>('lru-cache');
  class SmallCache<K extends object, V extends object> extends LRUCache<K, V> {
    constructor(options: { readonly max: number }) {
      super({ ...options, max: Math.min(options.max, MOST) });
    }
  }
  return { LRUCache: SmallCache };
});
