import { Module } from '@nestjs/common';
import { Drain } from './drain.js';

/** Limits on how fast things may go. Here: the constant drain of the claim consumer. */
@Module({ providers: [Drain], exports: [Drain] })
export class RateLimitModule {}
