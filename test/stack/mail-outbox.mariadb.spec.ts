import { describe } from '@jest/globals';
import { mailOutboxContract } from '../contract/support/mail-outbox.contract.js';
import { ownDatabase } from '../support/own-database.js';

const own = ownDatabase('mails');

describe('on MariaDB or MySQL', () => mailOutboxContract(() => own.database));
