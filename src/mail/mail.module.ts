import { Global, Module } from '@nestjs/common';
import { MailOutbox } from './mail-outbox.js';
import { MailRelay } from './mail-relay.js';

/** Mails to people; global, because every feature may have something to write. The `Mailer` comes from the composition root. */
@Global()
@Module({ providers: [MailOutbox, MailRelay], exports: [MailOutbox, MailRelay] })
export class MailModule {}
