import { beforeEach, describe, expect, it } from '@jest/globals';
import type { RevocationLog } from '../../../src/auth/index.js';
import { REVOCATION_PAGE } from '../../../src/auth/ports/revocation-log.js';
import { newId } from '../../../src/common/ids.js';

export interface RevocationLogHarness {
  readonly log: RevocationLog;
  /** The same log as another instance sees it. */
  readonly elsewhere: RevocationLog;
}

/** What every log of revocations promises. */
export function revocationLogContract(make: () => RevocationLogHarness): void {
  describe('revocation log', () => {
    let log: RevocationLog;
    let elsewhere: RevocationLog;
    const ids = (count: number): string[] => Array.from({ length: count }, () => newId('ses', Date.now()));

    /** All from `cursor` on, page by page. */
    const readOn = async (cursor: string | undefined) => {
      const sessionIds: string[] = [];
      for (let at = cursor; ;) {
        const page = await elsewhere.since(at);
        sessionIds.push(...page.sessionIds);
        at = page.cursor;
        if (page.sessionIds.length < REVOCATION_PAGE) return { sessionIds, cursor: at };
      }
    };

    beforeEach(() => {
      ({ log, elsewhere } = make());
    });

    it('tells a new reader what is there, and a known one what came since, once', async () => {
      const [first, second] = [ids(2), ids(3)];
      await log.add(first);
      const begin = await readOn(undefined);
      expect(begin.sessionIds).toEqual(expect.arrayContaining(first));
      expect((await readOn(begin.cursor)).sessionIds).toEqual([]);
      await log.add(second);
      const later = await readOn(begin.cursor);
      expect(later.sessionIds).toEqual(second);
      expect((await readOn(later.cursor)).sessionIds).toEqual([]);
    });

    it('loses none of many that are added at once', async () => {
      const { cursor } = await readOn(undefined);
      const added = ids(50);
      await Promise.all(added.map((id) => log.add([id])));
      expect((await readOn(cursor)).sessionIds.sort()).toEqual(added.sort());
    });

    it('is read in pages', async () => {
      const { cursor } = await readOn(undefined);
      const added = ids(REVOCATION_PAGE + 5);
      await log.add(added);
      expect((await elsewhere.since(cursor)).sessionIds).toHaveLength(REVOCATION_PAGE);
      expect((await readOn(cursor)).sessionIds).toEqual(added);
    });

    it('takes nothing for nothing', async () => {
      const { cursor } = await readOn(undefined);
      await log.add([]);
      expect(await readOn(cursor)).toEqual({ sessionIds: [], cursor });
    });
  });
}
