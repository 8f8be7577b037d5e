import { Global, Module } from '@nestjs/common';
import { MailOutbox } from './mail-outbox.js';
import { MailPreferences } from './mail-preferences.js';
import { MailRelay } from './mail-relay.js';
import { UnsubscribeTokens } from './unsubscribe-tokens.js';

/** Mails to people; global, because every feature may have something to write. The `Mailer` comes from the composition root. */
@Global()
@Module({
  providers: [MailOutbox, MailRelay, MailPreferences, UnsubscribeTokens],
  exports: [MailOutbox, MailRelay, MailPreferences, UnsubscribeTokens],
})
export class MailModule {}
