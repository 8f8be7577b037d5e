import { expect, it } from '@jest/globals';
import { EmbeddedSessionStore } from '../../src/auth/adapters/session-store.embedded.js';
import { ManualClock } from '../support/manual-clock.js';
import { CLIENT, SESSION_OPTIONS, sessionStoreContract } from './support/session-store.contract.js';

sessionStoreContract(() => {
  const clock = new ManualClock();
  return {
    store: new EmbeddedSessionStore(clock, SESSION_OPTIONS),
    now: () => clock.now(),
    pass: async (_id, ms) => {
      clock.ms += ms;
    },
  };
});

it('ends the session that was idle longest when there are too many', async () => {
  const clock = new ManualClock();
  const store = new EmbeddedSessionStore(clock, { ...SESSION_OPTIONS, max: 2 });
  for (const id of ['a', 'b']) await store.open({ id, userId: 'usr_1', ...CLIENT, refreshHash: 'hash' });
  await store.renew('a');
  await store.open({ id: 'c', userId: 'usr_1', ...CLIENT, refreshHash: 'hash' });
  expect(await store.find('a')).toBeDefined();
  expect(await store.find('b')).toBeUndefined();
  expect(await store.find('c')).toBeDefined();
});
