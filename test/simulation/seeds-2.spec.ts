import { describe } from '@jest/globals';
import { shard } from './support/shard.js';

describe('the claim path, simulated', () => shard(2));
