import { EmbeddedAttempts } from '../../src/auth/adapters/attempts.embedded.js';
import { ManualClock } from '../support/manual-clock.js';
import { attemptsContract } from './support/attempts.contract.js';

attemptsContract(() => {
  const clock = new ManualClock();
  return { attempts: new EmbeddedAttempts(clock), pass: async (_whose, ms) => clock.pass(ms) };
});
