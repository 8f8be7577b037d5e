import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { DevInbox, MailRelay, type DevMessage } from '../../src/mail/index.js';
import { MessageMails, OpeningMails } from '../../src/notice/index.js';
import { newAddress, until, type Answer, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { readMail } from '../support/mail-server.js';
import { expectProblem } from '../support/problem.js';
import { filesOf } from '../support/zip.js';

const PUBLIC_URL = 'https://drops.example.com';
const MINUTE = 60_000;
let server: TestApp;
let merchant: Session & { readonly merchantId: string };

beforeAll(async () => {
  server = await startApp({
    PUBLIC_URL,
    // The test sends by itself.
    MAIL_INTERVAL_MS: '3600000',
    RATE_LIMIT_LOGIN: 'off',
    RATE_LIMIT_REGISTER: 'off',
    RATE_LIMIT_WRITE: 'off',
  });
  merchant = await server.api.registerMerchant();
});
afterAll(() => server.stop());

/** Sends what is due, and @returns the first mail to an address whose text fits, once there is one */
const mailTo = (email: string, fits: RegExp): Promise<DevMessage> =>
  until(async () => {
    await server.app.get(MailRelay).run();
    return mailsTo(email).find(({ text }) => fits.test(text));
  });
const mailsTo = (email: string): readonly DevMessage[] =>
  server.app
    .get(DevInbox)
    .list()
    .filter(({ to }) => to === email);

/** An account whose address is proved. */
async function shopper(): Promise<Session> {
  const session = await server.api.register();
  const { email } = session.user;
  const token = session.access_token;
  await server.api.expect(202, 'POST', '/v1/me/email-proofs', { token, json: { email } });
  const { text } = await mailTo(email, /email-proof#/);
  const [, secret] = /email-proof#([\w-]+)/.exec(text) ?? [];
  await server.api.expect(200, 'POST', '/v1/me/email-proofs/confirm', { token, json: { token: secret } });
  return session;
}
const reminder = (method: string, token: string | undefined, voucherId: string): Promise<Answer> =>
  server.api.call(method, `/v1/vouchers/${voucherId}/reminder`, { token });
const choose = (token: string, json: unknown): Promise<Answer> =>
  server.api.call('PATCH', '/v1/me/mail-preferences', { token, json });
const scheduled = async (inMs: number): Promise<{ readonly id: string }> =>
  server.api.liveVoucher(merchant.access_token, {
    opens_at: new Date(Date.now() + inMs).toISOString(),
    closes_at: new Date(Date.now() + inMs + 60 * MINUTE).toISOString(),
  });
const unsubscribeLink = ({ text }: DevMessage): string => {
  const [, path] = /https:\/\/drops\.example\.com(\/unsubscribe\?token=\S+)/.exec(text) ?? [];
  if (path === undefined) throw new Error(`no link in: ${text}`);
  return path;
};
/** As a mail program does it: no cookie, from anywhere. */
const oneClick = (path: string, form: URLSearchParams | FormData): Promise<Response> =>
  fetch(server.url + path, {
    method: 'POST',
    body: form,
    headers: { 'x-forwarded-for': newAddress(), 'sec-fetch-site': 'cross-site' },
  });
const clickForm = (): URLSearchParams => new URLSearchParams({ 'List-Unsubscribe': 'One-Click' });

describe('a reminder of an opening', () => {
  it('is asked for, and taken back, by whoever has proved an address, until the voucher opens', async () => {
    const drop = await scheduled(30 * MINUTE);
    const { access_token: unproved } = await server.api.register();
    expectProblem(await reminder('PUT', undefined, drop.id), 'unauthenticated');
    expectProblem(await reminder('PUT', unproved, drop.id), 'email_unverified');
    const { access_token: token } = await shopper();
    expect((await reminder('GET', token, drop.id)).body.state).toBe('off');
    for (let n = 0; n < 2; n++) expect((await reminder('PUT', token, drop.id)).body.state).toBe('on');
    expect((await reminder('GET', token, drop.id)).body.state).toBe('on');
    expect((await reminder('GET', unproved, drop.id)).body.state).toBe('off');
    for (let n = 0; n < 2; n++) expect((await reminder('DELETE', token, drop.id)).status).toBe(204);
    expect((await reminder('GET', token, drop.id)).body.state).toBe('off');
    const open = await server.api.liveVoucher(merchant.access_token);
    expectProblem(await reminder('PUT', token, open.id), 'already_open');
    expectProblem(await reminder('PUT', token, 'vch_01k9z3v8f0abcdef'), 'not_found');
    const draft = await server.api.createVoucher(merchant.access_token);
    for (const method of ['GET', 'PUT']) expectProblem(await reminder(method, token, draft.id), 'not_found');
    await server.api.expect(200, 'POST', `/v1/vouchers/${open.id}/end`, { token: merchant.access_token });
    expectProblem(await reminder('PUT', token, open.id), 'voucher_ended');
  });

  it('is one mail with a link to the drop, and with one click there are no more', async () => {
    const [drop, other] = [await scheduled(8 * MINUTE), await scheduled(30 * MINUTE)];
    const { access_token: token, user } = await shopper();
    for (const { id } of [drop, other]) expect((await reminder('PUT', token, id)).status).toBe(200);
    await server.app.get(OpeningMails).run();
    await server.app.get(OpeningMails).run();
    const mail = await mailTo(user.email, new RegExp(`${PUBLIC_URL}/drops/${drop.id}`));
    expect(mail.subject).toMatch(/^Opens at \d\d:\d\d \(Asia\/Shanghai, UTC\+08:00\): Half price oolong$/);
    expect(mailsTo(user.email).filter(({ text }) => /\/drops\//.test(text))).toHaveLength(1);
    const { headers } = readMail(await readFile(mail.file ?? '', 'utf8'));
    expect(headers.get('list-unsubscribe')).toEqual([`<${PUBLIC_URL}${unsubscribeLink(mail)}>`]);
    expect(headers.get('list-unsubscribe-post')).toEqual(['List-Unsubscribe=One-Click']);
    expect((await oneClick(unsubscribeLink(mail), clickForm())).status).toBe(200);
    expect((await reminder('GET', token, other.id)).body.state).toBe('off');
  });
});

describe('the mail of an issued claim', () => {
  it('is sent to whoever switched it on, without the code, in the language of the account', async () => {
    await server.api.expect(200, 'PATCH', '/v1/merchants/me', {
      token: merchant.access_token,
      headers: { 'if-match': '*' },
      json: {
        address: '12 Nanjing Road\nShanghai',
        terms: `One voucher a visit.\nNo change is given. ${'茶'.repeat(600)}`,
        contact: { phone: '+86 21 5555 0100', email: 'hello@tea.example' },
      },
    });
    const drop = await server.api.liveVoucher(merchant.access_token);
    const [wants, other] = [await shopper(), await shopper()];
    expect((await choose(wants.access_token, { claim_issued: true, language: 'zh' })).body).toEqual({
      object: 'mail_preferences',
      language: 'zh',
      claim_issued: true,
      waiting_offer: true,
      sold_out: true,
      refused_merchants: [],
    });
    const claims = await Promise.all(
      [wants, other].map(({ access_token: token }) => server.api.claim(token, drop.id)),
    );
    const [mine] = claims;
    const { code } = await server.api.waitIssued(wants.access_token, mine?.body.id);
    await server.api.waitIssued(other.access_token, claims[1]?.body.id);
    const mail = await mailTo(wants.user.email, new RegExp(`/claims/${mine?.body.id}`));
    expect(mail.subject).toBe('领取成功：Half price oolong');
    expect(mail.text).toContain('地址：12 Nanjing Road，Shanghai');
    expect(mail.text).toContain('联系方式：+86 21 5555 0100 · hello@tea.example');
    expect(mail.text).toMatch(/的使用条款：One voucher a visit. No change is given. 茶{458}…\n/);
    expect(mail.text.replace(/-/g, '')).not.toContain(code.replace(/-/g, ''));
    expect(mailsTo(other.user.email).filter(({ text }) => /claims/.test(text))).toEqual([]);
  });

  it('ends by one click as a form or in parts, by the signed link alone', async () => {
    const drop = await server.api.liveVoucher(merchant.access_token, { per_user_limit: 3 });
    const { access_token: token, user } = await shopper();
    await choose(token, { claim_issued: true });
    const { body } = await server.api.claim(token, drop.id);
    const link = unsubscribeLink(await mailTo(user.email, new RegExp(`/claims/${body.id}`)));
    const choices = (): Promise<boolean> =>
      server.api.expect(200, 'GET', '/v1/me/mail-preferences', { token }).then((said) => said.claim_issued);
    const wrong = [
      '/unsubscribe',
      '/unsubscribe?token=',
      `${link}x`,
      link.slice(0, -1),
      link.replace('claim_issued', 'sold_out'),
      link.replace(user.id, merchant.user.id),
      `${link}&token=x`,
    ];
    for (const path of wrong) expect([path, (await oneClick(path, clickForm())).status]).toEqual([path, 410]);
    await fetch(server.url + link);
    expect(await choices()).toBe(true);
    const parts = new FormData();
    parts.set('List-Unsubscribe', 'One-Click');
    expect((await oneClick(link, parts)).status).toBe(200);
    expect(await choices()).toBe(false);
    await choose(token, { claim_issued: true });
    for (let n = 0; n < 2; n++) expect((await oneClick(link, clickForm())).status).toBe(200);
    expect(await choices()).toBe(false);
    // Parts are taken nowhere else.
    expect((await oneClick('/login', parts)).status).toBe(415);
  });

  it('is switched by words that are known alone', async () => {
    const { access_token: token } = await server.api.register();
    for (const json of [{ claim_issued: 1 }, { language: 'fr' }, { everything: true }, []])
      expectProblem(await choose(token, json), 'validation_failed');
    expectProblem(await choose('no token', {}), 'unauthenticated');
    expect((await choose(token, {})).body).toMatchObject({ language: null, claim_issued: false });
  });
});

it('tells the owner that all is gone, and who waits that a unit is offered, each once', async () => {
  const drop = await server.api.liveVoucher(merchant.access_token, { total_stock: 1 });
  const [first, waits] = [await shopper(), await shopper()];
  const claim = await server.api.claim(first.access_token, drop.id);
  await server.api.waitIssued(first.access_token, claim.body.id);
  const gone = await mailTo(merchant.user.email, new RegExp(`${PUBLIC_URL}/console/vouchers/${drop.id}`));
  // The owner's address is not proved: no word in it that somebody typed.
  expect(gone.subject).toBe('你的一张优惠券已领完');
  const { status } = await server.api.call('POST', `/v1/vouchers/${drop.id}/waiting-list`, {
    token: waits.access_token,
  });
  expect(status).toBe(200);
  await server.api.expect(200, 'POST', `/v1/claims/${claim.body.id}/cancel`, {
    token: merchant.access_token,
    json: { reason: 'a test' },
  });
  const offer = await mailTo(waits.user.email, new RegExp(`${PUBLIC_URL}/drops/${drop.id}`));
  expect(offer.subject).toBe('A unit is offered to you: Half price oolong');
  const accepted = await server.api.call('POST', `/v1/vouchers/${drop.id}/waiting-list/accept`, {
    token: waits.access_token,
  });
  await server.api.waitIssued(waits.access_token, accepted.body.id);
  await server.app.get(MailRelay).run();
  const about = (email: string): number =>
    mailsTo(email).filter(({ text }) => text.includes(drop.id) && !text.includes('/claims/')).length;
  expect([about(merchant.user.email), about(waits.user.email)]).toEqual([1, 1]);
});

describe('a message to the holders of a voucher', () => {
  const words = { subject: 'An hour <later>', text: 'We open at 11.\n\nSee you \u202esoon.' };
  const send = (token: string | undefined, voucherId: string, json: unknown, key?: string): Promise<Answer> =>
    server.api.call('POST', `/v1/vouchers/${voucherId}/messages`, {
      token,
      json,
      ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
    });
  const about = (email: string): readonly DevMessage[] =>
    mailsTo(email).filter(({ text }) => text.includes('We open at 11.'));
  const holder = async (voucherId: string): Promise<Session> => {
    const session = await shopper();
    const claim = await server.api.claim(session.access_token, voucherId);
    await server.api.waitIssued(session.access_token, claim.body.id);
    return session;
  };

  it('reaches them without an address shown, is counted and in the audit log, until they refuse the merchant', async () => {
    const token = merchant.access_token;
    const drop = await server.api.liveVoucher(token);
    const [lin, bo] = [await holder(drop.id), await holder(drop.id)];
    const first = await send(token, drop.id, words, 'a message');
    expect(first.status).toBe(202);
    expect((await send(token, drop.id, words, 'a message')).body.id).toBe(first.body.id);
    const where = first.headers.get('location') ?? '';
    const told = await until(async () => {
      await server.app.get(MessageMails).run();
      await server.app.get(MailRelay).run();
      const body = await server.api.expect(200, 'GET', where, { token });
      return body.sent === 2 ? body : undefined;
    });
    expect(told).toMatchObject({
      status: 'done',
      recipients: 2,
      sent: 2,
      failed: 0,
      statuses: ['issued', 'redeemed'],
    });
    expect(told.text).toBe('We open at 11.\n\nSee you soon.');
    const list = await server.api.expect(200, 'GET', `/v1/vouchers/${drop.id}/messages`, { token });
    expect(list.data).toEqual([told]);
    expect(JSON.stringify([first.body, list])).not.toMatch(
      new RegExp(`${lin.user.email}|${bo.user.email}|usr_`),
    );
    const [mail] = about(lin.user.email);
    expect(mail?.subject).toBe('Tea House: An hour <later>');
    expect(mail?.text).toContain('> We open at 11.\n\n> See you soon.');
    expect(mail?.text).not.toContain(bo.user.email);
    const log = await server.api.expect(200, 'GET', '/v1/audit-log?action=voucher.message_sent', { token });
    expect(log.data).toMatchObject([
      { subject: { id: drop.id }, details: { message: told.id, subject: words.subject } },
    ]);

    if (!mail) throw new Error('no mail');
    const { headers } = readMail(await readFile(mail.file ?? '', 'utf8'));
    expect(headers.get('list-unsubscribe')).toEqual([`<${PUBLIC_URL}${unsubscribeLink(mail)}>`]);
    const other = unsubscribeLink(mail).replace(merchant.merchantId, 'mer_01k9z3v8f0abcdef');
    expect((await oneClick(other, clickForm())).status).toBe(410);
    for (let n = 0; n < 2; n++) expect((await oneClick(unsubscribeLink(mail), clickForm())).status).toBe(200);
    expect((await send(token, drop.id, { ...words, statuses: ['issued'] })).status).toBe(202);
    await server.app.get(MessageMails).run();
    await server.app.get(MailRelay).run();
    expect([about(lin.user.email).length, about(bo.user.email).length]).toEqual([1, 2]);
    const refused = (json: unknown): Promise<unknown> =>
      choose(lin.access_token, json).then(({ body }) => body.refused_merchants);
    expect(await refused({})).toMatchObject([{ id: merchant.merchantId }]);
    expect(await refused({ allow_merchants: [merchant.merchantId] })).toEqual([]);
    // Two a day for each voucher.
    expectProblem(await send(token, drop.id, words), 'too_many_messages');
  });

  it('is for owners and editors of the voucher alone, of what can be sent alone', async () => {
    const drop = await server.api.liveVoucher(merchant.access_token);
    const stranger = await server.api.registerMerchant();
    const { access_token: nobody } = await server.api.register();
    expectProblem(await send(undefined, drop.id, words), 'unauthenticated');
    expectProblem(await send(nobody, drop.id, words), 'forbidden');
    expectProblem(await send(stranger.access_token, drop.id, words), 'not_found');
    for (const path of ['', '/msg_01k9z3v8f0abcdef'])
      expectProblem(
        await server.api.call('GET', `/v1/vouchers/${drop.id}/messages${path}`, {
          token: stranger.access_token,
        }),
        'not_found',
      );
    const wrong: readonly (readonly [unknown, string])[] = [
      [{ ...words, subject: ' \u200b' }, '/subject'],
      [{ ...words, subject: 'x'.repeat(121) }, '/subject'],
      [{ ...words, text: 'x'.repeat(2_001) }, '/text'],
      [{ ...words, text: 'nul \u0000' }, '/text'],
      [{ ...words, statuses: [] }, '/statuses'],
      [{ ...words, statuses: ['cancelled'] }, '/statuses/0'],
      [{ ...words, to: 'x@example.com' }, '/to'],
    ];
    for (const [json, pointer] of wrong)
      expectProblem(await send(merchant.access_token, drop.id, json), 'validation_failed', [pointer]);
    const list = await server.api.expect(200, 'GET', `/v1/vouchers/${drop.id}/messages`, {
      token: merchant.access_token,
    });
    expect(list.data).toEqual([]);
  });
});

describe('a contact that is shared at a claim', () => {
  const consent = (token: string, claimId: string, share?: unknown): Promise<Answer> =>
    server.api.call(share === undefined ? 'GET' : 'PUT', `/v1/claims/${claimId}/contact-consent`, {
      token,
      ...(share === undefined ? {} : { json: { share_contact: share } }),
    });
  /** The last column of the CSV, and all of the workbook. */
  async function exported(voucherId: string): Promise<{ shared: Map<string, string>; sheet: string }> {
    const token = merchant.access_token;
    const { text } = await server.api.call('GET', `/v1/vouchers/${voucherId}/claims.csv`, { token });
    const rows = text
      .trim()
      .split('\r\n')
      .slice(1)
      .map((line) => line.slice(1, -1).split('","'));
    const file = await fetch(`${server.url}/v1/vouchers/${voucherId}/claims.xlsx`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const sheet = filesOf(Buffer.from(await file.arrayBuffer())).get('xl/worksheets/sheet1.xml') ?? '';
    return { shared: new Map(rows.map((row) => [row[0] ?? '', row.at(-1) ?? ''])), sheet };
  }

  it('is in the exports while its holder allows it, and nobody else’s is', async () => {
    const drop = await server.api.liveVoucher(merchant.access_token, {
      asks_contact: true,
      cancellable_until: new Date(Date.now() + 60 * MINUTE).toISOString(),
    });
    const people = [await shopper(), await shopper(), await shopper(), await server.api.register()];
    const claims: string[] = [];
    for (const { access_token: token } of people)
      claims.push((await server.api.claim(token, drop.id)).body.id);
    const [lin, bo, ann, unproved] = people as [Session, Session, Session, Session];
    const [linClaim, boClaim, annClaim, unprovedClaim] = claims as [string, string, string, string];
    // At once, before anybody knows whether the claim is a row: off until it is said.
    expect((await consent(lin.access_token, linClaim)).body).toMatchObject({
      asked: true,
      share_contact: false,
    });
    for (let n = 0; n < 2; n++)
      expect((await consent(lin.access_token, linClaim, true)).body.share_contact).toBe(true);
    expect((await consent(ann.access_token, annClaim, true)).status).toBe(200);
    expect((await consent(unproved.access_token, unprovedClaim, true)).status).toBe(200);
    for (const [n, { access_token: token }] of people.entries())
      await server.api.waitIssued(token, claims[n] ?? '');

    const before = await exported(drop.id);
    expect(before.shared.get(linClaim)).toBe(lin.user.email);
    expect(before.shared.get(annClaim)).toBe(ann.user.email);
    // An address that nobody proved may be a stranger's.
    expect([before.shared.get(boClaim), before.shared.get(unprovedClaim)]).toEqual(['', '']);
    expect(before.sheet).toContain(lin.user.email);
    expect(before.sheet).not.toContain(bo.user.email);

    expect((await consent(lin.access_token, linClaim, false)).body.share_contact).toBe(false);
    expect((await consent(lin.access_token, linClaim)).body.share_contact).toBe(false);
    await server.api.expect(200, 'POST', `/v1/claims/${annClaim}/cancel`, { token: ann.access_token });
    const after = await exported(drop.id);
    expect([...after.shared.values()]).toEqual(['', '', '', '']);
    expect(after.sheet).not.toMatch(new RegExp(people.map(({ user }) => user.email).join('|')));
  });

  it('is asked for by a voucher that says so before it is published, and given by the holder alone', async () => {
    const silent = await server.api.liveVoucher(merchant.access_token);
    const drop = await server.api.liveVoucher(merchant.access_token, { asks_contact: true });
    const [lin, bo] = [await server.api.register(), await server.api.register()];
    const unasked = (await server.api.claim(lin.access_token, silent.id)).body.id;
    const asked = (await server.api.claim(lin.access_token, drop.id)).body.id;
    expect((await consent(lin.access_token, unasked)).body).toMatchObject({
      asked: false,
      share_contact: false,
    });
    expectProblem(await consent(lin.access_token, unasked, true), 'contact_not_asked');
    expect((await consent(lin.access_token, unasked, false)).status).toBe(200);
    for (const share of [undefined, true, false]) {
      expectProblem(await consent(bo.access_token, asked, share), 'not_found');
      expectProblem(await consent('no token', asked, share), 'unauthenticated');
    }
    for (const share of ['yes', 1, null])
      expectProblem(await consent(lin.access_token, asked, share), 'validation_failed', ['/share_contact']);
    const { headers } = await server.api.call('GET', `/v1/vouchers/${silent.id}`, {
      token: merchant.access_token,
    });
    const edit = await server.api.call('PATCH', `/v1/vouchers/${silent.id}`, {
      token: merchant.access_token,
      headers: { 'if-match': headers.get('etag') ?? '' },
      json: { asks_contact: true },
    });
    expectProblem(edit, 'not_editable');
  });
});
