import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '../../src/common/ids.js';
import { Database } from '../../src/database/database.js';
import { DevInbox, MailRelay } from '../../src/mail/index.js';
import { PasswordResets } from '../../src/auth/index.js';
import { newAddress, newEmail, PASSWORD, until, type Answer, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

const NEW_PASSWORD = 'a newer, longer password';
const ADMIN_EMAIL = 'root@example.com';
const PUBLIC_URL = 'https://drops.example.com';
let server: TestApp;

beforeAll(async () => {
  server = await startApp({
    PUBLIC_URL,
    ADMIN_EMAIL,
    ADMIN_PASSWORD: PASSWORD,
    // The test sends by itself.
    MAIL_INTERVAL_MS: '3600000',
    ACCOUNT_MAILS_PER_MAILBOX: '4',
    ACCOUNT_MAILS_PER_ADDRESS_PER_DAY: '20',
    RATE_LIMIT_LOGIN: 'off',
    RATE_LIMIT_REGISTER: 'off',
  });
});
afterAll(() => server.stop());

const post = (
  path: string,
  json: unknown,
  token?: string,
  headers: Record<string, string> = {},
): Promise<Answer> =>
  server.api.call('POST', path, { json, token, headers: { 'x-forwarded-for': newAddress(), ...headers } });
const ask = (email: string, headers: Record<string, string> = {}): Promise<Answer> =>
  post('/v1/password-resets', { email }, undefined, headers);
const confirm = (token: string, password = NEW_PASSWORD): Promise<Answer> =>
  post('/v1/password-resets/confirm', { token, password });
const login = (email: string, password: string): Promise<Answer> =>
  post('/v1/auth/login', { email, password });
const me = (token: string): Promise<Answer> => server.api.call('GET', '/v1/me', { token });

/** Sends what is due, and @returns the mails to an address, the newest first */
async function mailsTo(email: string): Promise<readonly string[]> {
  await server.app.get(PasswordResets).run();
  await server.app.get(MailRelay).run();
  return server.app
    .get(DevInbox)
    .list()
    .filter(({ to }) => to === email)
    .map(({ text }) => text);
}
async function linkTo(email: string, page: string): Promise<string> {
  const [mail = 'no mail'] = await mailsTo(email);
  const [, token] = new RegExp(`${PUBLIC_URL}/${page}#([\\w-]+)`).exec(mail) ?? [];
  if (token === undefined) throw new Error(`no link to ${page} in: ${mail}`);
  return token;
}
async function resetLink(email: string): Promise<string> {
  expect((await ask(email)).status).toBe(202);
  return linkTo(email, 'password-reset');
}
const account = async (): Promise<Session & { readonly email: string }> => {
  const session = await server.api.register();
  return { ...session, email: session.user.email };
};

describe('a forgotten password', () => {
  it('is replaced by a mailed link: all sessions end, the old password with them, and the address is proved', async () => {
    const { email, access_token, refresh_token } = await account();
    const other = await login(email, PASSWORD);
    const token = await resetLink(email);
    expect((await me(access_token)).body.email_verified).toBe(false);
    expect((await confirm(token)).status).toBe(204);
    for (const old of [access_token, other.body.access_token])
      expectProblem(await me(old), 'unauthenticated');
    expectProblem(await post('/v1/auth/refresh', { refresh_token }), 'invalid_refresh_token');
    expectProblem(await login(email, PASSWORD), 'invalid_credentials');
    const again = await login(email, NEW_PASSWORD);
    expect(again.status).toBe(200);
    expect(again.body.user.email_verified).toBe(true);
  });

  it('is helped with by an administrator, who sees no link: the mail, and an entry in the audit log', async () => {
    const { email, user, access_token: own } = await account();
    const { body: admin } = await login(ADMIN_EMAIL, PASSWORD);
    const help = (id: string, token = admin.access_token, reason = 'called from the shop'): Promise<Answer> =>
      post(`/v1/admin/users/${id}/password-reset`, { reason }, token);
    expectProblem(await help(user.id, own), 'forbidden');
    expectProblem(await help(user.id, admin.access_token, ''), 'validation_failed');
    expectProblem(await help('usr_01k9z3v8f0abcdef'), 'not_found');
    const byPhone = newId('usr', Date.now());
    await server.app
      .get(Database)
      .write((tx) =>
        tx.query(`INSERT INTO users (id, name, role, created_at) VALUES (?, 'Lin', 'shopper', 0)`, [byPhone]),
      );
    expect((await help(byPhone)).body).toMatchObject({
      code: 'validation_failed',
      errors: [{ code: 'no_email' }],
    });
    expect(await mailsTo(email)).toEqual([]);

    await server.api.expect(200, 'PATCH', '/v1/me/mail-preferences', {
      token: own,
      json: { language: 'zh' },
    });
    const answer = await help(user.id);
    expect(answer.status).toBe(202);
    expect(JSON.stringify(answer.body)).not.toContain('password-reset');
    const link = await linkTo(email, 'password-reset');
    expect((await mailsTo(email))[0]).toMatch(/[\u4e00-\u9fff]/);
    expect((await me(own)).status).toBe(200);
    expect((await confirm(link)).status).toBe(204);
    expect((await login(email, NEW_PASSWORD)).status).toBe(200);
    const log = await server.api.expect(200, 'GET', `/v1/audit-log?object=${user.id}`, {
      token: admin.access_token,
    });
    expect(log.data.at(-1)).toMatchObject({
      action: 'user.password_reset_sent',
      actor: { id: admin.user.id },
      details: { reason: 'called from the shop' },
    });

    await post(`/v1/admin/users/${user.id}/disable`, { reason: 'a test' }, admin.access_token);
    expect((await help(user.id)).body).toMatchObject({
      code: 'validation_failed',
      errors: [{ code: 'disabled' }],
    });
    const mailed = (await mailsTo(email)).length;
    const { email: full, user: other } = await account();
    for (let n = 0; n < 4; n++) expect((await help(other.id)).status).toBe(202);
    expectProblem(await help(other.id), 'too_many_mails');
    expect(await mailsTo(full)).toHaveLength(4);
    expect(await mailsTo(email)).toHaveLength(mailed);
  });

  it('takes a link once, also of many who come at the same time', async () => {
    const { email } = await account();
    const token = await resetLink(email);
    const passwords = Array.from({ length: 8 }, (_, n) => `a new password ${n}`);
    const answers = await Promise.all(passwords.map((password) => confirm(token, password)));
    const done = answers.findIndex(({ status }) => status === 204);
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    for (const [n, answer] of answers.entries()) if (n !== done) expectProblem(answer, 'invalid_link');
    expect((await login(email, passwords[done] ?? '')).status).toBe(200);
    expectProblem(await confirm(token), 'invalid_link');
  });

  it('takes no link after the password was changed in another way, nor another link after one was used', async () => {
    const { email, access_token } = await account();
    const token = await resetLink(email);
    const body = { current_password: PASSWORD, new_password: NEW_PASSWORD };
    await server.api.expect(200, 'PUT', '/v1/me/password', { token: access_token, json: body });
    expectProblem(await confirm(token, 'the password of a stranger'), 'invalid_link');
    const [first, second] = [await resetLink(email), await resetLink(email)];
    expect(first).not.toBe(second);
    expect((await confirm(first, 'one more new password')).status).toBe(204);
    expectProblem(await confirm(second), 'invalid_link');
  });

  it('takes no link that is over', async () => {
    const { email } = await account();
    const token = await resetLink(email);
    await server.app
      .get(Database)
      .write((tx) => tx.query('UPDATE account_tokens SET expires_at = ?', [Date.now() - 1]));
    expectProblem(await confirm(token), 'invalid_link');
    expect((await login(email, PASSWORD)).status).toBe(200);
  });

  it.each(['', 'x', 'A'.repeat(43), 'A'.repeat(512), "' OR 1=1 --", 'ses_01k9z3v8f0abcdef.q0Hf'])(
    'takes no invented link: %j',
    async (token) => expect([410, 422]).toContain((await confirm(token)).status),
  );

  it('answers for an address without an account as for one with, writes the same, and mails nobody', async () => {
    const { email } = await account();
    const stranger = newEmail();
    const written = async (): Promise<unknown[]> =>
      server.app.get(Database).read.query('SELECT language FROM password_reset_requests');
    const known = await ask(email);
    const one = await written();
    const unknown = await ask(stranger);
    expect(await written()).toEqual([...one, ...one]);
    expect([unknown.status, unknown.body]).toEqual([known.status, known.body]);
    expect(await mailsTo(stranger)).toEqual([]);
    expect(await mailsTo(email)).toHaveLength(1);
    expect(await written()).toEqual([]);
  });

  it('mails once for one Idempotency-Key, and once though several processes look for requests', async () => {
    const { email } = await account();
    const headers = { 'idempotency-key': `reset-${email}` };
    for (let n = 0; n < 3; n++) expect((await ask(email, headers)).status).toBe(202);
    const resets = server.app.get(PasswordResets);
    await Promise.all([resets.run(), resets.run(), resets.run()]);
    expect(await mailsTo(email)).toHaveLength(1);
  });

  it('writes in the language that was asked for, and nothing that somebody typed', async () => {
    const session = await server.api.register();
    const name = 'Win big at https://evil.example';
    await server.api.expect(200, 'PATCH', '/v1/me', { token: session.access_token, json: { name } });
    expect((await ask(session.user.email, { 'accept-language': 'zh-CN,en' })).status).toBe(202);
    const [mail] = await mailsTo(session.user.email);
    expect(mail).toContain('设置新密码');
    expect(mail).not.toContain('evil');
  });

  it('leads to the address of the settings, whatever host a request names', async () => {
    const { email } = await account();
    await ask(email, { 'x-forwarded-host': 'evil.example', origin: 'https://evil.example' });
    const [mail] = await mailsTo(email);
    expect(mail).toContain(`${PUBLIC_URL}/password-reset#`);
    expect(mail).not.toContain('evil');
  });

  it('sends a mailbox so many mails, whoever asks, with or without an account', async () => {
    const { email } = await account();
    for (const whom of [email, newEmail()]) {
      for (let n = 0; n < 4; n++) expect((await ask(whom)).status).toBe(202);
      const refused = await ask(whom);
      expectProblem(refused, 'too_many_mails');
      // One of four comes back in an hour.
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(60);
      expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(3_600);
    }
    expect(await mailsTo(email)).toHaveLength(4);
  });

  it('sends a mailbox no more for all the addresses it has, and its owner a link all the same', async () => {
    const name = newEmail().split('@')[0] ?? '';
    const register = (email: string): Promise<Answer> =>
      post('/v1/auth/register', { email, password: PASSWORD, name: 'Lin' });
    const owned = `l.${name}@gmail.com`;
    expect((await register(owned)).status).toBe(201);
    await server.app
      .get(Database)
      .write((tx) => tx.query('UPDATE users SET email_verified_at = 1 WHERE email = ?', [owned]));
    // A stranger makes an account for each tag and spelling, and asks from wherever.
    const tags = Array.from(
      { length: 5 },
      (_, n) => `l${name}+${n}@${n % 2 === 0 ? 'gmail' : 'googlemail'}.com`,
    );
    const statuses: number[] = [];
    for (const email of tags) {
      const { access_token: token } = (await register(email)).body;
      for (let n = 0; n < 3; n++) statuses.push((await post('/v1/me/email-proofs', { email }, token)).status);
    }
    expect(statuses).toEqual([...Array<number>(12).fill(202), ...Array<number>(3).fill(429)]);
    // For a forgotten password the answer is that of any address, and no mail leaves.
    for (const email of tags) expect((await ask(email)).status).toBe(202);
    const sent = [];
    for (const email of tags) sent.push(...(await mailsTo(email)));
    expect(sent).toHaveLength(12);
    expect((await confirm(await resetLink(owned))).status).toBe(204);
  });

  it('sends for a client so many mails, to whichever mailboxes; others go on', async () => {
    const from = { 'x-forwarded-for': '192.0.2.77' };
    for (let n = 0; n < 20; n++) expect((await ask(newEmail(), from)).status).toBe(202);
    expectProblem(await ask(newEmail(), from), 'too_many_mails');
    expect((await ask(newEmail())).status).toBe(202);
  });

  it.each<[string, unknown, string]>([
    ['no address', { email: 'lin' }, '/email'],
    ['two addresses', { email: 'a@example.com, b@example.com' }, '/email'],
    ['a header', { email: 'a@example.com\r\nBcc: b@example.com' }, '/email'],
    ['an unknown field', { email: 'a@example.com', url: 'https://evil.example' }, '/url'],
  ])('refuses %s', async (_name, json, pointer) => {
    expectProblem(await post('/v1/password-resets', json), 'validation_failed', [pointer]);
  });
});

describe('a proof of an e-mail address', () => {
  const request = (token: string, email: string): Promise<Answer> =>
    post('/v1/me/email-proofs', { email }, token);
  const prove = (token: string, link: string): Promise<Answer> =>
    post('/v1/me/email-proofs/confirm', { token: link }, token);

  it('is a link, good once, in a session of the account alone', async () => {
    const { email, access_token } = await account();
    const stranger = await account();
    expect((await request(access_token, email)).body).toEqual({
      object: 'email_proof',
      email,
      expires_in: 86_400,
    });
    const link = await linkTo(email, 'email-proof');
    expectProblem(await prove(stranger.access_token, link), 'invalid_link');
    expectProblem(await confirm(link), 'invalid_link'); // it sets no password
    const proved = await prove(access_token, link);
    expect(proved.body).toMatchObject({ object: 'user', email, email_verified: true });
    expect((await me(access_token)).body.email_verified).toBe(true);
    expectProblem(await prove(access_token, link), 'invalid_link');
  });

  it('is not mailed to another address than the account has', async () => {
    const { access_token } = await account();
    expectProblem(await request(access_token, newEmail()), 'validation_failed', ['/email']);
  });

  it('gives an account that was made by phone its first address, unless another account has it', async () => {
    const phone = `+86139${String(Date.now() % 100_000_000).padStart(8, '0')}`;
    const { id: request_id } = (await post('/v1/auth/phone/code', { phone })).body as { id: string };
    const code = await until(
      async () =>
        server.app
          .get(DevInbox)
          .list()
          .find(({ to }) => to === phone)?.subject,
    );
    const { access_token } = (await post('/v1/auth/phone/login', { phone, code, request_id }))
      .body as Session;
    const taken = (await account()).email;
    expect((await request(access_token, taken)).status).toBe(202);
    expectProblem(await prove(access_token, await linkTo(taken, 'email-proof')), 'email_taken');
    const email = newEmail();
    expect((await request(access_token, email)).status).toBe(202);
    expect((await me(access_token)).body.email).toBeNull();
    const proved = await prove(access_token, await linkTo(email, 'email-proof'));
    expect(proved.body).toMatchObject({ email, email_verified: true, phone });
    // And a password, by the address.
    expect((await confirm(await resetLink(email))).status).toBe(204);
    expect((await login(email, NEW_PASSWORD)).body.user.phone).toBe(phone);
  });

  it('needs an account', async () => {
    expectProblem(await post('/v1/me/email-proofs', { email: newEmail() }), 'unauthenticated');
    expectProblem(await post('/v1/me/email-proofs/confirm', { token: 'A'.repeat(43) }), 'unauthenticated');
  });
});

describe('without a mail server in production', () => {
  it('what needs mail is refused, and said so', async () => {
    const production = await startApp({
      NODE_ENV: 'production',
      JWT_SECRET: 'development-only-jwt-secret-change-me-001',
      CLAIM_SECRET: 'a claim secret of a test in production mode',
      PASSWORD_MEMORY_KIB: '19456',
      PASSWORD_ITERATIONS: '2',
    });
    try {
      const answer = await production.api.call('POST', '/v1/password-resets', {
        json: { email: newEmail() },
      });
      expectProblem(answer, 'mail_unavailable');
    } finally {
      await production.stop();
    }
  });
});
