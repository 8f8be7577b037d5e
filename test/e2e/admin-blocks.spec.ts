import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BlockList } from '../../src/rate-limit/index.js';
import { newEmail, PASSWORD, type Json } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { tokenFor } from '../support/crowd.js';
import { expectProblem } from '../support/problem.js';

const ADMIN = 'usr_0000000000admn01';
const VICTIM = 'usr_0000000000shpr01';
const token = tokenFor(ADMIN, 'admin');

let server: TestApp;
let list: BlockList;
/** The client's address, as the proxy in front names it. */
const from = (address: string) => ({ 'x-forwarded-for': address });

beforeAll(async () => {
  server = await startApp({ TRUSTED_PROXIES: '127.0.0.1' });
  list = server.app.get(BlockList);
});
afterAll(() => server.stop());

const add = (json: Json, headers: Record<string, string> = {}) =>
  server.api.call('POST', '/v1/admin/blocks', { token, json, headers: { ...from('192.0.2.1'), ...headers } });
const remove = (id: string) => server.api.call('DELETE', `/v1/admin/blocks/${id}`, { token });

describe('the block list', () => {
  it('takes an address, a range and a user, shows them, and lets them go', async () => {
    const { api } = server;
    const range = await add({ address: '203.0.113.77/24', reason: 'sells claims', duration_s: 3_600 });
    expect(range.status).toBe(201);
    expect(range.headers.get('location')).toBe(`/v1/admin/blocks/${range.body.id}`);
    expect(range.body).toMatchObject({
      object: 'block',
      id: expect.stringMatching(/^blk_/),
      kind: 'address',
      address: '203.0.113.0/24',
      user_id: null,
      reason: 'sells claims',
      source: 'admin',
      created_by: ADMIN,
    });
    expect(Date.parse(range.body.expires_at) - Date.parse(range.body.created_at)).toBe(3_600_000);
    const until = '2040-01-01T00:00:00.000Z';
    const user = await add({ user_id: VICTIM, reason: 'bot', expires_at: until });
    expect(user.body).toMatchObject({ kind: 'user', address: null, user_id: VICTIM, expires_at: until });
    const single = await add({ address: '2001:DB8:0::1', reason: 'bot' });
    expect(single.body).toMatchObject({ address: '2001:db8::1', expires_at: null });

    expect(list.blockedAddress('203.0.113.1')?.id).toBe(range.body.id);
    expect(list.blockedAddress('203.0.114.1')).toBeUndefined();
    expect(list.blockedAddress('2001:db8::1')?.id).toBe(single.body.id);
    expect(list.blockedUser(VICTIM)?.id).toBe(user.body.id);

    const all = await api.expect(200, 'GET', '/v1/admin/blocks', { token });
    expect(all).toMatchObject({ object: 'list', url: '/v1/admin/blocks', has_more: false });
    expect(new Set(all.data.map(({ id }: Json) => id))).toEqual(
      new Set([range.body.id, user.body.id, single.body.id]),
    );
    const users = await api.expect(200, 'GET', '/v1/admin/blocks?kind=user&limit=1', { token });
    expect(users.data).toEqual([user.body]);
    expect(await api.expect(200, 'GET', `/v1/admin/blocks/${range.body.id}`, { token })).toEqual(range.body);

    for (const { body } of [range, user, single]) {
      expect((await remove(body.id)).status).toBe(204);
      expectProblem(await remove(body.id), 'not_found');
      expectProblem(await api.call('GET', `/v1/admin/blocks/${body.id}`, { token }), 'not_found');
    }
    expect(list.blockedAddress('203.0.113.1')).toBeUndefined();
    expect(list.blockedUser(VICTIM)).toBeUndefined();
    expect((await api.expect(200, 'GET', '/v1/admin/blocks', { token })).data).toEqual([]);
  });

  it('stops claims and new accounts, by address and by user, and says when it ends', async () => {
    const { api } = server;
    const merchant = await api.registerMerchant();
    const drop = await api.liveVoucher(merchant.access_token);
    const hidden = await api.liveVoucher(merchant.access_token, { protection: { captcha: 'math' } });
    const [blocked, plain] = [from('203.0.113.200'), from('192.0.2.9')];
    const range = await add({ address: '203.0.113.0/24', reason: 'bot', duration_s: 600 });
    const user = await add({ user_id: VICTIM, reason: 'bot' });
    const other = await api.register();
    const json = { email: newEmail(), password: PASSWORD, name: 'Lin' };
    const ofAddress = [
      await api.claim(other.access_token, drop.id, blocked),
      await api.claim(other.access_token, drop.id, { ...blocked, 'idempotency-key': 'one' }),
      await api.call('POST', '/v1/auth/register', { json, headers: blocked }),
      await api.call('POST', `/v1/vouchers/${hidden.id}/captchas`, {
        token: other.access_token,
        headers: blocked,
      }),
    ];
    for (const answer of ofAddress) {
      expectProblem(answer, 'blocked');
      expect(answer.body.ends_at).toBe(range.body.expires_at);
      const seconds = Number(answer.headers.get('retry-after'));
      expect(seconds).toBeGreaterThan(300);
      expect(seconds).toBeLessThanOrEqual(600);
    }
    const ofUser = await api.claim(tokenFor(VICTIM), drop.id, plain);
    expectProblem(ofUser, 'blocked');
    expect([ofUser.body.ends_at, ofUser.headers.get('retry-after')]).toEqual([undefined, null]);
    for (const { body } of [range, user]) await remove(body.id);
    expect((await api.claim(other.access_token, drop.id, blocked)).status).toBe(202);
  });

  it('stops nobody from looking: holders have their wallet, owners their console, administrators all', async () => {
    const { api } = server;
    const merchant = await api.registerMerchant();
    const drop = await api.liveVoucher(merchant.access_token);
    const holder = await api.register();
    const { body: claim } = await api.claim(holder.access_token, drop.id);
    await api.waitIssued(holder.access_token, claim.id);
    const blocks = [
      await add({ address: '203.0.113.0/24', reason: 'bot' }),
      await add({ user_id: holder.user.id, reason: 'bot' }),
      await add({ user_id: merchant.user.id, reason: 'bot' }),
    ];
    const headers = from('203.0.113.200');
    const login = await api.expect(200, 'POST', '/v1/auth/login', {
      json: { email: holder.user.email, password: PASSWORD },
      headers,
    });
    const asked: [string, string, string | undefined][] = [
      ['GET', '/v1/vouchers', undefined],
      ['GET', '/v1/me/claims', login.access_token],
      ['GET', `/v1/claims/${claim.id}`, login.access_token],
      ['GET', `/v1/vouchers/${drop.id}/summary`, merchant.access_token],
      ['POST', `/v1/vouchers/${drop.id}/pause`, merchant.access_token],
      ['GET', '/v1/admin/blocks', token],
    ];
    for (const [method, path, who] of asked)
      expect([path, (await api.call(method, path, { token: who, headers })).status]).toEqual([path, 200]);
    // An administrator who blocked the own office can undo it from there.
    for (const { body } of blocks)
      expect((await api.call('DELETE', `/v1/admin/blocks/${body.id}`, { token, headers })).status).toBe(204);
  });

  it('makes one block of a request that is repeated with its key', async () => {
    const key = { 'idempotency-key': 'once' };
    const first = await add({ address: '198.51.100.9', reason: 'bot' }, key);
    const again = await add({ address: '198.51.100.9', reason: 'bot' }, key);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await remove(first.body.id)).status).toBe(204);
    expect(list.blockedAddress('198.51.100.9')).toBeUndefined();
  });

  it('is for administrators', async () => {
    const { api } = server;
    const shopper = (await api.register()).access_token;
    const merchant = (await api.registerMerchant()).access_token;
    const calls: [string, string, Json?][] = [
      ['POST', '/v1/admin/blocks', { address: '203.0.113.7', reason: 'x' }],
      ['GET', '/v1/admin/blocks'],
      ['GET', '/v1/admin/blocks/blk_0000000000000000'],
      ['DELETE', '/v1/admin/blocks/blk_0000000000000000'],
    ];
    for (const [method, path, json] of calls) {
      for (const other of [shopper, merchant])
        expectProblem(await api.call(method, path, { token: other, json }), 'forbidden');
      expectProblem(await api.call(method, path, { json }), 'unauthenticated');
    }
    expect(list.blockedAddress('203.0.113.7')).toBeUndefined();
  });

  const reason = 'x';
  const bad: [string, Json, string[]][] = [
    ['nothing', {}, ['/reason']],
    ['neither address nor user', { reason }, ['/address']],
    ['both address and user', { reason, address: '203.0.113.7', user_id: VICTIM }, ['/address']],
    ['no reason', { address: '203.0.113.7' }, ['/reason']],
    ['an empty reason', { address: '203.0.113.7', reason: ' ' }, ['/reason']],
    ['a reason too long', { address: '203.0.113.7', reason: 'x'.repeat(501) }, ['/reason']],
    ['a reason with NUL', { address: '203.0.113.7', reason: 'a\u0000' }, ['/reason']],
    ['a name for an address', { reason, address: 'example.com' }, ['/address']],
    ['an address with a zone', { reason, address: 'fe80::1%eth0' }, ['/address']],
    ['a number for an address', { reason, address: 7 }, ['/address']],
    ['a prefix too long', { reason, address: '203.0.113.0/33' }, ['/address']],
    ['an IPv6 prefix too long', { reason, address: '2001:db8::/129' }, ['/address']],
    ['no prefix after the stroke', { reason, address: '203.0.113.0/' }, ['/address']],
    ['the whole Internet', { reason, address: '0.0.0.0/0' }, ['/address']],
    ['the whole Internet in IPv6 terms', { reason, address: '::ffff:0:0/96' }, ['/address']],
    ['half of IPv6', { reason, address: '8000::/1' }, ['/address']],
    ['an address too long', { reason, address: '1'.repeat(5_000) }, ['/address']],
    ['an id of something else', { reason, user_id: 'vch_0000000000000000' }, ['/user_id']],
    ['an end that is over', { reason, user_id: VICTIM, expires_at: '2020-01-01T00:00:00Z' }, ['/expires_at']],
    ['an end without zone', { reason, user_id: VICTIM, expires_at: '2040-01-01T00:00:00' }, ['/expires_at']],
    ['no duration', { reason, user_id: VICTIM, duration_s: 0 }, ['/duration_s']],
    ['a duration in words', { reason, user_id: VICTIM, duration_s: '1h' }, ['/duration_s']],
    [
      'an end and a duration',
      { reason, user_id: VICTIM, duration_s: 60, expires_at: '2040-01-01T00:00:00Z' },
      ['/duration_s'],
    ],
    ['an unknown field', { reason, user_id: VICTIM, source: 'automatic' }, ['/source']],
    ['one’s own account', { reason, user_id: ADMIN }, ['/user_id']],
    ['one’s own address', { reason, address: '192.0.2.1' }, ['/address']],
    ['one’s own network', { reason, address: '192.0.2.0/24' }, ['/address']],
    ['one’s own network in IPv6 terms', { reason, address: '::ffff:192.0.2.0/120' }, ['/address']],
  ];
  it.each(bad)('refuses %s', async (_name, json, pointers) => {
    expectProblem(await add(json), 'validation_failed', pointers);
    expect((await server.api.expect(200, 'GET', '/v1/admin/blocks', { token })).data).toEqual([]);
  });

  it.each(['limit=0', 'kind=network', 'starting_after=x', 'x=1'])(
    'refuses to be listed by %s',
    async (query) => {
      expectProblem(
        await server.api.call('GET', `/v1/admin/blocks?${query}`, { token }),
        'validation_failed',
      );
    },
  );

  it('knows no block by an id that is none', async () => {
    for (const id of ['nonsense', 'blk_0000000000000000', '%27%20OR%201=1']) {
      expectProblem(await remove(id), 'not_found');
      expectProblem(await server.api.call('GET', `/v1/admin/blocks/${id}`, { token }), 'not_found');
    }
  });
});

describe('what survives a restart', () => {
  it('is every block in force', async () => {
    const first = await startApp();
    const kept = await first.api.expect(201, 'POST', '/v1/admin/blocks', {
      token,
      json: { address: '203.0.113.0/24', reason: 'sells claims' },
    });
    await first.stop({ keep: true });
    const second = await startApp({ DATA_DIR: first.dataDir });
    expect(second.app.get(BlockList).blockedAddress('203.0.113.9')?.id).toBe(kept.id);
    await second.stop({ keep: false });
  });
});
