import { beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { PhoneCodes } from '../../../src/auth/index.js';

export interface PhoneCodesHarness {
  readonly codes: PhoneCodes;
  /** Lets `ms` of the time to live of a number's code pass. */
  pass(phoneHash: string, ms: number): Promise<void>;
}

/** What the stores under test are made with. */
export const CODE_OPTIONS = { ttlS: 300, tries: 5 };

/** What every store of one-time codes promises. */
export function phoneCodesContract(make: () => PhoneCodesHarness): void {
  describe('phone codes', () => {
    let harness: PhoneCodesHarness;
    let codes: PhoneCodes;
    let phone: string;

    beforeEach(async () => {
      harness = make();
      codes = harness.codes;
      phone = randomUUID();
      await codes.put(phone, 'right');
    });

    it('are right once', async () => {
      expect(await codes.check(phone, 'right')).toBe('right');
      expect(await codes.check(phone, 'right')).toBe('none');
    });

    it('are right for one of twenty at once', async () => {
      const checks = await Promise.all(Array.from({ length: 20 }, () => codes.check(phone, 'right')));
      expect(checks.filter((check) => check === 'right')).toHaveLength(1);
      expect(checks.filter((check) => check === 'none')).toHaveLength(19);
    });

    it('bear some wrong tries', async () => {
      for (let n = 1; n < CODE_OPTIONS.tries; n++)
        expect(await codes.check(phone, `wrong-${n}`)).toBe('wrong');
      expect(await codes.check(phone, 'right')).toBe('right');
    });

    it('are gone after too many wrong tries', async () => {
      for (let n = 0; n < CODE_OPTIONS.tries; n++) expect(await codes.check(phone, 'wrong')).toBe('wrong');
      expect(await codes.check(phone, 'right')).toBe('none');
    });

    it('are judged as often as they have tries, of a hundred at once', async () => {
      const checks = await Promise.all(
        Array.from({ length: 100 }, (_, n) => codes.check(phone, `wrong-${n}`)),
      );
      expect(checks.filter((check) => check === 'wrong')).toHaveLength(CODE_OPTIONS.tries);
    });

    it('end with their time to live, and wrong tries do not prolong it', async () => {
      await harness.pass(phone, 200_000);
      expect(await codes.check(phone, 'wrong')).toBe('wrong');
      await harness.pass(phone, 100_001);
      expect(await codes.check(phone, 'right')).toBe('none');
    });

    it('are replaced by a new one, with all its tries and time', async () => {
      for (let n = 1; n < CODE_OPTIONS.tries; n++) await codes.check(phone, 'wrong');
      await harness.pass(phone, 200_000);
      await codes.put(phone, 'newer');
      await harness.pass(phone, 200_000);
      expect(await codes.check(phone, 'right')).toBe('wrong');
      expect(await codes.check(phone, 'newer')).toBe('right');
    });

    it('of one number say nothing of another', async () => {
      expect(await codes.check(randomUUID(), 'right')).toBe('none');
      expect(await codes.check(phone, 'right')).toBe('right');
    });
  });
}
