import { Module } from '@nestjs/common';
import { GateSync } from './gate-sync.js';
import { VoucherLifecycle } from './lifecycle.service.js';
import { MerchantVoucherController } from './merchant-voucher.controller.js';
import { VoucherController } from './voucher.controller.js';
import { VoucherService } from './voucher.service.js';
import { VoucherStore } from './voucher.store.js';
import { Vouchers } from './vouchers.js';

@Module({
  controllers: [VoucherController, MerchantVoucherController],
  providers: [VoucherStore, GateSync, Vouchers, VoucherService, VoucherLifecycle],
  exports: [Vouchers, VoucherLifecycle],
})
export class VoucherModule {}
