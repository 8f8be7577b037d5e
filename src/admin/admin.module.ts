import { Module } from '@nestjs/common';
import { ClaimModule } from '../claim/index.js';
import { AdminAccounts } from './accounts.service.js';
import { AdminMerchantsController } from './admin-merchants.controller.js';
import { AdminUsersController } from './admin-users.controller.js';
import { BlocksController } from './blocks.controller.js';
import { DeadLettersController } from './dead-letters.controller.js';
import { SystemController } from './system.controller.js';

/** What administrators of the installation do. */
@Module({
  imports: [ClaimModule],
  controllers: [
    BlocksController,
    DeadLettersController,
    SystemController,
    AdminUsersController,
    AdminMerchantsController,
  ],
  providers: [AdminAccounts],
})
export class AdminModule {}
