import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ClientLimits } from '../../src/rate-limit/index.js';
import { PROBLEM_MEMBER_EXAMPLES } from '../../src/http/openapi/problem-schemas.js';
import { Problem, PROBLEMS, type ProblemCode } from '../../src/common/problems.js';
import { newAddress, newEmail, PASSWORD, type Answer, type Json, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

/** Every answer here is held against the API document by `api` itself: see test/support/conformance.ts. */
let server: TestApp;
let merchant: Session;
let shopper: Session;

beforeAll(async () => {
  server = await startApp();
  merchant = await server.api.registerMerchant();
  shopper = await server.api.register();
});
afterAll(() => server.stop());

const post = (path: string, json?: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  server.api.call('POST', path, {
    ...(json === undefined ? {} : { json }),
    headers: { 'x-forwarded-for': newAddress(), ...headers },
  });

describe('the members that a code adds to its problem document', () => {
  it('are those of its schema, in the refusals of a claim', async () => {
    const token = shopper.access_token;
    const live = await server.api.liveVoucher(merchant.access_token);
    const claim = await server.api.claim(token, live.id);
    const again = await server.api.claim(token, live.id);
    expectProblem(again, 'claim_limit_reached');
    expect(again.body).toMatchObject({ claim_id: claim.body.id, claim: { id: claim.body.id } });

    const opens_at = new Date(Date.now() + 3_600_000).toISOString();
    const closes_at = new Date(Date.now() + 7_200_000).toISOString();
    const later = await server.api.liveVoucher(merchant.access_token, { opens_at, closes_at });
    const early = await server.api.claim(token, later.id);
    expectProblem(early, 'not_started');
    expect(early.body).toMatchObject({ opens_at });

    const guarded = await server.api.liveVoucher(merchant.access_token, { protection: { captcha: 'math' } });
    expectProblem(await server.api.claim(token, guarded.id), 'challenge_required');
    const link = `/v1/vouchers/${guarded.id}/claim-links`;
    expectProblem(await server.api.call('POST', link, { token }), 'captcha_required');
    expectProblem(
      await server.api.call('POST', link, { token, json: { captcha_id: 'cap_x', captcha_answer: '1' } }),
      'captcha_failed',
    );
    expectProblem(await server.api.call('POST', '/v1/claim-links/none', { token }), 'challenge_required');
  });

  it('are those of its schema, in the refusals of a merchant', async () => {
    const token = merchant.access_token;
    const { id } = await server.api.liveVoucher(token);
    const moved = await server.api.call('POST', `/v1/vouchers/${id}/resume`, { token });
    expectProblem(moved, 'invalid_transition');
    expect(moved.body).toMatchObject({ voucher_status: 'live' });
    const edited = await server.api.call('PATCH', `/v1/vouchers/${id}`, {
      token,
      json: { total_stock: 5 },
      headers: { 'if-match': '*' },
    });
    expectProblem(edited, 'not_editable');
    expect(edited.body).toMatchObject({ voucher_status: 'live', errors: [{ pointer: '/total_stock' }] });
  });
});

describe('each code of the catalogue', () => {
  it('is answered in the form that the document gives it', async () => {
    const { paths } = await server.api.expect(200, 'GET', '/openapi.json');
    // What only a fault brings about goes the same way out as everything else.
    const refusal = jest.spyOn(server.app.get(ClientLimits), 'rateRefusal');
    const unanswered: string[] = [];
    for (const code of Object.keys(PROBLEMS) as ProblemCode[]) {
      if (NEEDS_MEMBERS.includes(code) && server.conformance.codes.has(code)) continue;
      const route = routeWith(paths, code);
      if (!route) {
        unanswered.push(code);
        continue;
      }
      // With the members of the document's example; specs of the routes meet the real ones.
      refusal.mockReturnValueOnce(new Problem(code, { extensions: PROBLEM_MEMBER_EXAMPLES[code] ?? {} }));
      await server.api.call(route.method, route.path.replaceAll(/\{\w+\}/g, 'x'), {
        token: shopper.access_token,
      });
    }
    refusal.mockRestore();
    expect(unanswered).toEqual([]);
    expect([...server.conformance.codes].sort()).toEqual(Object.keys(PROBLEMS).sort());
  });
});

/** Answered above, with what they add. */
const NEEDS_MEMBERS: readonly ProblemCode[] = [
  'not_started',
  'invalid_transition',
  'captcha_required',
  'captcha_failed',
];

/** A route that may answer with it. */
function routeWith(paths: Json, code: ProblemCode): { method: string; path: string } | undefined {
  // Probes are exempt from what refuses here.
  for (const [path, item] of Object.entries<Json>(paths).filter(([name]) => name.startsWith('/v1/'))) {
    for (const [method, { responses }] of Object.entries<Json>(item)) {
      const problems = responses[PROBLEMS[code].status]?.content?.['application/problem+json'];
      if (code in (problems?.examples ?? {})) return { method: method.toUpperCase(), path };
    }
  }
  return undefined;
}

describe('what the document forbids', () => {
  it.each(['anything', 'Cookie', ''])('is refused: X-Session %j', async (asked) => {
    const json = { email: newEmail(), password: PASSWORD, name: 'Lin' };
    const answer = await post('/v1/auth/register', json, { 'x-session': asked });
    expectProblem(answer, 'validation_failed');
    expect(answer.body.errors).toMatchObject([{ pointer: 'X-Session' }]);
  });

  it.each([
    '/v1/auth/refresh',
    '/v1/vouchers/x/claims',
    '/v1/vouchers/x/captchas',
    '/v1/vouchers/x/claim-links',
  ])('is refused: null as the body of %s', async (path) => {
    const answer = await server.api.call('POST', path, { token: shopper.access_token, raw: 'null' });
    expectProblem(answer, 'validation_failed');
  });

  it('is refused: a phone number that the pattern does not have', async () => {
    const { components } = await server.api.expect(200, 'GET', '/openapi.json');
    const pattern = new RegExp(components.schemas.PhoneCodeRequest.properties.phone.pattern as string);
    for (const phone of ['0'.repeat(39), `+${'0'.repeat(30)}`, '1380013800', '+4915112345678']) {
      expect({ phone, allowed: pattern.test(phone) }).toEqual({ phone, allowed: false });
      expectProblem(await post('/v1/auth/phone/code', { phone }), 'validation_failed');
    }
    for (const phone of [
      '+8613800138000',
      '13800138000',
      '0086 138 0013 8000',
      '+86 138-0013-8000',
      '+1 (415) 555-2671',
      ' +14155552671 ',
    ]) {
      expect({ phone, allowed: pattern.test(phone) }).toEqual({ phone, allowed: true });
      expect((await post('/v1/auth/phone/code', { phone })).status).toBe(202);
    }
  });
});
