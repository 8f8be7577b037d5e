import { Module } from '@nestjs/common';
import { MerchantModule } from '../merchant/index.js';
import { BulkVouchersController } from './bulk/bulk-vouchers.controller.js';
import { BudgetController } from './budget/budget.controller.js';
import { Budgets } from './budget/budgets.js';
import { CodeLists } from './codes/code-lists.js';
import { CodesController } from './codes/codes.controller.js';
import { EligibilityChanges } from './eligibility/eligibility-changes.js';
import { EligibilityController } from './eligibility/eligibility.controller.js';
import { EligibilityLists } from './eligibility/eligibility-lists.js';
import { EligibilityTokens } from './eligibility/eligibility-tokens.js';
import { GateSync } from './gate-sync.js';
import { AvailabilityEventsController } from './availability-events.controller.js';
import { AvailabilityFeed } from './availability-feed.js';
import { VoucherLifecycle } from './lifecycle.service.js';
import { MerchantVoucherController } from './merchant-voucher.controller.js';
import { PreflightController } from './preflight/preflight.controller.js';
import { Preflight } from './preflight/preflight.service.js';
import { ShadowVouchers } from './shadow-vouchers.js';
import { StockAdjustmentController } from './stock-adjustment.controller.js';
import { StockAdjustments } from './stock-adjustments.service.js';
import { StockWaves } from './stock-waves.js';
import { StockLedger } from './stock-ledger.js';
import { VoucherAudit } from './voucher-audit.js';
import { VoucherController } from './voucher.controller.js';
import { TakeDowns } from './take-downs.js';
import { VoucherCommands } from './voucher-commands.js';
import { VoucherRepository } from './voucher.repository.js';
import { VoucherTerms } from './voucher-terms.js';
import { VoucherCatalogue } from './voucher-catalogue.js';
import { VoucherViews } from './voucher-views.js';

@Module({
  imports: [MerchantModule],
  controllers: [
    VoucherController,
    AvailabilityEventsController,
    MerchantVoucherController,
    PreflightController,
    BulkVouchersController,
    StockAdjustmentController,
    EligibilityController,
    CodesController,
    BudgetController,
  ],
  providers: [
    VoucherRepository,
    StockLedger,
    GateSync,
    VoucherCatalogue,
    VoucherViews,
    VoucherTerms,
    VoucherCommands,
    TakeDowns,
    VoucherAudit,
    Preflight,
    VoucherLifecycle,
    StockAdjustments,
    StockWaves,
    AvailabilityFeed,
    EligibilityChanges,
    EligibilityLists,
    EligibilityTokens,
    CodeLists,
    Budgets,
    ShadowVouchers,
  ],
  exports: [
    Preflight,
    ShadowVouchers,
    VoucherCatalogue,
    TakeDowns,
    VoucherTerms,
    VoucherLifecycle,
    StockAdjustments,
    EligibilityLists,
    EligibilityTokens,
  ],
})
export class VoucherModule {}
