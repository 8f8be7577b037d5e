import { Module } from '@nestjs/common';
import { RateLimitModule } from '../../rate-limit/index.js';
import { AccountTokens } from './account-tokens.js';
import { EmailProofs } from './email-proofs.js';
import { MailCaps } from './mail-caps.js';
import { PasswordResets } from './password-resets.js';
import { EmailProofsController, PasswordResetsController } from './recovery.controller.js';

/** Ways back into an account, and what an account's owner proves of it. */
@Module({
  imports: [RateLimitModule],
  controllers: [PasswordResetsController, EmailProofsController],
  providers: [AccountTokens, MailCaps, PasswordResets, EmailProofs],
  exports: [AccountTokens, PasswordResets],
})
export class RecoveryModule {}
