import { beforeEach, describe, expect, it } from '@jest/globals';
import { ApiKeyAccess } from '../../../src/auth/api-keys/api-key-access.js';
import { ApiKeyStore } from '../../../src/auth/api-keys/api-key.store.js';
import { ApiKeys, type NewApiKey } from '../../../src/auth/api-key-management/api-keys.service.js';
import type { MerchantActor } from '../../../src/auth/index.js';
import { AuditLog } from '../../../src/database/audit-log.js';
import type { Database } from '../../../src/database/database.js';
import { newId } from '../../../src/common/ids.js';
import { ManualClock } from '../../support/manual-clock.js';

const DAY_MS = 86_400_000;
const TERMS: NewApiKey = {
  name: 'Shop',
  mode: 'live',
  scopes: ['claims:read'],
  addresses: [],
  expiresAt: null,
};
const refused = (code: string) => expect.objectContaining({ code });

/** What API keys promise on every database. The database is migrated and may hold anything. */
export function apiKeysContract(database: () => Database): void {
  let db: Database;
  let clock: ManualClock;
  let keys: ApiKeys;
  let access: ApiKeyAccess;
  /** Of another instance: it hears of nothing, and looks at the database alone. */
  let elsewhere: ApiKeyAccess;
  let owner: MerchantActor;

  beforeEach(() => {
    db = database();
    clock = new ManualClock();
    const store = new ApiKeyStore(db);
    access = new ApiKeyAccess(store, clock);
    elsewhere = new ApiKeyAccess(store, clock);
    keys = new ApiKeys(db, store, access, new AuditLog(), clock);
    const merchantId = newId('mer', Date.now());
    owner = { userId: 'usr_1', sessionId: 'ses_1', role: 'merchant', merchantId, merchantRole: 'owner' };
  });

  const opens = async (secret: string, by = access): Promise<boolean> =>
    by.actorOf(secret, '203.0.113.7').then(
      () => true,
      () => false,
    );

  it('a secret opens its merchant with its scopes, and is stored nowhere', async () => {
    const { key, secret } = await keys.create(owner, TERMS);
    expect(secret).toMatch(/^vck_live_[0-9a-hjkmnp-tv-z]{51}$/);
    const actor = await access.actorOf(secret, '203.0.113.7');
    expect(actor).toMatchObject({ userId: key.id, merchantId: owner.merchantId, role: 'merchant' });
    expect([...(actor.scopes ?? [])]).toEqual(['claims:read']);
    const rows = [
      ...(await db.read.query('SELECT * FROM api_keys WHERE id = ?', [key.id])),
      ...(await db.read.query('SELECT * FROM api_key_secrets WHERE key_id = ?', [key.id])),
      ...(await db.read.query('SELECT * FROM audit_log WHERE object_id = ?', [key.id])),
    ];
    expect(rows).toHaveLength(3);
    expect(JSON.stringify(rows)).not.toContain(secret.slice(9, 30));
  });

  it('a test key opens the test side of its merchant, also after a rotation', async () => {
    const { key, secret } = await keys.create(owner, { ...TERMS, mode: 'test' });
    const rotated = await keys.rotate(owner, key.id, 60);
    for (const each of [secret, rotated.secret]) {
      expect(each).toMatch(/^vck_test_[0-9a-hjkmnp-tv-z]{51}$/);
      const actor = await access.actorOf(each, '203.0.113.7');
      expect(actor.merchantId).toBe(owner.merchantId.replace('mer_0', 'mer_t'));
    }
    expect((await keys.list(owner, { limit: 10 })).map(({ id, mode }) => [id, mode])).toEqual([
      [key.id, 'test'],
    ]);
  });

  it('whatever is no secret opens nothing', async () => {
    const { secret } = await keys.create(owner, TERMS);
    for (const other of ['', 'vck_live_', secret.slice(0, -1), `${secret}0`, secret.replace('live', 'test')])
      await expect(access.actorOf(other, '203.0.113.7')).rejects.toEqual(refused('unauthenticated'));
  });

  it('a key that was revoked is refused elsewhere within a second, without a message', async () => {
    const { key, secret } = await keys.create(owner, TERMS);
    expect(await opens(secret, elsewhere)).toBe(true);
    await keys.revoke(owner, key.id);
    expect(await opens(secret)).toBe(false);
    clock.pass(1_000);
    expect(await opens(secret, elsewhere)).toBe(false);
    await keys.revoke(owner, key.id);
    const revocations = await db.read.query(
      `SELECT id FROM audit_log WHERE object_id = ? AND action = 'api_key.revoked'`,
      [key.id],
    );
    expect(revocations).toHaveLength(1);
  });

  it('two secrets open for the overlap, the older one no longer', async () => {
    const first = await keys.create(owner, TERMS);
    clock.pass(1_000);
    const second = await keys.rotate(owner, first.key.id, 3_600);
    expect([await opens(first.secret), await opens(second.secret)]).toEqual([true, true]);
    clock.pass(3_599_000);
    expect(await opens(first.secret)).toBe(true);
    clock.pass(1_000);
    expect([await opens(first.secret), await opens(second.secret)]).toEqual([false, true]);
    const third = await keys.rotate(owner, first.key.id, DAY_MS / 1_000);
    clock.pass(1_000);
    const fourth = await keys.rotate(owner, first.key.id, DAY_MS / 1_000);
    const open = [second, third, fourth].map(({ secret }) => opens(secret));
    expect(await Promise.all(open)).toEqual([false, true, true]);
  });

  it('a rotation without overlap ends the secret before', async () => {
    const first = await keys.create(owner, TERMS);
    const second = await keys.rotate(owner, first.key.id, 0);
    expect([await opens(first.secret), await opens(second.secret)]).toEqual([false, true]);
  });

  it('a key expires by itself, and is neither used nor rotated afterwards', async () => {
    const { key, secret } = await keys.create(owner, { ...TERMS, expiresAt: clock.now() + 2_000 });
    expect(await opens(secret)).toBe(true);
    clock.pass(2_000);
    expect(await opens(secret)).toBe(false);
    await expect(keys.rotate(owner, key.id, 0)).rejects.toEqual(refused('api_key_ended'));
  });

  it('a key with addresses is used from those alone', async () => {
    const addresses = ['203.0.113.0/24', '2001:db8::/32'];
    const { secret } = await keys.create(owner, { ...TERMS, addresses });
    for (const good of ['203.0.113.255', '2001:db8::1', '::ffff:203.0.113.1'])
      await expect(access.actorOf(secret, good)).resolves.toBeDefined();
    for (const bad of ['203.0.114.0', '2001:db9::1', undefined])
      await expect(access.actorOf(secret, bad)).rejects.toEqual(refused('address_not_allowed'));
  });

  it('the last use is noted, once a minute at most', async () => {
    const { key, secret } = await keys.create(owner, TERMS);
    const used = async () => (await keys.find(owner, key.id)).lastUsedAt;
    const first = clock.now();
    await access.actorOf(secret, '203.0.113.7');
    await access.beforeApplicationShutdown();
    expect(await used()).toBe(first);
    clock.pass(59_000);
    await access.actorOf(secret, '203.0.113.7');
    await access.beforeApplicationShutdown();
    expect(await used()).toBe(first);
    clock.pass(1_000);
    await access.actorOf(secret, '203.0.113.7');
    await access.beforeApplicationShutdown();
    expect(await used()).toBe(first + 60_000);
  });

  it('many requests at once ask the database once', async () => {
    const { secret } = await keys.create(owner, TERMS);
    const asked: string[] = [];
    const counting = new ApiKeyStore({
      read: {
        query: (sql: string, values: unknown[]) => {
          asked.push(sql);
          return db.read.query(sql, values);
        },
      },
    } as unknown as Database);
    counting.noteUse = () => Promise.resolve();
    const busy = new ApiKeyAccess(counting, clock);
    await Promise.all(Array.from({ length: 50 }, () => busy.actorOf(secret, '203.0.113.7')));
    await busy.actorOf(secret, '203.0.113.7');
    expect(asked).toHaveLength(1);
  });

  describe('of another merchant', () => {
    it('are not there', async () => {
      const { key } = await keys.create(owner, TERMS);
      const stranger = { ...owner, merchantId: newId('mer', Date.now()) };
      await expect(keys.find(stranger, key.id)).rejects.toEqual(refused('not_found'));
      await expect(keys.rotate(stranger, key.id, 0)).rejects.toEqual(refused('not_found'));
      await expect(keys.revoke(stranger, key.id)).rejects.toEqual(refused('not_found'));
      expect(await keys.list(stranger, { limit: 10 })).toEqual([]);
    });
  });

  it('are at most a hundred that open something', async () => {
    const made = [];
    for (let n = 0; n < 100; n++) made.push(await keys.create(owner, TERMS));
    await expect(keys.create(owner, TERMS)).rejects.toEqual(refused('too_many_api_keys'));
    await keys.revoke(owner, made[0]?.key.id ?? '');
    await expect(keys.create(owner, TERMS)).resolves.toBeDefined();
  });
}
