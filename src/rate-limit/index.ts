export { Drain } from './drain.js';
export { BlockList, Offences, type Block, type BlockSubject, type Offence } from './ports/block-list.js';
export { RateLimiter, type RateLimitDecision, type RateLimitRule } from './ports/rate-limiter.js';
export { RateLimitModule } from './rate-limit.module.js';
export { TokenBucket } from './token-bucket.js';
