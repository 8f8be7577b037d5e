export { DevInbox, type DevMessage } from './dev-inbox.js';
export { MailModule } from './mail.module.js';
export { MailOutbox } from './mail-outbox.js';
export { MailRelay } from './mail-relay.js';
export { Mailer } from './ports/mailer.js';
