import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MailServer as MailServerSettings } from '../../src/config/index.js';
import { Database } from '../../src/database/database.js';
import { SmtpMailer } from '../../src/mail/adapters/mailer.smtp.js';
import { MailOutbox, MailRelay } from '../../src/mail/index.js';
import { MailRefused, MailServerAway, type OutgoingMail } from '../../src/mail/ports/mailer.js';
import { until } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { makeCertificates, type Certificates } from '../support/certificates.js';
import { MailServer, readMail } from '../support/mail-server.js';
import { freePort } from '../../src/cli/free-ports.js';
import { PATIENCE_MS } from '../support/patience.js';

const FROM = { name: 'Tea & Vouchers', address: 'no-reply@example.com' };
const mail = (more: Partial<OutgoingMail> = {}): OutgoingMail => ({
  id: 'mal_1',
  to: 'lin@example.com',
  subject: 'Choose a new password',
  text: 'Good day. 早上好。\n',
  html: '<p>Good day. 早上好。</p>',
  language: 'en',
  ...more,
});

let folder: string;
let certificates: Certificates;
let server: MailServer | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'voucherconnect-mail-'));
  certificates = makeCertificates(folder);
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pair = () => ({
  cert: readFileSync(certificates.server.cert, 'utf8'),
  key: readFileSync(certificates.server.key, 'utf8'),
});
const mailer = (settings: Partial<MailServerSettings> = {}, timeoutMs = PATIENCE_MS): SmtpMailer =>
  new SmtpMailer(
    {
      host: 'localhost',
      port: server?.port ?? 0,
      tls: 'off',
      ca: readFileSync(certificates.ca, 'utf8'),
      credentials: undefined,
      ...settings,
    },
    FROM,
    timeoutMs,
  );

describe('a mail by SMTP', () => {
  it('arrives as text and as HTML, from the sender, with an id of its own', async () => {
    server = await MailServer.start();
    await mailer().send(mail());
    const [got] = server.received;
    expect(got).toMatchObject({ from: 'no-reply@example.com', to: ['lin@example.com'], secure: false });
    const read = readMail(got?.raw ?? '');
    expect(read.text).toContain('Good day. 早上好。');
    expect(read.html).toContain('<p>Good day. 早上好。</p>');
    expect(read.headers.get('message-id')).toEqual(['<mal_1@example.com>']);
    expect(read.headers.get('from')).toEqual(['"Tea & Vouchers" <no-reply@example.com>']);
    expect(read.headers.get('auto-submitted')).toEqual(['auto-generated']);
    expect(read.headers.get('content-language')).toEqual(['en']);
  });

  it('goes by STARTTLS with a user and a password', async () => {
    server = await MailServer.start({ ...pair(), authOptional: false });
    server.login = (username, password) => (username === 'us' && password === 'p@ss:word' ? undefined : 535);
    await mailer({ tls: 'starttls', credentials: { user: 'us', password: 'p@ss:word' } }).send(mail());
    expect(server.received).toMatchObject([{ secure: true, user: 'us' }]);
    const wrong = mailer({ tls: 'starttls', credentials: { user: 'us', password: 'no' } }).send(mail());
    await expect(wrong).rejects.toThrow(MailServerAway);
    expect(server.received).toHaveLength(1);
  });

  it('goes by TLS from the first byte', async () => {
    server = await MailServer.start({ ...pair(), secure: true });
    await mailer({ tls: 'implicit' }).send(mail());
    expect(server.received).toMatchObject([{ secure: true }]);
  });

  it('sends nothing to a server that hides STARTTLS, or that an authority of ours did not sign', async () => {
    server = await MailServer.start();
    await expect(mailer({ tls: 'starttls' }).send(mail())).rejects.toThrow(MailServerAway);
    await server.stop();
    server = await MailServer.start({ ...pair(), secure: true });
    const stranger = readFileSync(certificates.strangerCa, 'utf8');
    await expect(mailer({ tls: 'implicit', ca: stranger }).send(mail())).rejects.toThrow(MailServerAway);
    expect(server.received).toEqual([]);
  });

  it.each<[string, () => void, typeof MailRefused | typeof MailServerAway | undefined]>([
    ['a recipient refused for good', () => refuse(550), MailRefused],
    ['a recipient refused for now', () => refuse(450), undefined],
    ['a server that closes', () => refuse(421), MailServerAway],
    ['a content refused for good', () => refuseContent(554), MailRefused],
    ['a content refused for now', () => refuseContent(451), undefined],
  ])('tells %s from other failures', async (_name, arrange, kind) => {
    server = await MailServer.start();
    arrange();
    const error = await mailer()
      .send(mail())
      .then(
        () => undefined,
        (caught: unknown) => caught,
      );
    expect(error).toBeInstanceOf(Error);
    expect(error instanceof MailRefused).toBe(kind === MailRefused);
    expect(error instanceof MailServerAway).toBe(kind === MailServerAway);
    // What is kept of it names no recipient.
    expect((error as Error).message).not.toContain('lin@');
  });

  it('does not wait for ever: not for a server that takes its time, nor for one that is not there', async () => {
    server = await MailServer.start();
    server.message = () => 'never';
    await expect(mailer({}, 1_000).send(mail())).rejects.toThrow(MailServerAway);
    server.freeze();
    await expect(mailer({}, 300).send(mail())).rejects.toThrow(MailServerAway);
    expect(server.received).toEqual([]);
    await expect(mailer({ port: await freePort() }).send(mail())).rejects.toThrow(MailServerAway);
  });

  it('adds no header, no recipient and no line to itself', async () => {
    server = await MailServer.start();
    const hostile = 'Hi\r\nBcc: everybody@example.com\r\n\r\nBody\u2028X';
    await mailer().send(mail({ subject: hostile, to: '"a,b"@example.com' }));
    const [got] = server.received;
    expect(got?.to).toHaveLength(1);
    const { headers } = readMail(got?.raw ?? '');
    expect(headers.has('bcc')).toBe(false);
    expect(headers.get('subject')).toHaveLength(1);
    expect(headers.get('to')).toHaveLength(1);
  });
});

/** Of `/dev/mail.json` under another name, with what a script could add. */
const statusAs = (url: string, host: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const headers = { host, 'x-forwarded-host': 'localhost' };
    get(`${url}/dev/mail.json`, { headers }, (answer) => resolve(answer.resume().statusCode)).on(
      'error',
      reject,
    );
  });

const refuse = (code: number): void => {
  if (server) server.recipient = () => code;
};
const refuseContent = (code: number): void => {
  if (server) server.message = () => code;
};

describe('the program', () => {
  let app: TestApp | undefined;
  afterEach(async () => {
    await app?.stop();
    app = undefined;
  });

  const enqueue = async (to: string, language: 'en' | 'zh' = 'en'): Promise<void> => {
    if (!app) throw new Error('not started');
    const outbox = app.app.get(MailOutbox);
    const params = { url: 'https://drops.example.com/password-reset#a<b', minutes: 30 };
    await app.app
      .get(Database)
      .write((tx) =>
        outbox.add(tx, { kind: 'password_reset', params, to, userId: null, language, lifetimeMs: 3_600_000 }),
      );
  };

  it('keeps mails while the server is down, and sends each of them once when it is back', async () => {
    server = await MailServer.start();
    await server.stop();
    app = await startApp({
      MAIL_URL: `smtp://127.0.0.1:${server.port}`,
      MAIL_FROM: 'Vouchers <no-reply@example.com>',
      MAIL_STARTTLS: 'off',
      MAIL_INTERVAL_MS: '50',
    });
    await enqueue('one@example.com');
    await enqueue('two@example.com', 'zh');
    const failing = async (): Promise<true | undefined> => {
      const rows: { error: string | null }[] = await (app as TestApp).app
        .get(Database)
        .read.query('SELECT error FROM mails WHERE error IS NOT NULL');
      return rows.length > 0 || undefined;
    };
    await until(failing);
    await server.listen();
    const both = await until(async () =>
      server && server.received.length >= 2 ? server.received : undefined,
    );
    expect(both.flatMap(({ to }) => to).sort()).toEqual(['one@example.com', 'two@example.com']);
    const english = readMail(server.to('one@example.com')[0]?.raw ?? '');
    expect(english.text).toContain('https://drops.example.com/password-reset#a<b');
    expect(english.html).toContain('href="https://drops.example.com/password-reset#a&lt;b"');
    expect(readMail(server.to('two@example.com')[0]?.raw ?? '').text).toContain('设置新密码');
    await app.app.get(MailRelay).run();
    expect(server.received).toHaveLength(2);
  });

  it('writes files in embedded development, and shows them and login codes to this machine alone', async () => {
    app = await startApp({ MAIL_INTERVAL_MS: '50', PUBLIC_URL: 'http://127.0.0.1:3000' });
    await enqueue('lin@example.com');
    await app.api.expect(202, 'POST', '/v1/auth/phone/code', { json: { phone: '+8613800138000' } });
    const shown = await until(async () => {
      const { messages } = await (app as TestApp).api.expect(200, 'GET', '/dev/mail.json');
      return messages.length === 2 ? (messages as Record<string, string>[]) : undefined;
    });
    const byKind = Object.fromEntries(shown.map((message) => [message['kind'], message]));
    expect(byKind['code']).toMatchObject({ to: '+8613800138000', subject: expect.stringMatching(/^\d{6}$/) });
    expect(byKind['mail']).toMatchObject({ to: 'lin@example.com', subject: 'Choose a new password' });
    const files = await readdir(join(app.dataDir, 'mail'));
    expect(files).toEqual([`${byKind['mail']?.['id']}.eml`]);
    const file = join(app.dataDir, 'mail', files[0] ?? '');
    expect((await stat(file)).mode & 0o077).toBe(0);
    const read = readMail(await readFile(file, 'utf8'));
    expect(read.headers.get('to')).toEqual(['lin@example.com']);
    expect(read.text).toContain('password-reset');
    // A client elsewhere, and a stranger's page that has its own name point here.
    const elsewhere = { headers: { 'x-forwarded-for': '203.0.113.9' } };
    expect((await app.api.call('GET', '/dev/mail.json', elsewhere)).status).toBe(404);
    expect(await statusAs(app.url, 'stranger.example')).toBe(404);
    expect(await statusAs(app.url, 'localhost:3000')).toBe(200);
  });

  it('shows nothing in production', async () => {
    app = await startApp({
      NODE_ENV: 'production',
      JWT_SECRET: 'development-only-jwt-secret-change-me-001',
      CLAIM_SECRET: 'a claim secret of a test in production mode',
      PASSWORD_MEMORY_KIB: '19456',
      PASSWORD_ITERATIONS: '2',
    });
    for (const path of ['/dev/mail', '/dev/mail.json'])
      expect((await app.api.call('GET', path)).status).toBe(404);
    await expect(enqueue('lin@example.com')).rejects.toMatchObject({ code: 'mail_unavailable' });
  });
});
