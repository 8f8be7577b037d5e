export { MessageMails } from './messages/message-mails.js';
export { VoucherMessages } from './messages/voucher-messages.js';
export { NoticeFanOut } from './notice-fan-out.js';
export { NoticeModule } from './notice.module.js';
export { OpeningMails } from './opening-mails.js';
