export { setUpClientLimits } from './client-limits.js';
export { Drain } from './drain.js';
export { announceLimits, rateLimited, rateLimitHeaders, type JudgedLimit } from './headers.js';
export { BlockList, Offences, type Block, type BlockSubject, type Offence } from './ports/block-list.js';
export { RateLimiter, type RateLimitDecision, type RateLimitRule } from './ports/rate-limiter.js';
export { RateLimited, type LimitKey } from './rate-limited.decorator.js';
export { RateLimitModule } from './rate-limit.module.js';
export { TokenBucket } from './token-bucket.js';
