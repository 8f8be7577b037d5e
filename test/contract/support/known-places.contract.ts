import { beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { PLACES_PER_ACCOUNT, type KnownPlaces } from '../../../src/auth/ports/known-places.js';
import type { ManualClock } from '../../support/manual-clock.js';

export const PLACES_TTL_S = 3_600;

/** What everybody who remembers the places of accounts promises. */
export function knownPlacesContract(make: (clock: ManualClock) => KnownPlaces, clock: ManualClock): void {
  describe('known places', () => {
    let places: KnownPlaces;
    let account: string;
    beforeEach(() => {
      places = make(clock);
      account = randomUUID();
    });

    it('are of one account and no other', async () => {
      await places.remember(account, 'home');
      expect(await places.knows(account, 'home')).toBe(true);
      expect(await places.knows(account, 'elsewhere')).toBe(false);
      expect(await places.knows(randomUUID(), 'home')).toBe(false);
    });

    it('are forgotten some time after the last login from there', async () => {
      await places.remember(account, 'home');
      clock.pass((PLACES_TTL_S - 1) * 1_000);
      await places.remember(account, 'work');
      expect(await places.knows(account, 'home')).toBe(true);
      clock.pass(1_001);
      expect(await places.knows(account, 'home')).toBe(false);
      expect(await places.knows(account, 'work')).toBe(true);
    });

    it('are so many, those of the last logins', async () => {
      for (let n = 0; n < PLACES_PER_ACCOUNT; n += 1) {
        await places.remember(account, `place ${n}`);
        clock.pass(10);
      }
      await places.remember(account, 'place 0');
      clock.pass(10);
      await places.remember(account, 'one more');
      expect(await places.knows(account, 'place 0')).toBe(true);
      expect(await places.knows(account, 'place 1')).toBe(false);
      expect(await places.knows(account, 'one more')).toBe(true);
    });
  });
}
