export { DevInbox, type DevMessage } from './dev-inbox.js';
export { MailModule } from './mail.module.js';
export { MailOutbox, type BatchCounts, type NewMail } from './mail-outbox.js';
export { mailLanguage, MailPreferences, type MailChoices, type RefusedMerchant } from './mail-preferences.js';
export { MailRelay } from './mail-relay.js';
export { Mailer } from './ports/mailer.js';
export { UnsubscribeTokens, type MailList } from './unsubscribe-tokens.js';
