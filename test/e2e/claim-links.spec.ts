import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Metrics } from '../../src/observability/metrics.js';
import { BlockList } from '../../src/rate-limit/index.js';
import { until, type Answer, type Json, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { passTime, resetTime } from '../support/pass-time.js';
import { solve } from '../support/captcha.js';
import { expectProblem } from '../support/problem.js';

let server: TestApp;
let merchant: Session;
let owner: string;

beforeAll(async () => {
  server = await startApp({
    CLAIM_LINK_TTL_S: '60',
    CAPTCHA_TTL_S: '120',
    RATE_LIMIT_CLAIM: 'off',
    RATE_LIMIT_CHALLENGE: 'off',
  });
  merchant = await server.api.registerMerchant();
  owner = merchant.access_token;
});
afterEach(resetTime);
afterAll(() => server.stop());

const hidden = (terms: Json = {}) =>
  server.api.liveVoucher(owner, { protection: { claim_link: true }, ...terms });
const askLink = (token: string, id: string, json?: Json) =>
  server.api.call('POST', `/v1/vouchers/${id}/claim-links`, { token, json });
const askCaptcha = (token: string, id: string, json?: Json) =>
  server.api.call('POST', `/v1/vouchers/${id}/captchas`, { token, json });
const use = (token: string, url: string, key?: string) =>
  server.api.call('POST', url, { token, headers: key === undefined ? {} : { 'idempotency-key': key } });
const linkFor = async (token: string, id: string, json?: Json): Promise<string> => {
  const { status, body } = await askLink(token, id, json);
  expect({ status, code: body.code }).toEqual({ status: 201, code: undefined });
  return body.url;
};
const codesOf = (answers: readonly Answer[]): string[] => answers.map(({ body }) => body.code ?? 'ok').sort();
const count = async (labels: string): Promise<number> => {
  const text = await server.app.get(Metrics).registry.metrics();
  const line = text.split('\n').find((one) => one.includes(labels));
  return Number(line?.split(' ').at(-1) ?? 0);
};

describe('a voucher that asks for a claim link', () => {
  it('is claimed through it, and not on the plain path', async () => {
    const { api } = server;
    const voucher = await hidden();
    expect(voucher.protection).toEqual({ claim_link: true, captcha: 'none' });
    const { access_token: token } = await api.register();
    const plain = await api.claim(token, voucher.id);
    expectProblem(plain, 'challenge_required');
    expect(plain.body).toMatchObject({
      claim_links_url: `/v1/vouchers/${voucher.id}/claim-links`,
      captcha: 'none',
    });

    const asked = Date.now();
    const link = await askLink(token, voucher.id);
    expect(link.status).toBe(201);
    expect(link.body).toMatchObject({
      object: 'claim_link',
      url: expect.stringMatching(/^\/v1\/claim-links\//),
    });
    expect(Date.parse(link.body.expires_at) - asked).toBeGreaterThanOrEqual(60_000);
    expect(Date.parse(link.body.expires_at) - Date.now()).toBeLessThanOrEqual(60_000);
    expect(link.headers.get('cache-control')).toBe('no-store');

    const passed = await count('layer="challenge",outcome="passed"');
    const accepted = await use(token, link.body.url);
    expect(accepted.status).toBe(202);
    expect(accepted.headers.get('location')).toBe(`/v1/claims/${accepted.body.id}`);
    expect(accepted.body).toMatchObject({ object: 'claim', status: 'pending', voucher_id: voucher.id });
    expect(await count('layer="challenge",outcome="passed"')).toBe(passed + 1);
    expect(await count('layer="challenge",outcome="refused",reason="no_link"')).toBeGreaterThan(0);

    expect((await api.waitIssued(token, accepted.body.id)).code).toMatch(/-/);
    await api.waitSettled(owner, voucher.id);
    expect((await api.audit(owner, voucher.id)).ok).toBe(true);
  });

  it('gives no link before it opens', async () => {
    const opensAt = Date.now() + 600_000;
    const voucher = await hidden({ opens_at: new Date(opensAt).toISOString() });
    const { access_token: token } = await server.api.register();
    const early = await askLink(token, voucher.id);
    expectProblem(early, 'not_started');
    expect(early.body.opens_at).toBe(voucher.opens_at);
    expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(500);
    expectProblem(await server.api.claim(token, voucher.id), 'challenge_required');
    passTime(600_001);
    expect((await use(token, await linkFor(token, voucher.id))).status).toBe(202);
  });

  it('gives none while paused, when all is sold, after its end, to nobody, or where none is asked for', async () => {
    const { api } = server;
    const { access_token: token } = await api.register();
    const { access_token: late } = await api.register();
    const voucher = await hidden({ total_stock: 1 });
    const move = (name: string) =>
      api.expect(200, 'POST', `/v1/vouchers/${voucher.id}/${name}`, { token: owner });
    expectProblem(await askLink('', voucher.id), 'unauthenticated');
    await move('pause');
    expectProblem(await askLink(token, voucher.id), 'paused');
    await move('resume');
    await use(token, await linkFor(token, voucher.id));
    const soldOut = await until(async () => {
      const answer = await askLink(late, voucher.id); // the count of what is left may be half a second old
      return answer.status === 201 ? undefined : answer;
    });
    expectProblem(soldOut, 'sold_out');
    await move('end');
    expectProblem(await askLink(token, voucher.id), 'voucher_ended');

    const draft = await api.createVoucher(owner, { protection: { claim_link: true } });
    const open = await api.liveVoucher(owner);
    for (const id of [draft.id, open.id, 'vch_0000000000000000', 'nonsense'])
      expectProblem(await askLink(token, id), 'not_found');
    expect((await api.claim(token, open.id)).status).toBe(202);
  });

  it('keeps its protection once it is published', async () => {
    const voucher = await hidden({ opens_at: new Date(Date.now() + 600_000).toISOString() });
    const answer = await server.api.call('PATCH', `/v1/vouchers/${voucher.id}`, {
      token: owner,
      headers: { 'if-match': '*' },
      json: { protection: { claim_link: false } },
    });
    expectProblem(answer, 'not_editable', ['/protection']);
  });

  it('refuses bodies that are not of its form', async () => {
    const voucher = await hidden();
    const { access_token: token } = await server.api.register();
    const cases: [Json, string[]][] = [
      [{ captcha: 'x' }, ['/captcha']],
      [{ captcha_id: 'cap_1' }, ['/captcha_answer']],
      [{ captcha_answer: '7' }, ['/captcha_answer']],
      [{ captcha_id: 'cap_1', captcha_answer: 7 }, ['/captcha_answer']],
      [{ captcha_id: 'cap_1', captcha_answer: 'x'.repeat(65) }, ['/captcha_answer']],
    ];
    for (const [json, pointers] of cases)
      expectProblem(await askLink(token, voucher.id, json), 'validation_failed', pointers);
    const url = await linkFor(token, voucher.id);
    const stuffed = await server.api.call('POST', url, { token, json: { units: 5 } });
    expectProblem(stuffed, 'validation_failed', ['/units']);
    expectProblem(await use('', url), 'unauthenticated');
    expect((await use(token, url)).status).toBe(202);
  });
});

describe('a claim link', () => {
  it('is good for one claim: a repeat with the same key is the first answer, any other names the claim', async () => {
    const voucher = await hidden({ per_user_limit: 5 });
    const { access_token: token } = await server.api.register();
    const url = await linkFor(token, voucher.id);
    const first = await use(token, url, 'mine');
    expect([first.status, first.headers.get('idempotent-replayed')]).toEqual([202, null]);
    const replay = await use(token, url, 'mine');
    expect([replay.status, replay.headers.get('idempotent-replayed')]).toEqual([202, 'true']);
    expect(replay.body).toEqual(first.body);
    for (const key of ['other', undefined]) {
      const second = await use(token, url, key);
      expectProblem(second, 'challenge_required');
      expect(second.body).toMatchObject({ claim_id: first.body.id, detail: 'The claim link was used' });
    }
    expect((await use(token, await linkFor(token, voucher.id))).body.ordinal).toBe(2);
    expect((await server.api.waitSettled(owner, voucher.id)).issued).toBe(2);
  });

  it('gives one claim to twenty uses at once', async () => {
    const voucher = await hidden({ per_user_limit: 5 });
    const { access_token: token } = await server.api.register();
    const url = await linkFor(token, voucher.id);
    const answers = await Promise.all(Array.from({ length: 20 }, () => use(token, url)));
    expect(codesOf(answers)).toEqual([...Array<string>(19).fill('challenge_required'), 'ok']);
    const { body } = answers.find(({ status }) => status === 202) as Answer;
    for (const refused of answers.filter(({ status }) => status === 403))
      expect(refused.body.claim_id).toBe(body.id);

    const keyed = await linkFor(token, voucher.id);
    const repeats = await Promise.all(Array.from({ length: 20 }, () => use(token, keyed, 'one')));
    expect(new Set(repeats.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1);
    expect((await server.api.waitSettled(owner, voucher.id)).issued).toBe(2);
  });

  it('stays good when the claim is refused', async () => {
    const { api } = server;
    const voucher = await hidden();
    const { access_token: token } = await api.register();
    const url = await linkFor(token, voucher.id);
    await api.expect(200, 'POST', `/v1/vouchers/${voucher.id}/pause`, { token: owner });
    expectProblem(await use(token, url), 'paused');
    await api.expect(200, 'POST', `/v1/vouchers/${voucher.id}/resume`, { token: owner });
    expect((await use(token, url)).status).toBe(202);
    expectProblem(await use(token, await linkFor(token, voucher.id)), 'claim_limit_reached');
  });

  it('is worth nothing to another user, for another voucher, tampered with, or invented', async () => {
    const { api } = server;
    const [voucher, other] = [await hidden(), await hidden()];
    const [a, b] = [await api.register(), await api.register()];
    const url = await linkFor(a.access_token, voucher.id);
    expectProblem(await use(b.access_token, url), 'challenge_required');
    const token = url.split('/').at(-1) as string;
    const swap = (index: number): string =>
      token.slice(0, index) + (token[index] === 'A' ? 'B' : 'A') + token.slice(index + 1);
    const forged = [
      other.id.slice(4) + token.slice(16),
      ...[17, 20, 24, 30, 45, 46, 60, token.length - 1].map(swap),
      `${token}A`,
      token.slice(0, -1),
      `${token}=`,
      'x',
      'A'.repeat(72),
      'A'.repeat(5_000),
    ];
    for (const text of forged) {
      const answer = await use(a.access_token, `/v1/claim-links/${text}`);
      expectProblem(answer, 'challenge_required');
      expect(answer.body.claim_id).toBeUndefined();
    }
    for (const { id } of [voucher, other])
      expect((await api.expect(200, 'GET', `/v1/vouchers/${id}/summary`, { token: owner })).remaining).toBe(
        10,
      );
    expect((await use(a.access_token, url)).status).toBe(202);
  });

  it('expires, and says so', async () => {
    const voucher = await hidden();
    const { access_token: token } = await server.api.register();
    const url = await linkFor(token, voucher.id);
    passTime(60_001);
    const answer = await use(token, url);
    expectProblem(answer, 'challenge_required');
    expect(answer.body).toMatchObject({
      detail: expect.stringContaining('expired'),
      claim_links_url: `/v1/vouchers/${voucher.id}/claim-links`,
    });
    expect((await use(token, await linkFor(token, voucher.id))).status).toBe(202);
  });
});

describe('a voucher that asks for a captcha', () => {
  const guarded = (captcha: 'math' | 'image', terms: Json = {}) =>
    server.api.liveVoucher(owner, { protection: { captcha }, ...terms });
  const solved = async (token: string, id: string): Promise<Json> => {
    const { status, body } = await askCaptcha(token, id, { alternative: true });
    expect(status).toBe(201);
    return { captcha_id: body.id, captcha_answer: solve(body.question) };
  };

  it.each(['math', 'image'] as const)('of kind %s goes from captcha to link to claim', async (kind) => {
    const { api } = server;
    const voucher = await guarded(kind);
    const { access_token: token } = await api.register();
    const plain = await api.claim(token, voucher.id);
    expectProblem(plain, 'challenge_required');
    expect(plain.body).toMatchObject({ captcha: kind, captchas_url: `/v1/vouchers/${voucher.id}/captchas` });
    const missing = await askLink(token, voucher.id);
    expectProblem(missing, 'captcha_required');
    expect(missing.body).toMatchObject({
      captcha: kind,
      captchas_url: `/v1/vouchers/${voucher.id}/captchas`,
    });

    const shown = await askCaptcha(token, voucher.id);
    expect(shown.status).toBe(201);
    expect(shown.headers.get('cache-control')).toBe('no-store');
    expect(shown.body).toMatchObject({ object: 'captcha', kind, id: expect.stringMatching(/^cap_/) });
    expect(shown.body.question).toBeUndefined();
    const png = Buffer.from(/^data:image\/png;base64,(.+)$/.exec(shown.body.image)?.[1] ?? '', 'base64');
    expect(png.subarray(1, 4).toString()).toBe('PNG');

    const url = await linkFor(token, voucher.id, await solved(token, voucher.id));
    const accepted = await use(token, url);
    expect(accepted.status).toBe(202);
    await api.waitIssued(token, accepted.body.id);
  });

  it('takes one answer to a captcha, right or wrong', async () => {
    const voucher = await guarded('math');
    const { access_token: token } = await server.api.register();
    const answer = await solved(token, voucher.id);
    expectProblem(await askLink(token, voucher.id, { ...answer, captcha_answer: '1000' }), 'captcha_failed');
    expectProblem(await askLink(token, voucher.id, answer), 'captcha_failed');
    const right = await solved(token, voucher.id);
    await linkFor(token, voucher.id, { ...right, captcha_answer: ` ${right.captcha_answer} ` });
    const again = await askLink(token, voucher.id, right);
    expectProblem(again, 'captcha_failed');
    expect(again.body.captchas_url).toBe(`/v1/vouchers/${voucher.id}/captchas`);
  });

  it('gives one link to twenty right answers at once', async () => {
    const voucher = await guarded('math');
    const { access_token: token } = await server.api.register();
    const right = await solved(token, voucher.id);
    const answers = await Promise.all(Array.from({ length: 20 }, () => askLink(token, voucher.id, right)));
    expect(codesOf(answers)).toEqual([...Array<string>(19).fill('captcha_failed'), 'ok']);
  });

  it('takes no captcha of another user, another voucher, of before, or invented', async () => {
    const [voucher, other] = [await guarded('math'), await guarded('math')];
    const [a, b] = [(await server.api.register()).access_token, (await server.api.register()).access_token];
    const foreign = await solved(a, voucher.id);
    await solved(b, voucher.id);
    expectProblem(await askLink(b, voucher.id, foreign), 'captcha_failed');
    await solved(a, other.id);
    expectProblem(await askLink(a, other.id, foreign), 'captcha_failed');
    await linkFor(a, voucher.id, foreign);

    const old = await solved(a, voucher.id);
    await solved(a, voucher.id);
    expectProblem(await askLink(a, voucher.id, old), 'captcha_failed');
    const invented = { captcha_id: 'cap_0000000000000000', captcha_answer: '7' };
    expectProblem(await askLink(a, voucher.id, invented), 'captcha_failed');
  });

  it('blocks who answers wrongly thirty times within a minute, not ten times, and not who is late', async () => {
    const voucher = await guarded('math');
    const list = server.app.get(BlockList);
    const { access_token: token, user } = await server.api.register();
    const invented = { captcha_id: 'cap_0000000000000000', captcha_answer: '7' };
    for (let n = 0; n < 12; n += 1) await askLink(token, voucher.id, invented);
    const wrong = async (): Promise<void> => {
      const { body } = await askCaptcha(token, voucher.id);
      await askLink(token, voucher.id, { captcha_id: body.id, captcha_answer: '1000' });
    };
    for (let n = 0; n < 29; n += 1) await wrong();
    expect(list.blockedUser(user.id)).toBeUndefined();
    await wrong();
    const block = await until(async () => list.blockedUser(user.id));
    expect(block).toMatchObject({ source: 'automatic', reason: '30 wrong captcha answers within 60 s' });
    expect(list.blockedAddress('127.0.0.1')).toBeUndefined();
  });

  it('takes no late answer', async () => {
    const voucher = await guarded('image');
    const { access_token: token } = await server.api.register();
    const answer = await solved(token, voucher.id);
    passTime(120_001);
    expectProblem(await askLink(token, voucher.id, answer), 'captcha_failed');
  });

  it('leaves the captcha good where the link is refused for another reason', async () => {
    const voucher = await guarded('math');
    const { access_token: token } = await server.api.register();
    const answer = await solved(token, voucher.id);
    await server.api.expect(200, 'POST', `/v1/vouchers/${voucher.id}/pause`, { token: owner });
    expectProblem(await askLink(token, voucher.id, answer), 'paused');
    expectProblem(await askCaptcha(token, voucher.id), 'paused');
    await server.api.expect(200, 'POST', `/v1/vouchers/${voucher.id}/resume`, { token: owner });
    await linkFor(token, voucher.id, answer);
  });

  it('gives captchas a little before it opens, links from then on', async () => {
    const voucher = await guarded('math', { opens_at: new Date(Date.now() + 600_000).toISOString() });
    const { access_token: token } = await server.api.register();
    const early = await askCaptcha(token, voucher.id);
    expectProblem(early, 'not_started');
    expect(Number(early.headers.get('retry-after'))).toBeLessThanOrEqual(480);
    passTime(500_000);
    const answer = await solved(token, voucher.id);
    expectProblem(await askLink(token, voucher.id, answer), 'not_started');
    passTime(100_001);
    await linkFor(token, voucher.id, answer);
  });

  it('refuses what is asked wrongly, and gives none where none is asked for', async () => {
    const { api } = server;
    const voucher = await guarded('math');
    const { access_token: token } = await api.register();
    expectProblem(await askCaptcha(token, voucher.id, { alternative: 'yes' }), 'validation_failed', [
      '/alternative',
    ]);
    expectProblem(await askCaptcha(token, voucher.id, { kind: 'image' }), 'validation_failed', ['/kind']);
    expectProblem(await askCaptcha('', voucher.id), 'unauthenticated');
    for (const { id } of [await hidden(), await api.liveVoucher(owner), { id: 'nonsense' }])
      expectProblem(await askCaptcha(token, id), 'not_found');
  });
});
