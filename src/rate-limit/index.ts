export { Drain } from './drain.js';
export { RateLimitModule } from './rate-limit.module.js';
export { TokenBucket } from './token-bucket.js';
