import { describe } from '@jest/globals';
import { claimExpiryContract } from '../contract/support/claim-expiry.contract.js';
import { claimMovesContract } from '../contract/support/claim-moves.contract.js';
import { ownDatabase } from '../support/own-database.js';

const own = ownDatabase('moves');

describe('on MariaDB or MySQL', () => claimMovesContract(() => own.database));

describe('expiry, on MariaDB or MySQL', () => claimExpiryContract(() => own.database));
