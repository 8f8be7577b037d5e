import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/database/database.js';
import { User } from '../../src/auth/index.js';
import { newEmail, PASSWORD, type Json, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

let server: TestApp;
let merchant: Session & { readonly merchantId: string };
let other: Session;
let shopper: Session;
let cashier: Session;

beforeAll(async () => {
  server = await startApp({ RATE_LIMIT_CLAIM: 'off', RATE_LIMIT_WRITE: 'off' });
  [merchant, other, shopper] = [
    await server.api.registerMerchant(),
    await server.api.registerMerchant(),
    await server.api.register(),
  ];
  cashier = await newCashier(merchant.merchantId);
});
afterAll(() => server.stop());

/** As one who accepted an invitation, without the mails. */
async function newCashier(merchantId: string): Promise<Session> {
  const { user } = await server.api.register();
  const email = newEmail();
  await server.app.get(Database).write(async (tx) => {
    await tx.update(User, { id: user.id }, { role: 'merchant', merchantId, merchantRole: 'cashier', email });
  });
  return server.api.expect(200, 'POST', '/v1/auth/login', { json: { email, password: PASSWORD } });
}

const newVoucher = (terms: Json = {}): Promise<Json> =>
  server.api.liveVoucher(merchant.access_token, { total_stock: 500, per_user_limit: 100, ...terms });

async function issued(voucherId: string, session = shopper): Promise<Json> {
  const { body } = await server.api.claim(session.access_token, voucherId);
  return server.api.waitIssued(session.access_token, body.id);
}

const post = (path: string, json: unknown, token = cashier.access_token, headers = {}) =>
  server.api.call('POST', `/v1/redemptions${path}`, { token, json, headers });
const redeem = (json: unknown, token = cashier.access_token, headers = {}) => post('', json, token, headers);
const preview = (code: string, token = cashier.access_token) =>
  server.api.call('GET', `/v1/redemptions/preview?code=${encodeURIComponent(code)}`, { token });

describe('a redemption', () => {
  it('answers with whose it was, for what, where and until when it can be taken back', async () => {
    const voucher = await newVoucher({
      face_value: { amount: 1500, currency: 'CNY' },
      rollback_within_s: 60,
    });
    const claim = await issued(voucher.id);
    const { status, body, headers, text } = await redeem({ code: claim.code, location: 'Till 2' });
    expect(status).toBe(201);
    expect(headers.get('cache-control')).toBe('private, no-store');
    expect(body).toMatchObject({
      object: 'redemption',
      status: 'redeemed',
      claim_id: claim.id,
      location: 'Till 2',
      cashier: { id: cashier.user.id },
      rolled_back_at: null,
      voucher: {
        id: voucher.id,
        title: 'Half price oolong',
        face_value: { amount: 1500, currency: 'CNY' },
        time_zone: 'Asia/Shanghai',
      },
      customer: { name: 'Lin', contact: 'p***@example.com' },
    });
    expect(Date.parse(body.rollback_until) - Date.parse(body.redeemed_at)).toBe(60_000);
    expect(text).not.toContain(shopper.user.email);
    expect(text).not.toContain(claim.code);
  });

  it('takes the code in whatever form, or the id of the claim', async () => {
    const voucher = await newVoucher();
    const forms = [
      (claim: Json) => ({ code: `Code: ${claim.code.toLowerCase().replaceAll('-', '\u2013')}.` }),
      (claim: Json) => ({ code: claim.code.replaceAll('-', '\u00a0').replaceAll('0', 'O') }),
      (claim: Json) => ({ claim_id: claim.id }),
    ];
    for (const form of forms) expect((await redeem(form(await issued(voucher.id)))).status).toBe(201);
  });

  it('is made by owner, editor and cashier of this merchant, and by nobody else', async () => {
    const voucher = await newVoucher();
    const claim = await issued(voucher.id);
    expectProblem(await redeem({ code: claim.code }, other.access_token), 'not_found');
    expectProblem(await redeem({ claim_id: claim.id }, other.access_token), 'not_found');
    expectProblem(await preview(claim.code, other.access_token), 'not_found');
    expectProblem(await redeem({ code: claim.code }, shopper.access_token), 'forbidden');
    expectProblem(
      await server.api.call('POST', '/v1/redemptions', { json: { code: claim.code } }),
      'unauthenticated',
    );
    expect((await redeem({ code: claim.code }, merchant.access_token)).status).toBe(201);
  });

  it('is one, and tells who comes second when and where it was', async () => {
    const claim = await issued((await newVoucher()).id);
    const first = await redeem({ code: claim.code, location: 'Till 1' });
    const second = await redeem({ claim_id: claim.id, location: 'Till 2' });
    expectProblem(second, 'already_redeemed');
    expect(second.body).toMatchObject({
      claim_id: claim.id,
      redemption: { id: first.body.id, redeemed_at: first.body.redeemed_at, location: 'Till 1' },
    });
    expect(second.body.detail).toContain('Till 1');
  });

  it('is one though a thousand cashiers come with the code at once', async () => {
    const claim = await issued((await newVoucher()).id);
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, (_, n) => redeem({ code: claim.code, location: `Till ${n}` })),
    );
    const good = answers.filter(({ status }) => status === 201);
    expect(good).toHaveLength(1);
    for (const answer of answers) {
      if (answer === good[0]) continue;
      expectProblem(answer, 'already_redeemed');
      expect(answer.body.redemption.id).toBe(good[0]?.body.id);
    }
    const rows = await server.app
      .get(Database)
      .read.query('SELECT COUNT(*) AS n FROM redemptions WHERE claim_id = ?', [claim.id]);
    expect(Number(rows[0].n)).toBe(1);
  });

  it('of many claims at once are all made, each once', async () => {
    const voucher = await newVoucher();
    const claims = [];
    for (let n = 0; n < 30; n++) claims.push(await issued(voucher.id));
    const answers = await Promise.all(
      [...claims, ...claims].map((claim, n) => redeem({ code: claim.code, location: `Till ${n}` })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(30);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(30);
    const audit = await server.api.audit(merchant.access_token, voucher.id);
    expect(audit.equations.filter((equation: Json) => !equation.holds)).toEqual([]);
  });

  it('with an Idempotency-Key repeats its answer', async () => {
    const claim = await issued((await newVoucher()).id);
    const key = { 'idempotency-key': `redeem-${claim.id}` };
    const first = await redeem({ code: claim.code }, cashier.access_token, key);
    const again = await redeem({ code: claim.code }, cashier.access_token, key);
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.body).toEqual(first.body);
  });
});

describe('a claim cannot be redeemed', () => {
  it('before redeem_from', async () => {
    const redeem_from = new Date(Date.now() + 86_400_000).toISOString();
    const claim = await issued((await newVoucher({ redeem_from })).id);
    const answer = await redeem({ code: claim.code });
    expectProblem(answer, 'not_yet_redeemable');
    expect(answer.body).toMatchObject({ claim_id: claim.id, redeem_from });
    expect((await preview(claim.code)).body).toMatchObject({
      redeemable: false,
      refusal: 'not_yet_redeemable',
    });
  });

  it('while its voucher is paused', async () => {
    const voucher = await newVoucher();
    const claim = await issued(voucher.id);
    const move = (name: string) =>
      server.api.expect(200, 'POST', `/v1/vouchers/${voucher.id}/${name}`, { token: merchant.access_token });
    await move('pause');
    expectProblem(await redeem({ code: claim.code }), 'voucher_paused');
    await move('resume');
    expect((await redeem({ code: claim.code })).status).toBe(201);
  });

  it.each([
    ['neither', {}],
    ['both', { code: 'x', claim_id: `clm_${'0'.repeat(40)}` }],
    ['an empty code', { code: '' }],
    ['a code that is a number', { code: 7 }],
    ['a long code', { code: 'x'.repeat(201) }],
    ['an id of something else', { claim_id: 'vch_01k9z3v8f0abcdef' }],
    ['an unknown field', { code: 'x', amount: 3 }],
    ['a location of blanks', { code: 'x', location: '  ' }],
    ['a long location', { code: 'x', location: 'x'.repeat(101) }],
    ['no object', []],
  ])('with a wrong body: %s', async (_, json) => {
    expectProblem(await redeem(json), 'validation_failed');
  });

  it('by a code that leads nowhere', async () => {
    for (const json of [
      { code: '0000-0000-0000-0000' },
      { code: 'hello' },
      { claim_id: `clm_${'0'.repeat(40)}` },
    ])
      expectProblem(await redeem(json), 'not_found');
  });
});

describe('a look before', () => {
  it('changes nothing, and says what a redemption would be answered', async () => {
    const claim = await issued((await newVoucher()).id);
    for (let n = 0; n < 2; n++)
      expect((await preview(claim.code.toLowerCase())).body).toMatchObject({
        object: 'redemption_preview',
        redeemable: true,
        refusal: null,
        claim_id: claim.id,
        claim_status: 'issued',
        redemption: null,
        customer: { name: 'Lin' },
      });
    const { body } = await redeem({ code: claim.code, location: 'Till 3' });
    expect((await preview(claim.code)).body).toMatchObject({
      redeemable: false,
      refusal: 'already_redeemed',
      claim_status: 'redeemed',
      redemption: { id: body.id, location: 'Till 3' },
    });
  });

  it('asks for one of code and claim_id', async () => {
    for (const query of ['', '?code=', '?claim_id=x', '?code=x&claim_id=y', '?code=x&more=1'])
      expectProblem(
        await server.api.call('GET', `/v1/redemptions/preview${query}`, { token: cashier.access_token }),
        'validation_failed',
      );
  });
});

describe('a roll-back', () => {
  it('makes the claim good again, once', async () => {
    const claim = await issued((await newVoucher()).id);
    const first = await redeem({ code: claim.code });
    const back = await post(`/${first.body.id}/rollback`, { reason: 'wrong order' });
    expect(back.status).toBe(200);
    expect(back.body).toMatchObject({
      id: first.body.id,
      status: 'rolled_back',
      rollback_reason: 'wrong order',
      rollback_until: null,
    });
    const again = await post(`/${first.body.id}/rollback`, { reason: 'again' });
    expectProblem(again, 'already_rolled_back');
    expect(again.body.redemption).toMatchObject({ id: first.body.id, reason: 'wrong order' });
    const second = await redeem({ code: claim.code });
    expect(second.status).toBe(201);
    expectProblem(await post(`/${first.body.id}/rollback`, { reason: 'late' }), 'already_rolled_back');
    expectProblem(await redeem({ code: claim.code }), 'already_redeemed');
  });

  it('of many at once is one', async () => {
    const claim = await issued((await newVoucher()).id);
    const { body } = await redeem({ code: claim.code });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => post(`/${body.id}/rollback`, { reason: 'x' })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
  });

  it('comes too late where the voucher allows none', async () => {
    const claim = await issued((await newVoucher({ rollback_within_s: 0 })).id);
    const { body } = await redeem({ code: claim.code });
    expect(body.rollback_until).toBeNull();
    const answer = await post(`/${body.id}/rollback`, { reason: 'x' });
    expectProblem(answer, 'rollback_too_late');
    expect(answer.body.rollback_until).toBe(body.redeemed_at);
    expectProblem(await redeem({ code: claim.code }), 'already_redeemed');
  });

  it('is refused to others, and with a wrong body', async () => {
    const claim = await issued((await newVoucher()).id);
    const { body } = await redeem({ code: claim.code });
    const path = `/${body.id}/rollback`;
    expectProblem(await post(path, { reason: 'x' }, other.access_token), 'not_found');
    expectProblem(await post('/rdm_nothing/rollback', { reason: 'x' }), 'not_found');
    expectProblem(await post(path, { reason: 'x' }, shopper.access_token), 'forbidden');
    for (const json of [{}, { reason: '' }, { reason: 'x'.repeat(201) }, { reason: 'x', more: 1 }])
      expectProblem(await post(path, json), 'validation_failed');
    expectProblem(await redeem({ code: claim.code }), 'already_redeemed');
  });
});

describe('the list of redemptions', () => {
  it('is the merchant’s alone, newest first, a page at a time, and of a span of time', async () => {
    const owner = await server.api.registerMerchant();
    const token = owner.access_token;
    const { id } = await server.api.liveVoucher(token, { total_stock: 50, per_user_limit: 10 });
    const made: Json[] = [];
    for (let n = 0; n < 5; n++) made.unshift((await redeem({ code: (await issued(id)).code }, token)).body);
    const list = async (query: string): Promise<Json> =>
      (await server.api.call('GET', `/v1/redemptions?${query}`, { token })).body;
    const ids = (page: Json) => page.data.map((one: Json) => one.id);
    const all = made.map((one) => one.id);
    expect(ids(await list(''))).toEqual(all);
    const first = await list('limit=2');
    expect([ids(first), first.has_more]).toEqual([all.slice(0, 2), true]);
    const second = await list(`limit=3&starting_after=${all[1]}`);
    expect([ids(second), second.has_more]).toEqual([all.slice(2), false]);
    expect(ids(await list(`limit=2&ending_before=${all[4]}`))).toEqual(all.slice(2, 4));
    expect(ids(await list(`since=${made[2].redeemed_at}`))).toEqual(all.slice(0, 3));
    expect(ids(await list(`until=${made[2].redeemed_at}`))).toEqual(all.slice(3));
    expect(ids(await list('by=me'))).toEqual(all);
    expect((await list('')).data[0]).toEqual(made[0]);
  });

  it('refuses what is no page', async () => {
    for (const query of ['limit=0', 'limit=101', 'since=yesterday', 'by=you', 'starting_after=clm_1', 'x=1'])
      expectProblem(
        await server.api.call('GET', `/v1/redemptions?${query}`, { token: cashier.access_token }),
        'validation_failed',
      );
  });
});
