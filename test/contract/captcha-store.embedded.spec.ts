import { expect, it } from '@jest/globals';
import { EmbeddedCaptchaStore } from '../../src/challenge/adapters/captcha-store.embedded.js';
import { ManualClock } from '../support/manual-clock.js';
import { captchaStoreContract } from './support/captcha-store.contract.js';

captchaStoreContract(() => {
  const clock = new ManualClock();
  return { store: new EmbeddedCaptchaStore(clock), pass: async (_subject, ms) => clock.pass(ms) };
});

it('drops the oldest captcha when there are too many', async () => {
  const store = new EmbeddedCaptchaStore(new ManualClock(), 2);
  for (const subject of ['a', 'b', 'c']) await store.put(subject, { id: subject, answerHash: 'h' }, 60_000);
  expect(await store.take('a')).toBeUndefined();
  expect((await store.take('b'))?.id).toBe('b');
  expect((await store.take('c'))?.id).toBe('c');
});
