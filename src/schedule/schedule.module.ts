import { Module } from '@nestjs/common';
import { AuditLogModule } from '../audit-log/index.js';
import { AuditModule } from '../audit/index.js';
import { RecoveryModule, StaffModule } from '../auth/index.js';
import { ClaimModule } from '../claim/index.js';
import { NoticeModule } from '../notice/index.js';
import { RehearsalModule } from '../rehearsal/index.js';
import { VoucherModule } from '../voucher/index.js';
import { WebhookModule } from '../webhook/index.js';
import { Schedule } from './schedule.js';
import { SecretRenewal } from './secret-renewal.js';

/** The schedule of all jobs. */
@Module({
  imports: [
    AuditLogModule,
    AuditModule,
    RecoveryModule,
    StaffModule,
    ClaimModule,
    VoucherModule,
    WebhookModule,
    NoticeModule,
    RehearsalModule,
  ],
  providers: [Schedule, SecretRenewal],
})
export class JobScheduleModule {}
