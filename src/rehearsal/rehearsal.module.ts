import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { AuthModule } from '../auth/index.js';
import { ClaimModule } from '../claim/index.js';
import { RateLimitModule } from '../rate-limit/index.js';
import { VoucherModule } from '../voucher/index.js';
import { RehearsalStore } from './rehearsal.store.js';
import { Rehearsals } from './rehearsals.js';
import { RehearsalsController } from './rehearsals.controller.js';
import { ShadowRows } from './shadow-rows.js';
import { SimulatedCrowd } from './simulated-crowd.js';

/** A drop is tried out by a simulated crowd before people come. */
@Module({
  imports: [AuditModule, AuthModule, ClaimModule, RateLimitModule, VoucherModule],
  controllers: [RehearsalsController],
  providers: [RehearsalStore, Rehearsals, ShadowRows, SimulatedCrowd],
  exports: [Rehearsals],
})
export class RehearsalModule {}
