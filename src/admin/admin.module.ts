import { Module } from '@nestjs/common';
import { RecoveryModule } from '../auth/index.js';
import { ClaimModule } from '../claim/index.js';
import { VoucherModule } from '../voucher/index.js';
import { AdminAccounts } from './accounts.service.js';
import { AdminMerchantsController } from './admin-merchants.controller.js';
import { AdminUsersController } from './admin-users.controller.js';
import { AdminVouchersController } from './admin-vouchers.controller.js';
import { BlocksController } from './blocks.controller.js';
import { DeadLettersController } from './dead-letters.controller.js';
import { SystemController } from './system.controller.js';

/** What administrators of the installation do. */
@Module({
  imports: [ClaimModule, RecoveryModule, VoucherModule],
  controllers: [
    BlocksController,
    DeadLettersController,
    SystemController,
    AdminUsersController,
    AdminMerchantsController,
    AdminVouchersController,
  ],
  providers: [AdminAccounts],
})
export class AdminModule {}
