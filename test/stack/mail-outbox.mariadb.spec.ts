import { describe } from '@jest/globals';
import { mailOutboxContract } from '../contract/support/mail-outbox.contract.js';
import { messagesContract } from '../contract/support/messages.contract.js';
import { noticesContract } from '../contract/support/notices.contract.js';
import { ownDatabase } from '../support/own-database.js';

const own = ownDatabase('mails');

describe('on MariaDB or MySQL', () => mailOutboxContract(() => own.database));

describe('mails about vouchers, on MariaDB or MySQL', () => noticesContract(() => own.database));

describe('messages of merchants, on MariaDB or MySQL', () => messagesContract(() => own.database));
