import { Module } from '@nestjs/common';
import { RateLimitModule } from '../rate-limit/index.js';
import { VoucherModule } from '../voucher/index.js';
import { MessageMails } from './messages/message-mails.js';
import { MessagesController } from './messages/messages.controller.js';
import { VoucherMessages } from './messages/voucher-messages.js';
import { MailPreferencesController } from './mail-preferences.controller.js';
import { NoticeFanOut } from './notice-fan-out.js';
import { OpeningMails } from './opening-mails.js';
import { Reminders } from './reminders.js';
import { RemindersController } from './reminders.controller.js';
import { SoldOutNotice } from './sold-out-notice.js';

/** Mails about vouchers, to those who want them. */
@Module({
  imports: [RateLimitModule, VoucherModule],
  controllers: [RemindersController, MailPreferencesController, MessagesController],
  providers: [Reminders, OpeningMails, NoticeFanOut, SoldOutNotice, VoucherMessages, MessageMails],
  exports: [OpeningMails, NoticeFanOut, VoucherMessages, MessageMails],
})
export class NoticeModule {}
