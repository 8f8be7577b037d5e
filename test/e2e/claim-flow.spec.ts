import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until, type Json, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { eventsIn } from '../support/event-file.js';

let server: TestApp;
let merchant: Session;

beforeAll(async () => {
  server = await startApp();
  merchant = await server.api.registerMerchant();
});
afterAll(() => server.stop());

const events = (): Promise<Json[]> => eventsIn(server.dataDir);

describe('a claim', () => {
  it('goes from 202 to a code, the wallet, the merchant’s lists, the equations and an event', async () => {
    const { api } = server;
    const voucher = await api.liveVoucher(merchant.access_token, { total_stock: 5 });
    expect(voucher.status).toBe('live');
    const { access_token: token, user } = await api.register();

    const accepted = await api.claim(token, voucher.id);
    expect(accepted.status).toBe(202);
    expect(accepted.headers.get('location')).toBe(`/v1/claims/${accepted.body.id}`);
    expect(accepted.body).toMatchObject({
      object: 'claim',
      status: 'pending',
      voucher_id: voucher.id,
      user_id: user.id,
      sequence: 1,
      ordinal: 1,
      code: null,
      issued_at: null,
    });

    const issued = await api.waitIssued(token, accepted.body.id);
    expect(issued).toMatchObject({
      id: accepted.body.id,
      status: 'issued',
      sequence: 1,
      ordinal: 1,
      reject_reason: null,
    });
    expect(issued.code).toMatch(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/);
    expect(issued.created_at).toBe(accepted.body.created_at);
    expect(Date.parse(issued.issued_at)).toBeGreaterThanOrEqual(Date.parse(issued.created_at));

    const wallet = await api.expect(200, 'GET', '/v1/me/claims', { token });
    expect(wallet).toMatchObject({ object: 'list', has_more: false });
    expect(wallet.data).toEqual([issued]);

    const seen = await api.expect(200, 'GET', `/v1/vouchers/${voucher.id}/claims`, {
      token: merchant.access_token,
    });
    const customer = { name: 'Lin', contact: 'p***@example.com' };
    // What its holder was promised stands in the holder's answer alone.
    const { terms, edits, redeem_from, redeem_until, merchant: card, ...plain } = issued;
    expect(card).toMatchObject({ name: 'Tea House', logo_url: null });
    expect([terms.title, edits, redeem_from, redeem_until]).toEqual(['Half price oolong', null, null, null]);
    expect(seen.data).toEqual([{ ...plain, code: null, code_ending: issued.code.slice(-4), customer }]);

    const summary = await api.waitSettled(merchant.access_token, voucher.id);
    expect(summary).toMatchObject({
      total_stock: 5,
      issued: 1,
      rejected: 0,
      remaining: 4,
      users: 1,
      pending: 0,
    });

    const audit = await api.audit(merchant.access_token, voucher.id);
    expect(audit.ok).toBe(true);
    expect(audit.equations.length).toBeGreaterThanOrEqual(6);
    for (const equation of audit.equations) expect(equation).toMatchObject({ holds: true });

    const event = await until(async () => (await events()).find((e) => e.data.id === issued.id));
    expect(event).toMatchObject({
      type: 'claim.issued',
      data: { voucher_id: voucher.id, user_id: user.id, sequence: 1 },
    });
    expect(JSON.stringify(event)).not.toContain(issued.code);
  });

  it('is told as a stream until its end', async () => {
    const { api } = server;
    const voucher = await api.liveVoucher(merchant.access_token);
    const { access_token: token } = await api.register();
    const { body } = await api.claim(token, voucher.id);
    const response = await fetch(`${server.url}/v1/claims/${body.id}/events`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const text = await response.text(); // ends by itself
    const data = [...text.matchAll(/^data: (.*)$/gm)].map((match) => JSON.parse(match[1] as string));
    expect(text).toMatch(/^event: claim$/m);
    expect(data.at(-1)).toMatchObject({ id: body.id, status: 'issued', code: expect.stringMatching(/-/) });
    expect(data.map((claim) => claim.status)).toEqual([...new Set(data.map((claim) => claim.status))]);
    // Each block has data, also the one that says when to come back.
    const blocks = text.split('\n\n').slice(0, -1);
    expect(blocks.map((block) => /^data: /m.test(block))).not.toContain(false);
    expect(blocks[0]).toMatch(/^retry: \d+$/m);
    expect(blocks.at(-1)).toMatch(/^id: issued$/m);
  });

  it('is told once more, and then no client comes back for it', async () => {
    const { api } = server;
    const voucher = await api.liveVoucher(merchant.access_token);
    const { access_token: token } = await api.register();
    const { body } = await api.claim(token, voucher.id);
    await api.waitIssued(token, body.id);
    const path = `/v1/claims/${body.id}/events`;
    const again = (seen: string) => api.call('GET', path, { token, headers: { 'last-event-id': seen } });
    expect((await api.call('GET', path, { token })).text).toContain('"status":"issued"');
    expect((await again('pending')).text).toContain('"status":"issued"');
    const over = await again('issued');
    expect([over.status, over.text]).toEqual([204, '']);
  });

  it('is nobody else’s', async () => {
    const { api } = server;
    const voucher = await api.liveVoucher(merchant.access_token);
    const [owner, other] = [await api.register(), await api.register()];
    const { body } = await api.claim(owner.access_token, voucher.id);
    await api.waitIssued(owner.access_token, body.id);
    for (const path of [`/v1/claims/${body.id}`, `/v1/claims/${body.id}/events`]) {
      for (const { access_token: token } of [other, merchant]) {
        const { status, body: problem } = await api.call('GET', path, { token });
        expect([status, problem.code]).toEqual([404, 'not_found']);
      }
      expect((await api.call('GET', path)).status).toBe(401);
    }
  });

  it('is refused with what the client needs to know', async () => {
    const { api } = server;
    const owner = merchant.access_token;
    const { access_token: token } = await api.register();
    const { access_token: late } = await api.register();
    const soon = { opens_at: new Date(Date.now() + 600_000).toISOString() };

    const voucher = await api.liveVoucher(owner, { total_stock: 1 });
    const first = await api.claim(token, voucher.id);
    const again = await api.claim(token, voucher.id);
    expect(again.body).toMatchObject({
      status: 409,
      code: 'claim_limit_reached',
      claim: { id: first.body.id },
      retryable: false,
    });
    expect((await api.claim(late, voucher.id)).body).toMatchObject({
      status: 409,
      code: 'sold_out',
      retryable: false,
    });

    // Others ask from here on: five attempts in five seconds is what one may.
    const { access_token: second } = await api.register();
    const { access_token: third } = await api.register();
    const scheduled = await api.liveVoucher(owner, soon);
    expect(scheduled.status).toBe('scheduled');
    const early = await api.claim(second, scheduled.id);
    expect(early.body).toMatchObject({ status: 409, code: 'not_started', opens_at: scheduled.opens_at });
    expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(500);
    expect(Number(early.headers.get('retry-after'))).toBeLessThanOrEqual(600);

    const paused = await api.liveVoucher(owner);
    await api.expect(200, 'POST', `/v1/vouchers/${paused.id}/pause`, { token: owner });
    const refused = await api.claim(second, paused.id);
    expect(refused.body).toMatchObject({ status: 409, code: 'paused', retryable: true });
    expect(refused.headers.get('retry-after')).not.toBeNull();

    await api.expect(200, 'POST', `/v1/vouchers/${paused.id}/end`, { token: owner });
    expect((await api.claim(second, paused.id)).body).toMatchObject({ status: 410, code: 'voucher_ended' });

    const draft = await api.createVoucher(owner);
    for (const id of [draft.id, 'vch_0000000000000000', 'nonsense']) {
      expect((await api.claim(third, id)).body).toMatchObject({ status: 404, code: 'not_found' });
    }
    expect((await api.audit(owner, voucher.id)).ok).toBe(true);
  });

  it('pages through the wallet, newest first, in both directions', async () => {
    const { api } = server;
    const { access_token: token } = await api.register();
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) {
      const voucher = await api.liveVoucher(merchant.access_token);
      const { body } = await api.claim(token, voucher.id);
      await api.waitIssued(token, body.id);
      ids.unshift(body.id);
    }
    const page = (query: string) => api.expect(200, 'GET', `/v1/me/claims?limit=2${query}`, { token });
    const one = await page('');
    const two = await page(`&starting_after=${one.data[1].id}`);
    const three = await page(`&starting_after=${two.data[1].id}`);
    const seen = [...one.data, ...two.data, ...three.data].map((claim) => claim.id);
    expect(new Set(seen)).toEqual(new Set(ids));
    expect(seen).toHaveLength(5);
    expect([one.has_more, two.has_more, three.has_more]).toEqual([true, true, false]);
    expect((await page(`&ending_before=${two.data[0].id}`)).data).toEqual(one.data);
    const other = await api.register();
    const foreign = await api.call('GET', `/v1/me/claims?starting_after=${ids[0]}`, {
      token: other.access_token,
    });
    expect([foreign.status, foreign.body.errors[0].pointer]).toEqual([422, '/starting_after']);
  });

  it('shows in the availability', async () => {
    const { api } = server;
    const voucher = await api.liveVoucher(merchant.access_token, { total_stock: 3 });
    const { access_token: token } = await api.register();
    await api.claim(token, voucher.id);
    const seen = await until(async () => {
      const answer = await api.expect(200, 'GET', `/v1/vouchers/${voucher.id}/availability`);
      return answer.remaining === 2 ? answer : undefined;
    });
    expect(seen).toMatchObject({ object: 'availability', voucher_id: voucher.id, status: 'live' });
  });
});
