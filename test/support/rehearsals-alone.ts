import { jest } from '@jest/globals';

/**
 * Where a look at the database takes 5 s, a rehearsal is interrupted, as another process may have taken it over. On a busy machine a look
 * takes as long, and in an embedded application there is no other process.
 */
jest.mock('../../src/rehearsal/rehearsal.store.js', () => ({
  ...jest.requireActual<object>('../../src/rehearsal/rehearsal.store.js'),
  LOST_MS: 600_000,
}));
