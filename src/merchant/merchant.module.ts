import { Module } from '@nestjs/common';
import { LogoImages } from './logo-image.js';
import { OwnMerchantController, PublicMerchantController } from './merchant.controller.js';
import { Merchants } from './merchants.js';

/** What merchants show of themselves. Accounts of their people are the matter of `auth`. */
@Module({
  controllers: [OwnMerchantController, PublicMerchantController],
  providers: [Merchants, LogoImages],
  exports: [Merchants],
})
export class MerchantModule {}
