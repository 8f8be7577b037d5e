export { Cache, type CacheFamily, type LocalFamily } from './cache.js';
export { CacheModule } from './cache.module.js';
export { SharedCacheStore } from './ports/shared-cache-store.js';
