import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { LedgerReader } from '../../src/claim/epoch/ledger-reader.js';
import { WaitingStore } from '../../src/claim/ledger/waiting-store.js';
import { loadConfig } from '../../src/config/index.js';
import { connect } from '../../src/database/connect.js';
import type { Database } from '../../src/database/database.js';
import { addClaims } from '../harness/large-voucher.js';
import { audit, claim, eventually, openDrop, users, type Drop } from '../support/crowd.js';
import { Instance } from '../support/instance.js';
import { freshSystem } from '../support/stack-env.js';
import { learnClaimRows } from '../../src/claim/index.js';

const LARGE = 60_000;

describe('a gate that forgot, with a large voucher beside a small one', () => {
  let env: Record<string, string>;
  let one: Instance;
  let two: Instance;
  let redis: Redis;
  let small: Drop;
  let large: Drop;

  beforeAll(async () => {
    env = await freshSystem('opening', 14);
    one = await Instance.start(env);
    two = await Instance.start(env);
    redis = new Redis(env['REDIS_URL'] ?? '');
    large = await openDrop(one.url, LARGE + 10);
    small = await openDrop(one.url, 100_000);
    await addClaims(env['DATABASE_URL'] ?? '', large.id, LARGE);
  });

  afterAll(async () => {
    await Promise.all([one.kill('SIGTERM'), two.kill('SIGTERM')]);
    await redis.quit();
  });

  it('the small one takes claims on both processes while the large one is still loaded', async () => {
    const crowd = users(20_000).values();
    const ask = async (base: string, { id }: Drop) => {
      const { status, body, headers } = await claim(base, id, crowd.next().value?.token ?? '');
      return { status, code: body?.code as string | undefined, headers };
    };
    /**
     * Asked from the first moment on: a claim notices the loss at once, and no `202` is of the epoch before.
     * @returns the large one's answer after the first of the small one: the order, not the time, tells
     */
    const forgotten = async () => {
      await redis.flushdb();
      for (;;) {
        for (const { url } of [one, two]) if ((await ask(url, small)).status === 202) return ask(url, large);
        await delay(5);
      }
    };
    const before = await one.metric('gate_epoch');
    let refused = await forgotten();
    // A machine may load the large one between the two questions, so there are more rounds than one.
    for (let round = 0; round < 9 && refused.status === 202; round++) refused = await forgotten();
    expect(refused).toMatchObject({ status: 503, code: 'gate_recovering' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    await eventually('the large one opens', async () => (await ask(one.url, large)).status === 202);
    await eventually(
      'and does so on the other process',
      async () => (await ask(two.url, large)).status === 202,
    );
    await eventually('all that was taken is issued, and gate and ledger agree', async () => {
      const found = await audit(one.url, small);
      return Object.keys(found).length > 0 && Object.values(found).every(({ holds }) => holds);
    });
    expect(await one.metric('gate_epoch')).toBeGreaterThan(before);
    expect(await one.metric('claims_rejected_total')).toBe(0);
  });

  it('the size of a large voucher is read by one look at its index', async () => {
    const config = loadConfig({ ...process.env, ...env, NODE_ENV: 'test' });
    const { database } = await connect(config, []);
    await learnClaimRows(database);
    try {
      const rows = await database.snapshot(async (tx) => {
        const reader = new LedgerReader({ read: tx } as Database, new WaitingStore(database), {
          RETENTION_GATE_STATE_HOURS: 1,
        });
        await tx.query('FLUSH STATUS');
        expect((await reader.sizes([large.id, small.id])).get(large.id)).toBeGreaterThanOrEqual(LARGE);
        const found: { Value: string }[] = await tx.query(`SHOW SESSION STATUS LIKE 'Handler_read%'`);
        return found.reduce((sum, { Value: value }) => sum + Number(value), 0);
      });
      expect(rows).toBeLessThan(20);
    } finally {
      await database.close();
    }
  });
});
