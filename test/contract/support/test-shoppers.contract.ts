import { expect, it } from '@jest/globals';
import { TestShoppers } from '../../../src/auth/test-mode/test-shoppers.service.js';
import { User } from '../../../src/auth/index.js';
import { insertUser } from '../../../src/auth/user-names.js';
import { newId } from '../../../src/common/ids.js';
import { inMode, type Mode } from '../../../src/common/mode.js';
import type { Database } from '../../../src/database/database.js';
import { Metrics } from '../../../src/observability/metrics.js';
import { ManualClock } from '../../support/manual-clock.js';

const DAY_MS = 86_400_000;
const DAYS = 3;
/** More than one transaction removes. */
const MANY = 501;
const none = undefined as never;

/** How long test shoppers are kept, on every database. */
export function testShoppersContract(database: () => Database): void {
  it('go once they are as old as is set, with the words of their names; nobody else does', async () => {
    const db = database();
    const clock = new ManualClock();
    const metrics = new Metrics();
    const config = { RETENTION_TEST_SHOPPERS_DAYS: DAYS };
    const shoppers = new TestShoppers(db, none, none, clock, metrics, config);
    const add = async (count: number, mode: Mode, name: string): Promise<void> => {
      await db.write(async (tx) => {
        for (let n = 0; n < count; n++) {
          const id = newId('usr', clock.now(), mode);
          const merchantId = mode === 'test' ? inMode(newId('mer', clock.now()), 'test') : null;
          const user = { id, email: `${id}@test.invalid`, name, role: 'shopper', merchantId } as const;
          const nothing = { emailVerifiedAt: null, phone: null, passwordHash: null, merchantRole: null };
          await insertUser(db, tx, { ...user, ...nothing, createdAt: clock.now() });
        }
      });
    };
    const left = async (name: string): Promise<number[]> => [
      await db.read.countBy(User, { name }),
      Number((await db.read.query('SELECT COUNT(*) AS n FROM user_name_words WHERE word = ?', [name]))[0].n),
    ];
    await add(MANY, 'test', 'oldest');
    await add(2, 'live', 'somebody');
    clock.pass(DAY_MS);
    await add(2, 'test', 'younger');
    clock.pass((DAYS - 1) * DAY_MS - 1);
    await shoppers.prune();
    expect(await left('oldest')).toEqual([MANY, MANY]);

    clock.pass(2);
    await Promise.all([shoppers.prune(), shoppers.prune()]);
    expect(await left('oldest')).toEqual([0, 0]);
    expect([await left('somebody'), await left('younger')]).toEqual([
      [2, 2],
      [2, 2],
    ]);
    expect((await metrics.retentionRemoved.get()).values.map(({ labels }) => labels)).toEqual([
      { kind: 'test_shopper' },
    ]);
    clock.pass(DAY_MS);
    await shoppers.prune();
    expect([await left('somebody'), await left('younger')]).toEqual([
      [2, 2],
      [0, 0],
    ]);
  });
}
