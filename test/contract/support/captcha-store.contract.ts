import { beforeEach, describe, expect, it } from '@jest/globals';
import type { CaptchaStore, OpenCaptcha } from '../../../src/challenge/ports/captcha-store.js';

export interface CaptchaStoreHarness {
  readonly store: CaptchaStore;
  /** Lets time pass for what the store keeps of the subject. */
  pass(subject: string, ms: number): Promise<void>;
}

let subjects = 0;
const captcha = (id: string): OpenCaptcha => ({ id, answerHash: `hash-of-${id}` });

/** What every captcha store must do. */
export function captchaStoreContract(open: () => CaptchaStoreHarness): void {
  describe('a captcha store', () => {
    let harness: CaptchaStoreHarness;
    let subject: string;

    beforeEach(() => {
      harness = open();
      subject = `vch_${process.pid}/usr_${Date.now()}${(subjects += 1)}`;
    });

    it('gives what was put, once', async () => {
      await harness.store.put(subject, captcha('cap_1'), 60_000);
      expect(await harness.store.take(subject)).toEqual(captcha('cap_1'));
      expect(await harness.store.take(subject)).toBeUndefined();
    });

    it('gives it to one of twenty callers', async () => {
      await harness.store.put(subject, captcha('cap_1'), 60_000);
      const taken = await Promise.all(Array.from({ length: 20 }, () => harness.store.take(subject)));
      expect(taken.filter((one) => one !== undefined)).toEqual([captcha('cap_1')]);
    });

    it('knows nothing of a subject that has none, and keeps subjects apart', async () => {
      await harness.store.put(subject, captcha('cap_1'), 60_000);
      expect(await harness.store.take(`${subject}0`)).toBeUndefined();
      expect(await harness.store.take(subject)).toBeDefined();
    });

    it('keeps the newer one alone', async () => {
      await harness.store.put(subject, captcha('cap_1'), 60_000);
      await harness.store.put(subject, captcha('cap_2'), 60_000);
      expect(await harness.store.take(subject)).toEqual(captcha('cap_2'));
      expect(await harness.store.take(subject)).toBeUndefined();
    });

    it('forgets it when its time is over, and not before', async () => {
      await harness.store.put(subject, captcha('cap_1'), 60_000);
      await harness.pass(subject, 50_000);
      expect(await harness.store.take(subject)).toBeDefined();
      await harness.store.put(subject, captcha('cap_2'), 60_000);
      await harness.pass(subject, 60_000);
      expect(await harness.store.take(subject)).toBeUndefined();
    });

    it('gives the newer one a lifetime of its own', async () => {
      await harness.store.put(subject, captcha('cap_1'), 60_000);
      await harness.pass(subject, 40_000);
      await harness.store.put(subject, captcha('cap_2'), 60_000);
      await harness.pass(subject, 40_000);
      expect(await harness.store.take(subject)).toEqual(captcha('cap_2'));
    });
  });
}
