import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Database } from '../../src/database/database.js';
import { StockGate } from '../../src/claim/index.js';
import {
  newEmail,
  PASSWORD,
  voucherTerms,
  type Answer,
  type CallOptions,
  type Session,
} from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

const BODY_LIMIT = 4_096;
let server: TestApp;
let merchant: Session;
let other: Session;
let shopper: Session;
let draft: string;
let live: string;
let before: unknown;

/** All that bad input must not change. */
async function state(): Promise<unknown> {
  const db = server.app.get(Database);
  const tables = [
    'users',
    'merchants',
    'vouchers',
    'voucher_stock',
    'claims',
    'claim_intake',
    'outbox',
    'idempotency_keys',
    'unit_returns',
    'cancellations',
  ];
  const counts = [];
  for (const table of tables) counts.push((await db.read.query(`SELECT COUNT(*) AS n FROM ${table}`))[0]);
  return {
    counts,
    vouchers: await db.read.query('SELECT * FROM vouchers ORDER BY id'),
    users: await db.read.query('SELECT id, name FROM users ORDER BY id'),
    remaining: await server.app.get(StockGate).remaining(1, live),
  };
}

beforeAll(async () => {
  server = await startApp({ BODY_LIMIT_BYTES: String(BODY_LIMIT) });
  const { api } = server;
  [merchant, other, shopper] = [
    await api.registerMerchant(),
    await api.registerMerchant(),
    await api.register(),
  ];
  draft = (await api.createVoucher(merchant.access_token)).id;
  live = (await api.liveVoucher(merchant.access_token)).id;
  before = await state();
});
afterEach(async () => expect(await state()).toEqual(before));
afterAll(() => server.stop());

interface Route {
  readonly name: string;
  readonly method: string;
  readonly path: () => string;
  readonly options?: () => CallOptions;
  /** A body that would be fine. */
  readonly good: () => Record<string, unknown>;
}

const routes: readonly Route[] = [
  {
    name: 'POST /v1/auth/register',
    method: 'POST',
    path: () => '/v1/auth/register',
    good: () => ({ email: newEmail(), password: PASSWORD, name: 'Lin' }),
  },
  {
    name: 'POST /v1/auth/login',
    method: 'POST',
    path: () => '/v1/auth/login',
    good: () => ({ email: shopper.user.email, password: PASSWORD }),
  },
  {
    name: 'POST /v1/auth/refresh',
    method: 'POST',
    path: () => '/v1/auth/refresh',
    good: () => ({ refresh_token: shopper.refresh_token }),
  },
  {
    name: 'POST /v1/merchants',
    method: 'POST',
    path: () => '/v1/merchants',
    good: () => ({
      name: 'Tea',
      time_zone: 'UTC',
      owner: { email: newEmail(), password: PASSWORD, name: 'Bo' },
    }),
  },
  {
    name: 'PATCH /v1/me',
    method: 'PATCH',
    path: () => '/v1/me',
    options: () => ({ token: shopper.access_token }),
    good: () => ({ name: 'Other' }),
  },
  {
    name: 'POST /v1/vouchers',
    method: 'POST',
    path: () => '/v1/vouchers',
    options: () => ({ token: merchant.access_token }),
    good: () => voucherTerms(),
  },
  {
    name: 'PATCH /v1/vouchers/{id}',
    method: 'PATCH',
    path: () => `/v1/vouchers/${draft}`,
    options: () => ({ token: merchant.access_token, headers: { 'if-match': '"v1"' } }),
    good: () => ({ title: 'Other' }),
  },
  {
    name: 'POST /v1/vouchers/{id}/cancellations',
    method: 'POST',
    path: () => `/v1/vouchers/${live}/cancellations`,
    options: () => ({ token: merchant.access_token }),
    good: () => ({ reason: 'the show is off', filter: {} }),
  },
];

const send = (route: Route, options: CallOptions): Promise<Answer> => {
  const own = route.options?.() ?? {};
  return server.api.call(route.method, route.path(), {
    ...own,
    ...options,
    headers: { ...own.headers, ...options.headers },
  });
};

describe.each(routes.map((route) => [route.name, route] as const))('%s', (_name, route) => {
  it.each([
    '{',
    '{"title":',
    '[1',
    '"open',
    '{"a":1}{',
    "{'a':1}",
    '{"a":01}',
    'undefined',
    '\u0000',
    '{"__proto__":{}}',
    '{"constructor":{"prototype":{}}}',
  ])('refuses %j as malformed_json', async (raw) =>
    expectProblem(await send(route, { raw }), 'malformed_json'),
  );

  it.each(['', ' ', 'null', '[]', '[{}]', '"text"', '1', 'true', '{}'])(
    'refuses a body of %j as validation_failed',
    async (raw) => {
      expectProblem(
        await send(route, { raw, headers: { 'content-type': 'application/json' } }),
        'validation_failed',
      );
    },
  );

  it('refuses no body at all', async () => expectProblem(await send(route, {}), 'validation_failed'));

  it('names fields that it does not know', async () => {
    const json = { ...route.good(), surprise: 1, 'a/b~c': 2 };
    expectProblem(await send(route, { json }), 'validation_failed', ['/surprise', '/a~1b~0c']);
  });

  it('names fields of a wrong type', async () => {
    for (const wrong of [1, true, {}, [], [['x']]]) {
      const field = Object.keys(route.good())[0] as string;
      const answer = await send(route, { json: { ...route.good(), [field]: wrong } });
      expectProblem(answer, 'validation_failed', [`/${field}`]);
    }
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'nonsense',
  ])('refuses %s', async (type) => {
    const raw = JSON.stringify(route.good());
    expectProblem(await send(route, { raw, headers: { 'content-type': type } }), 'unsupported_media_type');
  });

  it('refuses a body over the limit', async () => {
    const json = { ...route.good(), padding: 'x'.repeat(BODY_LIMIT) };
    expectProblem(await send(route, { json }), 'payload_too_large');
  });

  it('survives a deeply nested body', async () => {
    const raw = '['.repeat(2_000) + ']'.repeat(2_000);
    expectProblem(await send(route, { raw }), 'validation_failed');
  });
});

describe('the fields of a voucher', () => {
  const soon = new Date(Date.now() + 3_600_000).toISOString();
  const cases: [name: string, terms: Record<string, unknown>, pointers: string[]][] = [
    ['a negative stock', { total_stock: -1 }, ['/total_stock']],
    ['no stock', { total_stock: 0 }, ['/total_stock']],
    ['a fractional stock', { total_stock: 1.5 }, ['/total_stock']],
    ['a stock beyond the most there may be', { total_stock: 10_000_001 }, ['/total_stock']],
    ['a stock beyond all integers', { total_stock: 1e300 }, ['/total_stock']],
    ['a stock as text', { total_stock: '10' }, ['/total_stock']],
    ['a stock of null', { total_stock: null }, ['/total_stock']],
    ['a limit of 0', { per_user_limit: 0 }, ['/per_user_limit']],
    ['a negative limit', { per_user_limit: -5 }, ['/per_user_limit']],
    ['a fractional limit', { per_user_limit: 0.1 }, ['/per_user_limit']],
    ['a huge limit', { per_user_limit: Number.MAX_SAFE_INTEGER + 1 }, ['/per_user_limit']],
    ['an empty title', { title: '' }, ['/title']],
    ['a title of blanks', { title: ' \t ' }, ['/title']],
    ['a title with NUL', { title: 'a\u0000b' }, ['/title']],
    ['a title with a broken surrogate', { title: 'a\ud800' }, ['/title']],
    ['a long title', { title: 'x'.repeat(201) }, ['/title']],
    ['a description with NUL', { description: '\u0000' }, ['/description']],
    [
      'a window that ends before it starts',
      { opens_at: soon, closes_at: '2020-01-01T00:00:00Z' },
      ['/opens_at'], // that it is over is judged of a window that could be one
    ],
    ['an empty window', { opens_at: soon, closes_at: soon }, ['/opens_at']],
    [
      'a window that is over',
      { opens_at: '2020-01-01T00:00:00Z', closes_at: '2021-01-01T00:00:00Z' },
      ['/closes_at'],
    ],
    ['a redemption that ends before the window', { redeem_until: '2021-01-01T00:00:00Z' }, ['/redeem_until']],
    ['a time without zone', { opens_at: '2030-01-01T00:00:00' }, ['/opens_at']],
    ['a date for a time', { opens_at: '2030-01-01' }, ['/opens_at']],
    ['a day that does not exist', { opens_at: '2030-02-30T00:00:00Z' }, ['/opens_at']],
    ['a number for a time', { opens_at: 1_900_000_000 }, ['/opens_at']],
    ['a time before 1970', { opens_at: '1969-12-31T00:00:00Z' }, ['/opens_at']],
    ['an unknown time zone', { time_zone: 'Mars/Olympus' }, ['/time_zone']],
    ['a time zone with NUL', { time_zone: 'UTC\u0000' }, ['/time_zone']],
    ['a negative value', { face_value: { amount: -1, currency: 'CNY' } }, ['/face_value/amount']],
    ['a fractional value', { face_value: { amount: 1.5, currency: 'CNY' } }, ['/face_value/amount']],
    ['a currency that is none', { face_value: { amount: 1, currency: 'yuan' } }, ['/face_value/currency']],
    ['an unknown field deeper down', { face_value: { amount: 1, currency: 'CNY', x: 1 } }, ['/face_value/x']],
    ['an unknown captcha', { protection: { captcha: 'video' } }, ['/protection/captcha']],
    ['several at once', { title: 1, total_stock: -1 }, ['/title', '/total_stock']],
  ];

  it.each(cases)('are refused with %s, at creation', async (_name, terms, pointers) => {
    const answer = await server.api.call('POST', '/v1/vouchers', {
      token: merchant.access_token,
      json: voucherTerms(terms),
    });
    expectProblem(answer, 'validation_failed', pointers);
  });

  it.each(cases.filter(([, terms]) => !('redeem_until' in terms)))(
    'are refused with %s, when it is edited',
    async (_name, terms) => {
      const options = { token: merchant.access_token, headers: { 'if-match': '"v1"' }, json: terms };
      const answer = await server.api.call('PATCH', `/v1/vouchers/${draft}`, options);
      expectProblem(answer, 'validation_failed');
      expect(answer.body.errors.length).toBeGreaterThan(0);
    },
  );

  it('refuses a number that JSON can write and no integer can hold', async () => {
    const raw = JSON.stringify(voucherTerms()).replace('"total_stock":10', '"total_stock":1e999');
    expect(raw).toContain('1e999');
    expectProblem(
      await server.api.call('POST', '/v1/vouchers', { token: merchant.access_token, raw }),
      'validation_failed',
      ['/total_stock'],
    );
  });
});

describe('the fields of an account', () => {
  const good = () => ({ email: newEmail(), password: PASSWORD, name: 'Lin' });
  it.each([
    ['a name with NUL', { name: 'a\u0000' }, ['/name']],
    ['no name', { name: '' }, ['/name']],
    ['no e-mail', { email: 'nobody' }, ['/email']],
    ['an e-mail with NUL', { email: 'a\u0000@example.com' }, ['/email']],
    ['a long e-mail', { email: `${'x'.repeat(250)}@example.com` }, ['/email']],
    ['a short password', { password: 'short' }, ['/password']],
    ['a long password', { password: 'x'.repeat(129) }, ['/password']],
  ])('are refused with %s', async (_name, wrong, pointers) => {
    const answer = await server.api.call('POST', '/v1/auth/register', { json: { ...good(), ...wrong } });
    expectProblem(answer, 'validation_failed', pointers);
    const owner = { ...good(), ...wrong };
    const merchants = await server.api.call('POST', '/v1/merchants', {
      json: { name: 'Tea', time_zone: 'UTC', owner },
    });
    expectProblem(
      merchants,
      'validation_failed',
      pointers.map((pointer) => `/owner${pointer}`),
    );
  });
});

describe('routes without a body', () => {
  const paths = () => [`/v1/vouchers/${draft}/publish`, `/v1/vouchers/${live}/pause`];

  it('refuse what is not JSON', async () => {
    const token = merchant.access_token;
    for (const path of [...paths(), `/v1/vouchers/${live}/claims`]) {
      expectProblem(await server.api.call('POST', path, { token, raw: '{' }), 'malformed_json');
      const text = { token, raw: 'hello', headers: { 'content-type': 'text/plain' } };
      expectProblem(await server.api.call('POST', path, text), 'unsupported_media_type');
      expectProblem(
        await server.api.call('POST', path, { token, raw: ' '.repeat(BODY_LIMIT + 1) }),
        'payload_too_large',
      );
    }
  });

  it('a claim refuses fields and bodies that it does not know', async () => {
    const path = `/v1/vouchers/${live}/claims`;
    const token = shopper.access_token;
    expectProblem(
      await server.api.call('POST', path, { token, json: { quantity: 2 } }),
      'validation_failed',
      ['/quantity'],
    );
    for (const raw of ['[]', '"x"', '7', 'true']) {
      expectProblem(await server.api.call('POST', path, { token, raw }), 'validation_failed');
    }
  });
});

describe('queries', () => {
  const own = () => ({ token: merchant.access_token });
  const lists: [string, () => string, () => CallOptions][] = [
    ['/v1/vouchers', () => '/v1/vouchers', () => ({})],
    ['/v1/merchants/me/vouchers', () => '/v1/merchants/me/vouchers', own],
    ['/v1/vouchers/{id}/claims', () => `/v1/vouchers/${live}/claims`, own],
    ['/v1/me/claims', () => '/v1/me/claims', () => ({ token: shopper.access_token })],
  ];
  it.each(lists)('of %s are refused with a pointer', async (_name, path, options) => {
    const wrong: [string, string][] = [
      ['limit=0', '/limit'],
      ['limit=-1', '/limit'],
      ['limit=1.5', '/limit'],
      ['limit=101', '/limit'],
      ['limit=1e9', '/limit'],
      ['limit=x', '/limit'],
      ['limit=', '/limit'],
      ['limit=%00', '/limit'],
      ['limit=1&limit=2', '/limit'],
      ['status=unknown', '/status'],
      ['surprise=1', '/surprise'],
      [`starting_after=${'x'.repeat(65)}`, '/starting_after'],
      ['starting_after=nonsense', '/starting_after'],
      ['ending_before=%00', '/ending_before'],
    ];
    for (const [query, pointer] of wrong) {
      expectProblem(await server.api.call('GET', `${path()}?${query}`, options()), 'validation_failed', [
        pointer,
      ]);
    }
  });
});

describe('ids', () => {
  const strange = [
    'nonsense',
    'vch_',
    'vch_0000000000000000',
    'VCH_0000000000000000',
    '%00',
    '%F0%9F%8D%B5',
    "'%20OR%201=1--",
    '..%2F..',
    'x'.repeat(300),
  ];

  it.each(strange)('%s is nothing that could be found', async (id) => {
    const { api } = server;
    const token = merchant.access_token;
    const calls: [string, string, CallOptions][] = [
      ['GET', `/v1/vouchers/${id}`, {}],
      ['GET', `/v1/vouchers/${id}/availability`, {}],
      ['GET', `/v1/merchants/me/vouchers/${id}`, { token }],
      ['PATCH', `/v1/vouchers/${id}`, { token, json: { title: 'x' }, headers: { 'if-match': '*' } }],
      ['DELETE', `/v1/vouchers/${id}`, { token }],
      ['POST', `/v1/vouchers/${id}/publish`, { token }],
      ['POST', `/v1/vouchers/${id}/claims`, { token: shopper.access_token }],
      ['GET', `/v1/vouchers/${id}/claims`, { token }],
      ['GET', `/v1/vouchers/${id}/summary`, { token }],
      ['GET', `/v1/vouchers/${id}/audit`, { token }],
      ['GET', `/v1/claims/${id}`, { token: shopper.access_token }],
      ['GET', `/v1/claims/${id}/events`, { token: shopper.access_token }],
    ];
    for (const [method, path, options] of calls)
      expectProblem(await api.call(method, path, options), 'not_found');
  });

  it('an id beyond all measure is refused', async () => {
    for (const path of [`/v1/vouchers/${'x'.repeat(300)}`, `/v1/claims/${'x'.repeat(3_000)}`]) {
      const answer = await server.api.call('GET', path, { token: shopper.access_token });
      expectProblem(answer, answer.status === 404 ? 'not_found' : 'malformed_request');
    }
  });

  it('another merchant’s voucher is not there', async () => {
    const token = other.access_token;
    for (const id of [draft, live]) {
      expectProblem(await server.api.call('POST', `/v1/vouchers/${id}/publish`, { token }), 'not_found');
      expectProblem(await server.api.call('GET', `/v1/vouchers/${id}/audit`, { token }), 'not_found');
    }
  });
});

describe('methods and paths', () => {
  it.each([
    ['PUT', '/v1/vouchers', 'GET, HEAD, POST'],
    ['DELETE', '/v1/time', 'GET, HEAD'],
    ['GET', '/v1/auth/login', 'POST'],
    ['PATCH', '/v1/merchants', 'POST'],
    ['POST', '/v1/me', 'DELETE, GET, HEAD, PATCH'],
    ['PUT', '/v1/vouchers/vch_0000000000000000', 'DELETE, GET, HEAD, PATCH'],
    ['DELETE', '/v1/vouchers/vch_0000000000000000/claims', 'GET, HEAD, POST'],
    ['PUT', '/v1/claims/clm_1', 'GET, HEAD'],
    ['POST', '/healthz', 'GET, HEAD'],
  ])('%s %s is 405 with Allow', async (method, path, allow) => {
    const answer = await server.api.call(method, path, method === 'GET' ? {} : { json: {} });
    expectProblem(answer, 'method_not_allowed');
    expect(answer.headers.get('allow')).toBe(allow);
  });

  it.each(['/', '/v1', '/v1/', '/v2/vouchers', '/v1/nothing', '/v1/vouchers/x/y/z', '/.env', '/v1/%2e%2e/'])(
    '%s is 404',
    async (path) => {
      expectProblem(await server.api.call('GET', path), 'not_found');
      expectProblem(await server.api.call('POST', path, { json: {} }), 'not_found');
    },
  );

  it('a path that is no text is refused', async () => {
    for (const path of ['/v1/vouchers/%ff', '/v1/vouchers/%', '/v1/%c3%28']) {
      const answer = await server.api.call('GET', path);
      expect([400, 404]).toContain(answer.status);
      expectProblem(answer, answer.body.code);
    }
  });
});

describe('headers', () => {
  it.each(['', 'Bearer', 'Bearer x', 'Bearer a.b.c', 'Basic YTpi', 'Bearer \u00e9'])(
    'Authorization %j is 401',
    async (authorization) => {
      const answer = await server.api.call('POST', `/v1/vouchers/${live}/claims`, {
        headers: { authorization },
      });
      expectProblem(answer, 'unauthenticated');
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    },
  );

  it('a token that was changed, or signed by nobody, is 401', async () => {
    const [head, payload, signature] = shopper.access_token.split('.') as [string, string, string];
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const forged = Buffer.from(JSON.stringify({ ...claims, role: 'admin' })).toString('base64url');
    const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
    for (const token of [
      `${head}.${forged}.${signature}`,
      `${none}.${payload}.`,
      `${none}.${forged}.${signature}`,
    ]) {
      expectProblem(await server.api.call('GET', '/v1/me', { token }), 'unauthenticated');
    }
  });

  it('an Idempotency-Key of more than 255 characters, or none at all, is refused', async () => {
    for (const key of ['x'.repeat(256), '']) {
      const headers = { 'idempotency-key': key };
      const claims = await server.api.call('POST', `/v1/vouchers/${live}/claims`, {
        token: shopper.access_token,
        headers,
      });
      expectProblem(claims, 'validation_failed', ['Idempotency-Key']);
      const vouchers = { token: merchant.access_token, headers, json: voucherTerms() };
      expectProblem(await server.api.call('POST', '/v1/vouchers', vouchers), 'validation_failed', [
        'Idempotency-Key',
      ]);
    }
  });

  it.each(['nonsense', 'v1', '"v0"', '"v1', '"v99999999999999999999"', ''])(
    'If-Match %j is refused',
    async (tag) => {
      const options = { token: merchant.access_token, json: { title: 'x' }, headers: { 'if-match': tag } };
      const answer = await server.api.call('PATCH', `/v1/vouchers/${draft}`, options);
      expectProblem(
        answer,
        tag === '' && answer.status === 428 ? 'precondition_required' : 'precondition_failed',
      );
    },
  );

  it('headers beyond the limit are refused with a problem document', async () => {
    const answer = await server.api.call('GET', '/v1/time', { headers: { 'x-long': 'x'.repeat(64_000) } });
    expect(answer.status).toBe(431);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({
      status: 431,
      code: 'headers_too_large',
      request_id: expect.any(String),
    });
  });

  it('what is not HTTP is refused with a problem document', async () => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write('NONSENSE\r\n\r\n');
    let text = '';
    socket.on('data', (data: Buffer) => (text += data.toString()));
    await once(socket, 'close');
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toMatch(/content-type: application\/problem\+json/i);
    expect(JSON.parse(text.slice(text.indexOf('\r\n\r\n')))).toMatchObject({
      status: 400,
      code: 'malformed_request',
    });
  });

  it('a request id of the caller is kept where it is harmless, and replaced where not', async () => {
    const kept = await server.api.call('GET', '/v1/nothing', { headers: { 'x-request-id': 'abc-123' } });
    expect([kept.headers.get('x-request-id'), kept.body.request_id]).toEqual(['abc-123', 'abc-123']);
    for (const id of ['a b', 'x'.repeat(65), '<script>']) {
      const replaced = await server.api.call('GET', '/v1/nothing', { headers: { 'x-request-id': id } });
      expect(replaced.body.request_id).toMatch(/^req_/);
      expect(replaced.headers.get('x-request-id')).toBe(replaced.body.request_id);
    }
  });
});
