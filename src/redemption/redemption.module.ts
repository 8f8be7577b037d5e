import { Module } from '@nestjs/common';
import { RateLimitModule } from '../rate-limit/index.js';
import { VoucherModule } from '../voucher/index.js';
import { RedemptionController } from './redemption.controller.js';
import { RedemptionPresenter } from './redemption.presenter.js';
import { Redemptions } from './redemption.service.js';
import { RedemptionStore } from './redemption.store.js';

/** The counter: claims are redeemed, and redemptions rolled back. */
@Module({
  imports: [VoucherModule, RateLimitModule],
  controllers: [RedemptionController],
  providers: [RedemptionStore, Redemptions, RedemptionPresenter],
})
export class RedemptionModule {}
