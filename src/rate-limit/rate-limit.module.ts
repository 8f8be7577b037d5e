import { Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { ClientLimits } from './client-limits.js';
import { ThroughputLimiter } from './throughput-limiter.js';
import { RateLimitInterceptor } from './rate-limit.interceptor.js';

/**
 * Limits on how fast things may go: what clients and users may ask, and the constant drain of the claim consumer.
 * `RateLimiter` comes from the composition root.
 */
@Module({
  providers: [ThroughputLimiter, ClientLimits, { provide: APP_INTERCEPTOR, useClass: RateLimitInterceptor }],
  exports: [ClientLimits, ThroughputLimiter],
})
export class RateLimitModule {}
