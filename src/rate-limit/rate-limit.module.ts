import { Module } from '@nestjs/common';
import { ClientLimits } from './client-limits.js';
import { NamedLimits } from './named-limits.js';
import { ThroughputLimiter } from './throughput-limiter.js';

/**
 * Limits on how fast things may go: what clients and users may ask, and the constant drain of the claim consumer.
 * `RateLimiter` comes from the composition root.
 */
@Module({
  providers: [ThroughputLimiter, ClientLimits, NamedLimits],
  exports: [ClientLimits, NamedLimits, ThroughputLimiter],
})
export class RateLimitModule {}
