import { Module } from '@nestjs/common';
import { GateSync } from './gate-sync.js';
import { AvailabilityEventsController } from './live/availability-events.controller.js';
import { AvailabilityFeed } from './live/availability-feed.js';
import { VoucherLifecycle } from './lifecycle.service.js';
import { MerchantVoucherController } from './merchant-voucher.controller.js';
import { StockAdjustmentController } from './stock-adjustment.controller.js';
import { StockAdjustments } from './stock-adjustments.service.js';
import { StockLedger } from './stock-ledger.js';
import { VoucherController } from './voucher.controller.js';
import { VoucherService } from './voucher.service.js';
import { VoucherStore } from './voucher.store.js';
import { Vouchers } from './vouchers.js';

@Module({
  controllers: [
    VoucherController,
    AvailabilityEventsController,
    MerchantVoucherController,
    StockAdjustmentController,
  ],
  providers: [
    VoucherStore,
    StockLedger,
    GateSync,
    Vouchers,
    VoucherService,
    VoucherLifecycle,
    StockAdjustments,
    AvailabilityFeed,
  ],
  exports: [Vouchers, VoucherLifecycle, StockAdjustments],
})
export class VoucherModule {}
