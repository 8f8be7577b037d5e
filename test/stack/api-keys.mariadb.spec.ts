import { describe } from '@jest/globals';
import { apiKeysContract } from '../contract/support/api-keys.contract.js';
import { ownDatabase } from '../support/own-database.js';

const own = ownDatabase('keys');

describe('on MariaDB or MySQL', () => apiKeysContract(() => own.database));
