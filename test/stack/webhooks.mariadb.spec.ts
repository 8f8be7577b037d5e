import { describe } from '@jest/globals';
import { webhooksContract } from '../contract/support/webhooks.contract.js';
import { ownDatabase } from '../support/own-database.js';

const own = ownDatabase('hooks');

describe('on MariaDB or MySQL', () => webhooksContract(() => own.database));
