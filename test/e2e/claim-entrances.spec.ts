import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { AccessTokenGuard } from '../../src/auth/access.js';
import { Blocks } from '../../src/rate-limit/index.js';
import type { Answer, Json, Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';

let server: TestApp;
let merchant: Session;
/** The guard stands on the standard route only. */
const guard = jest.spyOn(AccessTokenGuard.prototype, 'canActivate');

/** A plain claim is answered before Nest's pipeline, one with a body by it: nobody may be able to tell. */
const ENTRANCES = { short: undefined, long: '{}' } as const;
type Entrance = keyof typeof ENTRANCES;

beforeAll(async () => {
  // A window that no machine is too slow for: all attempts of a test fall into it.
  server = await startApp({ RATE_LIMIT_CLAIM: '5/10m' });
  merchant = await server.api.registerMerchant();
});
afterAll(() => server.stop());

interface ClaimInput {
  readonly token?: string | undefined;
  readonly voucherId: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const ask = (entrance: Entrance, { token, voucherId, headers = {} }: ClaimInput): Promise<Answer> => {
  const raw = ENTRANCES[entrance];
  return server.api.call('POST', `/v1/vouchers/${voucherId}/claims`, {
    token,
    headers,
    ...(raw === undefined ? {} : { raw }),
  });
};

/** What must be the same: all but ids, times and what belongs to the one request. */
function essence({ status, headers, body }: Answer): Json {
  const { id, request_id, user_id, created_at, sequence, instance, claim, claim_id, ...rest } = body;
  const shape = { id, request_id, user_id, created_at, sequence, instance, claim, claim_id };
  return {
    status,
    rest,
    kinds: Object.fromEntries(Object.entries(shape).map(([name, value]) => [name, typeof value])),
    type: headers.get('content-type'),
    location: headers.get('location') !== null,
    limit: headers.get('ratelimit-policy'),
    // How long a window still lasts depends on the moment.
    wait: status === 429 ? Number(headers.get('retry-after')) > 0 : headers.get('retry-after'),
    challenge: headers.get('www-authenticate'),
    replayed: headers.get('idempotent-replayed'),
    names: [...headers.keys()].filter((name) => !['content-length', 'date'].includes(name)).sort(),
  };
}

/** Asks both entrances, of two users who are in the same place. */
async function both(
  input: () => Promise<ClaimInput>,
  reachesGuard = true,
): Promise<{ readonly short: Answer; readonly long: Answer }> {
  const first = await input();
  guard.mockClear();
  const short = await ask('short', first);
  expect(guard).not.toHaveBeenCalled();
  const second = await input();
  const long = await ask('long', second);
  if (reachesGuard) expect(guard).toHaveBeenCalled();
  expect(essence(short)).toEqual(essence(long));
  return { short, long };
}

const shopper = async (): Promise<string> => (await server.api.register()).access_token;
const live = async (terms: Json = {}): Promise<string> => {
  const { id } = await server.api.liveVoucher(merchant.access_token, terms);
  await ask('long', { token: await shopper(), voucherId: id }); // the process knows it from then on
  return id as string;
};

describe('a claim is answered the same with a body as without', () => {
  it('where a unit is taken', async () => {
    const voucherId = await live();
    const { short, long } = await both(async () => ({ token: await shopper(), voucherId }));
    expect(short.status).toBe(202);
    expect(long.body.sequence).toBe(short.body.sequence + 1);
  });

  it('where a key is used again', async () => {
    const voucherId = await live();
    const { short } = await both(async () => {
      const token = await shopper();
      const headers = { 'idempotency-key': 'once' };
      await ask('short', { token, voucherId, headers });
      return { token, voucherId, headers };
    });
    expect(short.headers.get('idempotent-replayed')).toBe('true');
  });

  it('where it is refused', async () => {
    const voucherId = await live({ total_stock: 2 });
    const held = await shopper();
    expect((await ask('short', { token: held, voucherId })).status).toBe(202);
    const limit = await both(async () => ({ token: held, voucherId }));
    expect(limit.short.body.code).toBe('claim_limit_reached');
    const late = await both(async () => ({ token: await shopper(), voucherId }));
    expect(late.short.body.code).toBe('sold_out');
  });

  it('where a header is wrong', async () => {
    const voucherId = await live();
    const headers = { 'idempotency-key': 'x'.repeat(256) };
    const { short } = await both(async () => ({ token: await shopper(), voucherId, headers }));
    expect(short.body.code).toBe('validation_failed');
  });

  it('where the request has an id of its own', async () => {
    const voucherId = await live({ total_stock: 3 });
    const headers = { 'x-request-id': 'mine-1' };
    for (const taken of [true, false]) {
      const { short, long } = await both(async () => ({ token: await shopper(), voucherId, headers }));
      if (!taken) expect([short.body.request_id, long.body.request_id]).toEqual(['mine-1', 'mine-1']);
      expect([short, long].map((answer) => answer.headers.get('x-request-id'))).toEqual(['mine-1', 'mine-1']);
    }
  });

  it('where the address is blocked', async () => {
    const voucherId = await live();
    const headers = { 'x-forwarded-for': '203.0.113.77' };
    await server.app.get(Blocks).add({
      subject: { kind: 'address', range: '203.0.113.77' },
      reason: 'a test',
      source: 'admin',
      createdBy: null,
      endsAt: null,
    });
    const { short, long } = await both(async () => ({ token: await shopper(), voucherId, headers }), false);
    expect([short.body.code, long.body.code]).toEqual(['blocked', 'blocked']);
  });

  it('where somebody is too fast', async () => {
    const voucherId = await live();
    const { short } = await both(async () => {
      const token = await shopper();
      for (let n = 0; n < 5; n++) await ask('short', { token, voucherId });
      return { token, voucherId };
    });
    expect(short.body.code).toBe('rate_limited');
  });
});

describe('what is not plain takes the standard route', () => {
  it.each([
    ['no token', async () => undefined, 'unauthenticated'],
    ['a token that was changed', async () => `${(await shopper()).slice(0, -2)}xx`, 'unauthenticated'],
    [
      'a session that was ended',
      async () => {
        const token = await shopper();
        await server.api.expect(204, 'POST', '/v1/auth/logout', { token });
        return token;
      },
      'unauthenticated',
    ],
  ])('%s', async (_what, token, code) => {
    const voucherId = await live();
    const answer = await ask('short', { token: await token(), voucherId });
    expect(answer.body.code).toBe(code);
  });

  it('a voucher that asks for a link', async () => {
    const terms = { protection: { claim_link: true, captcha: 'none' } };
    const { id } = await server.api.liveVoucher(merchant.access_token, terms);
    for (let n = 0; n < 2; n++) {
      const answer = await ask('short', { token: await shopper(), voucherId: id });
      expect(answer.body.code).toBe('challenge_required');
    }
  });

  it('a body that is none', async () => {
    const voucherId = await live();
    const token = await shopper();
    const answer = await server.api.call('POST', `/v1/vouchers/${voucherId}/claims`, { token, raw: '{' });
    expect(answer.body.code).toBe('malformed_json');
  });
});
