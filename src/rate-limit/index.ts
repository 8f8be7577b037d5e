import { BlockEntity } from './block-list/block.entity.js';

export { LocalRateLimiter } from './adapters/rate-limiter.local.js';
export { BlockListModule } from './block-list/block-list.module.js';
export { Blocks } from './block-list/blocks.js';
export { blockedProblem } from './blocked.js';
export { ClientLimits, setUpClientLimits } from './client-limits.js';
export { ThroughputLimiter } from './throughput-limiter.js';
export { rateLimited, rateLimitHeaders, rateLimitLines, type JudgedLimit } from './headers.js';
export { BlockList, Offences, type Block, type BlockSubject, type Offence } from './ports/block-list.js';
export { RateLimiter, type RateLimitDecision, type RateLimitRule } from './ports/rate-limiter.js';
export { setUpNamedLimits } from './named-limits.js';
export { RateLimited } from './rate-limited.decorator.js';
export { RateLimitModule } from './rate-limit.module.js';
export { TokenBucket } from './token-bucket.js';

/** For the data source. */
export const RATE_LIMIT_ENTITIES = [BlockEntity] as const;
