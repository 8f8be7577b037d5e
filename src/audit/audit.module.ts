import { Module } from '@nestjs/common';
import { ClaimModule } from '../claim/index.js';
import { AuditFindings } from './audit-findings.js';
import { AuditJobs } from './audit-jobs.js';
import { AuditRepair } from './audit-repair.js';
import { AuditService } from './audit.service.js';
import { AuditSlots } from './audit-slots.js';
import { Auditor } from './auditor.js';
import { ProvedRanges } from './proved-ranges.js';
import { Reconcile } from './reconcile.js';

/** Compares gate, log and ledger, and repairs what can be repaired. */
@Module({
  imports: [ClaimModule],
  providers: [
    Auditor,
    ProvedRanges,
    AuditSlots,
    AuditFindings,
    AuditRepair,
    AuditService,
    AuditJobs,
    Reconcile,
  ],
  exports: [Auditor, AuditSlots, AuditService, AuditJobs, Reconcile],
})
export class AuditModule {}
