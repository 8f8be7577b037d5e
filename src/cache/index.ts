export { Cache, type KeySource } from './cache.js';
export { CacheModule } from './cache.module.js';
export { cachePolicies } from './policies/policies.js';
export { KnownIds } from './ports/known-ids.js';
export { SharedCacheStore } from './ports/shared-cache-store.js';
