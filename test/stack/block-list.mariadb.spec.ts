import { describe } from '@jest/globals';
import { RATE_LIMIT_ENTITIES } from '../../src/rate-limit/index.js';
import { blockListContract } from '../contract/support/block-list.contract.js';
import { ownDatabase } from '../support/own-database.js';

const own = ownDatabase('blocks', RATE_LIMIT_ENTITIES);

describe('on MariaDB or MySQL', () => blockListContract(() => own.database));
