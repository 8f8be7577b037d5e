import { beforeEach, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../../src/config/index.js';
import { AuditLog } from '../../../src/database/audit-log.js';
import type { Database } from '../../../src/database/database.js';
import { EmbeddedBroadcast } from '../../../src/broadcast/broadcast.embedded.js';
import type { Broadcast } from '../../../src/broadcast/broadcast.js';
import { Metrics } from '../../../src/observability/metrics.js';
import { Blocks, type NewBlock } from '../../../src/rate-limit/block-list/blocks.js';
import { StoredBlockList } from '../../../src/rate-limit/block-list/stored-block-list.js';
import type { BlockSubject } from '../../../src/rate-limit/ports/block-list.js';
import { ManualClock } from '../../support/manual-clock.js';
import { until } from '../../support/api.js';

const MAX = 5;
const config = loadConfig({ BLOCK_LIST_MAX: String(MAX) });
const user = (userId: string): BlockSubject => ({ kind: 'user', userId });

/** What the block-list promises on every database. The database is migrated, and its blocks are this suite's own. */
export function blockListContract(database: () => Database): void {
  describe('the block list', () => {
    let clock: ManualClock;

    beforeEach(async () => {
      clock = new ManualClock();
      await database().write((tx) => tx.query('DELETE FROM blocks'));
    });

    /** A process: its list, and the way to change the table from there. */
    const instance = (broadcast: Broadcast = new EmbeddedBroadcast()) => {
      const list = new StoredBlockList(config, database(), clock, new Metrics(), broadcast);
      return {
        list,
        blocks: new Blocks(config, database(), list, broadcast, clock, new Metrics(), new AuditLog()),
      };
    };
    const block = (subject: BlockSubject, more: Partial<NewBlock> = {}): NewBlock => ({
      subject,
      reason: 'sells claims',
      source: 'admin',
      createdBy: 'usr_admin',
      endsAt: null,
      ...more,
    });
    const told = (check: () => boolean): Promise<boolean> => until(async () => check() || undefined);

    it('is in force where a block was added when the call returns, until it is removed', async () => {
      const { list, blocks } = instance();
      const added = await blocks.add(block({ kind: 'address', range: '203.0.113.0/24' }));
      expect(list.blockedAddress('203.0.113.9')).toEqual(added);
      expect(await blocks.find(added.id)).toEqual(added);
      expect(added).toMatchObject({
        reason: 'sells claims',
        source: 'admin',
        createdBy: 'usr_admin',
        endsAt: null,
      });
      expect(await blocks.remove(added.id, 'usr_admin')).toBe(true);
      expect(list.blockedAddress('203.0.113.9')).toBeUndefined();
      expect(await blocks.find(added.id)).toBeUndefined();
      expect(await blocks.remove(added.id, 'usr_admin')).toBe(false);
    });

    it('is told to other processes, additions and removals', async () => {
      const broadcast = new EmbeddedBroadcast();
      const [one, two] = [instance(broadcast), instance(broadcast)];
      const { id } = await one.blocks.add(block(user('usr_1')));
      await told(() => two.list.blockedUser('usr_1') !== undefined);
      await two.blocks.remove(id, 'usr_admin');
      await told(() => one.list.blockedUser('usr_1') === undefined);
    });

    it('is found by a process that was told nothing, and by one that starts later', async () => {
      const [one, two] = [instance(), instance()];
      const { id } = await one.blocks.add(block(user('usr_1')));
      await two.list.refresh();
      expect(two.list.blockedUser('usr_1')?.id).toBe(id);
      await one.blocks.remove(id, 'usr_admin');
      expect(two.list.blockedUser('usr_1')?.id).toBe(id);
      await two.list.refresh();
      expect(two.list.blockedUser('usr_1')).toBeUndefined();
      await one.blocks.add(block(user('usr_2')));
      const three = instance();
      await three.list.refresh();
      expect([three.list.blockedUser('usr_1'), three.list.blockedUser('usr_2')?.reason]).toEqual([
        undefined,
        'sells claims',
      ]);
    });

    it('misses nothing of changes made at once by two processes', async () => {
      const [one, two, reader] = [instance(), instance(), instance()];
      let writing = true;
      const reads = (async () => {
        while (writing) await reader.list.refresh();
      })();
      const ids = [];
      for (let round = 0; round < 5; round += 1) {
        const added = await Promise.all([
          one.blocks.add(block(user(`usr_a${round}`))),
          two.blocks.add(block(user(`usr_b${round}`))),
        ]);
        ids.push(added.map(({ id }) => id));
        // One stays, one goes, so that the list never is full.
        await Promise.all([
          two.blocks.remove(added[0].id, 'usr_admin'),
          ...(round > 0 ? [one.blocks.remove(ids[round - 1]?.[1] ?? '', 'usr_admin')] : []),
        ]);
      }
      writing = false;
      await reads;
      await reader.list.refresh();
      expect(reader.list.size).toBe(1);
      expect(reader.list.blockedUser('usr_b4')).toBeDefined();
    });

    it('ends by the clock, without anybody’s doing', async () => {
      const { list, blocks } = instance();
      const { id } = await blocks.add(block(user('usr_1'), { endsAt: clock.now() + 1_000 }));
      clock.pass(999);
      expect(list.blockedUser('usr_1')?.id).toBe(id);
      clock.pass(1);
      expect(list.blockedUser('usr_1')).toBeUndefined();
      expect(await blocks.find(id)).toBeUndefined();
      expect(await blocks.remove(id, 'usr_admin')).toBe(false);
      expect(list.size).toBe(1);
      await list.refresh();
      expect(list.size).toBe(0);
    });

    it('takes as many as allowed, and goes on when one is over', async () => {
      const { list, blocks } = instance();
      for (let n = 0; n < MAX; n += 1)
        await blocks.add(block(user(`usr_${n}`), { endsAt: n === 0 ? clock.now() + 1_000 : null }));
      await expect(blocks.add(block(user('usr_more')))).rejects.toMatchObject({ code: 'block_list_full' });
      expect(list.blockedUser('usr_more')).toBeUndefined();
      clock.pass(1_000);
      await list.refresh();
      await blocks.add(block(user('usr_more')));
      expect(list.blockedUser('usr_more')).toBeDefined();
    });

    it('is listed newest first, in both directions, by kind, without what is over', async () => {
      const { blocks } = instance();
      const ids: string[] = [];
      for (const subject of [
        user('usr_1'),
        { kind: 'address', range: '203.0.113.7' } as const,
        user('usr_2'),
      ]) {
        clock.pass(1);
        ids.unshift((await blocks.add(block(subject))).id);
      }
      clock.pass(1);
      await blocks.add(block(user('usr_3'), { endsAt: clock.now() + 1 }));
      clock.pass(1);
      const page = async (query: Parameters<Blocks['page']>[0]) => {
        const found = await blocks.page(query);
        return [found.blocks.map(({ id }) => id), found.hasMore];
      };
      expect(await page({ limit: 2 })).toEqual([ids.slice(0, 2), true]);
      expect(await page({ limit: 2, starting_after: ids[1] })).toEqual([[ids[2]], false]);
      expect(await page({ limit: 1, ending_before: ids[2] })).toEqual([[ids[1]], true]);
      expect(await page({ limit: 9, kind: 'user' })).toEqual([[ids[0], ids[2]], false]);
      expect(await page({ limit: 9, kind: 'address' })).toEqual([[ids[1]], false]);
    });

    it('is forgotten a week after it was over, and not before', async () => {
      const { blocks } = instance();
      const { id } = await blocks.add(block(user('usr_1')));
      await blocks.add(block(user('usr_2'), { endsAt: clock.now() + 1_000 }));
      await blocks.add(block(user('usr_3')));
      await blocks.remove(id, 'usr_admin');
      clock.pass(7 * 86_400_000 - 1);
      expect(await blocks.prune()).toBe(0);
      clock.pass(1_001);
      expect(await blocks.prune()).toBe(2);
      expect((await blocks.page({ limit: 9 })).blocks).toHaveLength(1);
    });

    it('keeps what it knows while the database is away', async () => {
      const broken = { failing: false };
      const flaky = new Proxy(database(), {
        get(target, name) {
          if (broken.failing) throw new Error('the database is away');
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
      });
      const { blocks } = instance();
      await blocks.add(block(user('usr_1')));
      const list = new StoredBlockList(config, flaky, clock, new Metrics(), new EmbeddedBroadcast());
      await list.refresh();
      broken.failing = true;
      await expect(list.refresh()).rejects.toThrow('away');
      expect(list.blockedUser('usr_1')).toBeDefined();
      broken.failing = false;
      await blocks.add(block(user('usr_2')));
      await list.refresh();
      expect(list.blockedUser('usr_2')).toBeDefined();
    });
  });
}
