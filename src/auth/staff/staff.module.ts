import { Module } from '@nestjs/common';
import { RecoveryModule } from '../recovery/recovery.module.js';
import { StaffController, StaffInvitationsController } from './staff.controller.js';
import { Staff } from './staff.service.js';

/** Who works for a merchant: invitations, roles, handover. */
@Module({
  imports: [RecoveryModule],
  controllers: [StaffController, StaffInvitationsController],
  providers: [Staff],
  exports: [Staff],
})
export class StaffModule {}
