import { Module } from '@nestjs/common';
import { RateLimitModule } from '../../rate-limit/index.js';
import { AccountDeletionController } from '../deletion/account-deletion.controller.js';
import { AccountDeletion } from '../deletion/account-deletion.js';
import { AccountTokens } from './account-tokens.js';
import { EmailProofs } from './email-proofs.js';
import { MailCaps } from './mail-caps.js';
import { PasswordResets } from './password-resets.js';
import { PhoneProofs } from './phone-proofs.js';
import {
  EmailProofsController,
  PasswordResetsController,
  PhoneProofsController,
} from './recovery.controller.js';

/** Ways back into an account, what its owner proves of it, and its end. */
@Module({
  imports: [RateLimitModule],
  controllers: [
    PasswordResetsController,
    EmailProofsController,
    PhoneProofsController,
    AccountDeletionController,
  ],
  providers: [AccountTokens, MailCaps, PasswordResets, EmailProofs, PhoneProofs, AccountDeletion],
  exports: [AccountTokens, MailCaps, PasswordResets, EmailProofs, PhoneProofs, AccountDeletion],
})
export class RecoveryModule {}
