import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { AuthModule } from '../auth/index.js';
import { ClaimModule } from '../claim/index.js';
import { RateLimitModule } from '../rate-limit/index.js';
import { VoucherModule } from '../voucher/index.js';
import { AuditJobsController } from './audit-jobs.controller.js';
import { Board } from './board.service.js';
import { ClaimExport } from './claim-export.js';
import { ClaimWorkbookController } from './claim-workbook.controller.js';
import { ClaimSearch } from './claim-search.js';
import { IssueHistories } from './issue-history.js';
import { MerchantClaimsController } from './merchant-claims.controller.js';

/** What merchants see of the claims of their vouchers. */
@Module({
  imports: [AuditModule, AuthModule, ClaimModule, RateLimitModule, VoucherModule],
  controllers: [MerchantClaimsController, AuditJobsController, ClaimWorkbookController],
  providers: [Board, IssueHistories, ClaimSearch, ClaimExport],
})
export class ReportingModule {}
