import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logins, SessionStore, User } from '../../src/auth/index.js';
import { Database, placeholders } from '../../src/database/database.js';
import { DevInbox, MailRelay } from '../../src/mail/index.js';
import { newAddress, newEmail, PASSWORD, type Answer, type Json, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { Browser } from '../support/browser.js';
import { expectProblem } from '../support/problem.js';

const PUBLIC_URL = 'https://drops.example.com';
const INVENTED = 'A'.repeat(43);
let server: TestApp;

beforeAll(async () => {
  server = await startApp({
    PUBLIC_URL,
    // The test sends by itself.
    MAIL_INTERVAL_MS: '3600000',
    ACCOUNT_MAILS_PER_MAILBOX: '4',
    RATE_LIMIT_LOGIN: 'off',
    RATE_LIMIT_REGISTER: 'off',
    RATE_LIMIT_WRITE: 'off',
  });
});
afterAll(() => server.stop());

const send = (method: string, path: string, token?: string, json?: unknown): Promise<Answer> =>
  server.api.call(method, path, { token, json, headers: { 'x-forwarded-for': newAddress() } });
const invite = (owner: Session, email: string, role = 'cashier'): Promise<Answer> =>
  send('POST', '/v1/staff-invitations', owner.access_token, { email, role });
const preview = (token: string): Promise<Answer> =>
  send('POST', '/v1/staff-invitations/preview', undefined, { token });
const accept = (person: Session, token: string): Promise<Answer> =>
  send('POST', '/v1/staff-invitations/accept', person.access_token, { token });
const me = (session: Session): Promise<Answer> => send('GET', '/v1/me', session.access_token);
const login = async ({ user }: Session): Promise<Session> =>
  (await send('POST', '/v1/auth/login', undefined, { email: user.email, password: PASSWORD })).body;
const staffOf = async (owner: Session): Promise<Json[]> =>
  (await send('GET', '/v1/staff', owner.access_token)).body.data;

/** Sends what is due, and @returns the mails to an address, the newest first */
async function mailsTo(email: string): Promise<readonly string[]> {
  await server.app.get(MailRelay).run();
  const mails = server.app.get(DevInbox).list();
  return mails.filter(({ to }) => to === email).map(({ text }) => text);
}
async function linkTo(email: string): Promise<string> {
  const [mail = 'no mail'] = await mailsTo(email);
  const [, token] = new RegExp(`${PUBLIC_URL}/staff-invitation#([\\w-]+)`).exec(mail) ?? [];
  if (token === undefined) throw new Error(`no invitation in: ${mail}`);
  return token;
}
async function invited(owner: Session, person: Session, role?: string): Promise<string> {
  expect((await invite(owner, person.user.email, role)).status).toBe(201);
  return linkTo(person.user.email);
}
/** @returns the session of somebody who works for the merchant */
async function hired(owner: Session, role?: string): Promise<Session> {
  const person = await server.api.register();
  const answer = await accept(person, await invited(owner, person, role));
  expect(answer.status).toBe(200);
  return answer.body;
}

describe('an invitation', () => {
  it('is mailed, shown by its link without an account, and makes the account of its address the merchant’s', async () => {
    const owner = await server.api.registerMerchant();
    const person = await server.api.register();
    const made = await invite(owner, person.user.email);
    expect(made.body).toMatchObject({ status: 'open', role: 'cashier', email: person.user.email });
    const token = await linkTo(person.user.email);
    expect((await preview(token)).body).toMatchObject({
      merchant: { id: owner.merchantId, name: 'Tea House' },
      email: person.user.email,
      role: 'cashier',
    });
    const accepted = await accept(person, token);
    expect(accepted.body.user).toMatchObject({ id: person.user.id, roles: ['merchant', 'cashier'] });
    expectProblem(await me(person), 'unauthenticated');
    expect((await me(accepted.body)).body.roles).toEqual(['merchant', 'cashier']);
    expect(await staffOf(owner)).toMatchObject([
      { id: person.user.id, role: 'cashier' },
      { id: owner.user.id, role: 'owner' },
    ]);
    const { data } = (await send('GET', '/v1/staff-invitations', owner.access_token)).body;
    expect(data).toMatchObject([
      { id: made.body.id, status: 'accepted', accepted_by: person.user.id, role: 'cashier' },
    ]);
    const log = await send('GET', '/v1/audit-log', owner.access_token);
    const actions = (log.body.data as Json[]).map(({ action }) => action);
    expect(actions).toEqual(expect.arrayContaining(['staff.invited', 'staff.joined']));
  });

  it('is accepted once, also by many requests at the same time', async () => {
    const owner = await server.api.registerMerchant();
    const person = await server.api.register();
    const token = await invited(owner, person);
    const answers = await Promise.all(Array.from({ length: 8 }, () => accept(person, token)));
    const [session, ...more] = answers.filter(({ status }) => status === 200);
    expect(more).toEqual([]);
    for (const answer of answers.filter(({ status }) => status !== 200))
      expect(['invalid_link', 'unauthenticated', 'already_merchant']).toContain(answer.body.code);
    expect(await staffOf(owner)).toHaveLength(2);
    expectProblem(await accept(session?.body, token), 'invalid_link');
    expectProblem(await preview(token), 'invalid_link');
  });

  it('of two merchants at the same time makes the account one merchant’s', async () => {
    const owners = [await server.api.registerMerchant(), await server.api.registerMerchant()] as const;
    const person = await server.api.register();
    const tokens = [await invited(owners[0], person), await invited(owners[1], person)];
    const answers = await Promise.all(tokens.map((token) => accept(person, token)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const refused = answers.find(({ status }) => status !== 200);
    expect(['already_merchant', 'unauthenticated']).toContain(refused?.body.code);
    const staff = await Promise.all(owners.map(staffOf));
    expect(staff.flat()).toHaveLength(3);
    // The one that was not accepted still is open, and tells why it cannot be.
    const won = answers.findIndex(({ status }) => status === 200);
    expectProblem(await accept(answers[won]?.body, tokens[1 - won] ?? ''), 'already_merchant');
  });

  it('is no one’s but the account’s of its address', async () => {
    const owner = await server.api.registerMerchant();
    const person = await server.api.register();
    const token = await invited(owner, person);
    const stranger = await server.api.register();
    expectProblem(await accept(stranger, token), 'invitation_for_another');
    expect((await me(stranger)).body.roles).toEqual(['shopper']);
    expectProblem(
      await send('POST', '/v1/staff-invitations/accept', undefined, { token }),
      'unauthenticated',
    );
    expect((await accept(person, token)).status).toBe(200);
  });

  it('that was withdrawn, has expired, or was never made opens nothing', async () => {
    const owner = await server.api.registerMerchant();
    const person = await server.api.register();
    const { id } = (await invite(owner, person.user.email)).body;
    const withdrawn = await linkTo(person.user.email);
    const other = await server.api.registerMerchant();
    const withdraw = (by: Session): Promise<Answer> =>
      send('DELETE', `/v1/staff-invitations/${id}`, by.access_token);
    expectProblem(await withdraw(other), 'not_found');
    expect((await withdraw(owner)).status).toBe(204);
    expectProblem(await withdraw(owner), 'not_found');
    const expired = await invited(owner, person);
    await server.app
      .get(Database)
      .write((tx) =>
        tx.query('UPDATE staff_invitations SET expires_at = ? WHERE withdrawn_at IS NULL', [Date.now() - 1]),
      );
    for (const token of [withdrawn, expired, INVENTED, 'x']) {
      expectProblem(await preview(token), 'invalid_link');
      expectProblem(await accept(person, token), 'invalid_link');
    }
    const { data } = (await send('GET', '/v1/staff-invitations', owner.access_token)).body;
    expect(data.map(({ status }: Json) => status)).toEqual(['expired', 'withdrawn']);
    expect((await me(person)).body.roles).toEqual(['shopper']);
  });

  it('takes the place of the one before to the same address, and counts as a mail to that mailbox', async () => {
    const owner = await server.api.registerMerchant();
    const person = await server.api.register();
    const first = await invited(owner, person, 'editor');
    const second = await invited(owner, person, 'cashier');
    expectProblem(await preview(first), 'invalid_link');
    expect((await preview(second)).body.role).toBe('cashier');
    const more = [await invite(owner, person.user.email), await invite(owner, person.user.email)];
    expect(more.map(({ status }) => status)).toEqual([201, 201]);
    expectProblem(await invite(owner, person.user.email), 'too_many_mails');
  });

  it('is refused for somebody who works there, for another role, and to whoever is no owner', async () => {
    const owner = await server.api.registerMerchant();
    const editor = await hired(owner, 'editor');
    expectProblem(await invite(owner, editor.user.email), 'validation_failed', ['/email']);
    expectProblem(await invite(owner, newEmail(), 'owner'), 'validation_failed', ['/role']);
    expectProblem(await invite(owner, 'nobody'), 'validation_failed', ['/email']);
    expectProblem(await invite(editor, newEmail()), 'forbidden');
    expectProblem(await invite(await server.api.register(), newEmail()), 'forbidden');
    for (const path of ['/v1/staff', '/v1/staff-invitations'])
      expectProblem(await send('GET', path, editor.access_token), 'forbidden');
  });

  it('is one of 50 at most that are open', async () => {
    const owner = await server.api.registerMerchant();
    for (let n = 0; n < 3; n += 1) expect((await invite(owner, newEmail())).status).toBe(201);
    const columns = 'id, merchant_id, role, email, token_hash, created_at, created_by, expires_at';
    const more = Array.from({ length: 46 }, (_, n) => [
      `inv_${n}`,
      owner.merchantId,
      'cashier',
      newEmail(),
      `${n}`,
      0,
      owner.user.id,
      Date.now() + 60_000,
    ]);
    await server.app
      .get(Database)
      .write((tx) =>
        tx.query(
          `INSERT INTO staff_invitations (${columns}) VALUES ${placeholders(more.length, 8)}`,
          more.flat(),
        ),
      );
    expect((await invite(owner, newEmail())).status).toBe(201);
    expectProblem(await invite(owner, newEmail()), 'too_many_invitations');
    const { data } = (await send('GET', '/v1/staff-invitations?limit=1', owner.access_token)).body;
    await send('DELETE', `/v1/staff-invitations/${data[0].id}`, owner.access_token);
    expect((await invite(owner, newEmail())).status).toBe(201);
  });

  it('in a mail holds nothing that somebody typed', async () => {
    const owner = await server.api.registerMerchant();
    const name = 'Win a prize at evil.example';
    await server.app.get(Database).write((tx) => tx.query('UPDATE merchants SET name = ?', [name]));
    const email = newEmail();
    await invite(owner, email);
    expect((await mailsTo(email)).join()).not.toContain('evil');
    expect((await preview(await linkTo(email))).body.merchant.name).toBe(name);
  });

  it('names the address no more once its account is deleted', async () => {
    const owner = await server.api.registerMerchant();
    const person = await server.api.register();
    const token = await invited(owner, person);
    expect((await send('DELETE', '/v1/me', person.access_token)).status).toBe(204);
    expectProblem(await preview(token), 'invalid_link');
    const { data } = (await send('GET', '/v1/staff-invitations', owner.access_token)).body;
    expect(data).toMatchObject([{ status: 'withdrawn', email: null }]);
  });
});

describe('a role', () => {
  it('that changes ends the sessions that have it, and the next login has the other', async () => {
    const owner = await server.api.registerMerchant();
    const cashier = await hired(owner);
    const elsewhere = await login(cashier);
    const path = `/v1/staff/${cashier.user.id}`;
    const changed = await send('PATCH', path, owner.access_token, { role: 'editor' });
    expect(changed.body).toMatchObject({ object: 'staff_member', role: 'editor' });
    for (const session of [cashier, elsewhere]) {
      expectProblem(await me(session), 'unauthenticated');
      const { refresh_token } = session;
      expectProblem(
        await send('POST', '/v1/auth/refresh', undefined, { refresh_token }),
        'invalid_refresh_token',
      );
    }
    expect((await login(cashier)).user.roles).toEqual(['merchant', 'editor']);
    expect((await send('PATCH', path, owner.access_token, { role: 'editor' })).status).toBe(200);
  });

  it('that is taken away ends them too; the account stays, as a shopper’s', async () => {
    const owner = await server.api.registerMerchant();
    const cashier = await hired(owner);
    const path = `/v1/staff/${cashier.user.id}`;
    expect((await send('DELETE', path, owner.access_token)).status).toBe(204);
    expectProblem(await me(cashier), 'unauthenticated');
    expectProblem(await send('DELETE', path, owner.access_token), 'not_found');
    const again = await login(cashier);
    expect(again.user.roles).toEqual(['shopper']);
    expectProblem(await send('GET', '/v1/redemptions', again.access_token), 'forbidden');
  });

  it('that is taken away while somebody logs in gives no session with it', async () => {
    const owner = await server.api.registerMerchant();
    const cashier = await hired(owner);
    // The login has read the account, and has not opened its session yet.
    const before = await server.app.get(Database).read.findOneByOrFail(User, { id: cashier.user.id });
    await send('DELETE', `/v1/staff/${cashier.user.id}`, owner.access_token);
    await expect(server.app.get(Logins).open(before)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(await server.app.get(Logins).ofUser(cashier.user.id)).toEqual([]);
  });

  it('can be laid down by oneself, not by other staff, and not by the owner', async () => {
    const owner = await server.api.registerMerchant();
    const [editor, cashier] = [await hired(owner, 'editor'), await hired(owner)];
    const remove = (by: Session, who: Session): Promise<Answer> =>
      send('DELETE', `/v1/staff/${who.user.id}`, by.access_token);
    expectProblem(await remove(editor, cashier), 'forbidden');
    expectProblem(await remove(editor, owner), 'forbidden');
    expectProblem(await remove(owner, owner), 'last_owner');
    const self = `/v1/staff/${owner.user.id}`;
    expectProblem(await send('PATCH', self, owner.access_token, { role: 'editor' }), 'last_owner');
    expect((await remove(editor, editor)).status).toBe(204);
    expect((await login(editor)).user.roles).toEqual(['shopper']);
    expect((await me(owner)).body.roles).toEqual(['merchant', 'owner']);
  });

  it('of another merchant’s people is out of reach', async () => {
    const [owner, other] = [await server.api.registerMerchant(), await server.api.registerMerchant()];
    const cashier = await hired(other);
    const path = `/v1/staff/${cashier.user.id}`;
    for (const [method, at] of [
      ['PATCH', path],
      ['DELETE', path],
      ['POST', `${path}/hand-over`],
    ] as const) {
      const json = method === 'PATCH' ? { role: 'editor' } : undefined;
      expectProblem(await send(method, at, owner.access_token, json), 'not_found');
    }
    expect((await me(cashier)).status).toBe(200);
  });
});

describe('a handover', () => {
  const handOver = (owner: Session, to: Session): Promise<Answer> =>
    send('POST', `/v1/staff/${to.user.id}/hand-over`, owner.access_token);

  it('makes the other one the owner, and the owner an editor in a new session', async () => {
    const owner = await server.api.registerMerchant();
    const editor = await hired(owner, 'editor');
    expectProblem(await handOver(owner, owner), 'last_owner');
    expectProblem(await handOver(editor, editor), 'forbidden');
    const answer = await handOver(owner, editor);
    expect(answer.body.user).toMatchObject({ id: owner.user.id, roles: ['merchant', 'editor'] });
    for (const session of [owner, editor]) expectProblem(await me(session), 'unauthenticated');
    const next = await login(editor);
    expect(next.user.roles).toEqual(['merchant', 'owner']);
    expect((await send('DELETE', `/v1/staff/${owner.user.id}`, next.access_token)).status).toBe(204);
    expectProblem(await me(answer.body), 'unauthenticated');
  });

  it('needs a login of the last 10 minutes', async () => {
    const owner = await server.api.registerMerchant();
    const editor = await hired(owner, 'editor');
    const sessions = server.app.get(SessionStore);
    const find = sessions.find.bind(sessions);
    sessions.find = async (id) => {
      const found = await find(id);
      return found && { ...found, createdAt: found.createdAt - 11 * 60_000 };
    };
    try {
      expectProblem(await handOver(owner, editor), 'login_again');
    } finally {
      sessions.find = find;
    }
    expect((await me(owner)).body.roles).toEqual(['merchant', 'owner']);
    expect((await handOver(await login(owner), editor)).status).toBe(200);
  });

  it('to many at the same time leaves one owner', async () => {
    const owner = await server.api.registerMerchant();
    const people = [await hired(owner), await hired(owner), await hired(owner)];
    const answers = await Promise.all(people.map((person) => handOver(owner, person)));
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
    const rows: Json[] = await server.app
      .get(Database)
      .read.query(`SELECT id FROM users WHERE merchant_id = ? AND merchant_role = 'owner'`, [
        owner.merchantId,
      ]);
    expect(rows).toHaveLength(1);
  });

  it('and the leaving of the one who becomes the owner leave one owner', async () => {
    for (let round = 0; round < 4; round += 1) {
      const owner = await server.api.registerMerchant();
      const editor = await hired(owner, 'editor');
      await Promise.all([
        handOver(owner, editor),
        send('DELETE', `/v1/staff/${editor.user.id}`, editor.access_token),
        send('DELETE', '/v1/me', editor.access_token),
      ]);
      const rows: Json[] = await server.app
        .get(Database)
        .read.query(`SELECT id FROM users WHERE merchant_id = ? AND merchant_role = 'owner'`, [
          owner.merchantId,
        ]);
      expect(rows).toHaveLength(1);
    }
  });

  it('goes on by cookie in a browser, from a page of this origin alone', async () => {
    const owner = await server.api.registerMerchant();
    const editor = await hired(owner, 'editor');
    const tab = new Browser(server.url, { 'x-forwarded-for': newAddress() });
    const json = { email: owner.user.email, password: PASSWORD };
    await tab.send('POST', '/v1/auth/login', { json, headers: { 'x-session': 'cookie' } });
    const path = `/v1/staff/${editor.user.id}/hand-over`;
    expectProblem(
      await tab.send('POST', path, { headers: { 'sec-fetch-site': 'cross-site' } }),
      'csrf_refused',
    );
    const answer = await tab.send('POST', path);
    expect([answer.status, answer.body.access_token]).toEqual([200, undefined]);
    expect((await tab.send('GET', '/v1/me')).body.roles).toEqual(['merchant', 'editor']);
  });
});
