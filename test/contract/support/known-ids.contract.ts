import { beforeEach, describe, expect, it } from '@jest/globals';
import { BloomFilter } from '../../../src/common/bloom-filter.js';
import type { FilterHead, KnownIds } from '../../../src/cache/ports/known-ids.js';

/** What every adapter promises of the ids that all instances know. `make` gives an empty one. */
export function knownIdsContract(make: () => Promise<KnownIds>): void {
  describe('known ids', () => {
    let ids: KnownIds;
    beforeEach(async () => {
      ids = await make();
    });

    /** Publishes a build of nothing; @returns its head */
    async function build(generation: number, entries: readonly string[] = []): Promise<FilterHead> {
      const since = await ids.place('voucher');
      const filter = BloomFilter.sized(100, 0.01);
      for (const id of entries) filter.add(id);
      const head = { generation, probes: filter.probes, since };
      await ids.publish('voucher', head, filter.bits);
      return head;
    }

    it('have no build at first', async () => {
      expect((await ids.look('voucher', undefined)).head).toBeUndefined();
      expect(await ids.bits('voucher', 1)).toBeUndefined();
    });

    it('give back the build that was published, bit by bit', async () => {
      const head = await build(7, ['vch_a', 'vch_b']);
      expect((await ids.look('voucher', undefined)).head).toEqual(head);
      const bits = await ids.bits('voucher', 7);
      const filter = BloomFilter.from(head.probes, bits ?? new Uint8Array(1));
      expect(['vch_a', 'vch_b', 'vch_c'].map((id) => filter.has(id))).toEqual([true, true, false]);
    });

    it('tell additions once to each who looks, in order, from the place of the last look', async () => {
      const { since } = await build(1);
      await ids.add('voucher', 'vch_a');
      await ids.add('voucher', 'vch_b');
      const first = await ids.look('voucher', since);
      expect(first).toMatchObject({ added: ['vch_a', 'vch_b'], more: false });
      expect((await ids.look('voucher', first.place)).added).toEqual([]);
      await ids.add('voucher', 'vch_c');
      expect((await ids.look('voucher', first.place)).added).toEqual(['vch_c']);
      expect((await ids.look('voucher', since)).added).toEqual(['vch_a', 'vch_b', 'vch_c']);
    });

    it('give a new build the additions from shortly before it began: their inserts may not have ended', async () => {
      await ids.add('voucher', 'vch_early');
      const { since } = await build(1);
      await ids.add('voucher', 'vch_late');
      expect((await ids.look('voucher', since)).added).toEqual(['vch_early', 'vch_late']);
    });

    it('come in parts when there are many', async () => {
      const { since } = await build(1);
      await Promise.all(Array.from({ length: 10_001 }, (_none, n) => ids.add('voucher', `vch_${n}`)));
      const first = await ids.look('voucher', since);
      expect([first.added.length, first.more]).toEqual([10_000, true]);
      const rest = await ids.look('voucher', first.place);
      expect([rest.added.length, rest.more]).toEqual([1, false]);
    });

    it('go over to the next build without losing an addition', async () => {
      const { since } = await build(1);
      await ids.add('voucher', 'vch_a');
      const { place } = await ids.look('voucher', since);
      await ids.add('voucher', 'vch_b');
      await build(2);
      const news = await ids.look('voucher', place);
      expect([news.head?.generation, news.added]).toEqual([2, ['vch_b']]);
    });
  });
}
