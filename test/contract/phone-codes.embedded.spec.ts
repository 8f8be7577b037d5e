import { EmbeddedPhoneCodes } from '../../src/auth/adapters/phone-codes.embedded.js';
import { ManualClock } from '../support/manual-clock.js';
import { CODE_OPTIONS, phoneCodesContract } from './support/phone-codes.contract.js';

phoneCodesContract(() => {
  const clock = new ManualClock();
  return { codes: new EmbeddedPhoneCodes(clock, CODE_OPTIONS), pass: async (_phone, ms) => clock.pass(ms) };
});
