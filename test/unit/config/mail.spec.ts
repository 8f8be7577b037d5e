import { describe, expect, it } from '@jest/globals';
import { ConfigError, loadConfig } from '../../../src/config/index.js';
import { parseMailbox, parseMailUrl } from '../../../src/config/mail-url.js';

const PRODUCTION = {
  NODE_ENV: 'production',
  JWT_SECRET: 'a JWT secret of a test in production mode',
  CLAIM_SECRET: 'a claim secret of a test in production mode',
};
const problems = (env: Record<string, string>): readonly string[] => {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
};

describe('MAIL_URL', () => {
  it.each([
    ['smtp://mail.example.com', { host: 'mail.example.com', port: 587, secure: false }],
    ['smtps://mail.example.com', { host: 'mail.example.com', port: 465, secure: true }],
    ['smtp://[::1]:25/', { host: '::1', port: 25, secure: false }],
    [
      'smtps://a%40b:p%2Fw@h:1',
      { host: 'h', port: 1, secure: true, credentials: { user: 'a@b', password: 'p/w' } },
    ],
  ])('%s', (text, expected) => {
    expect(parseMailUrl(text)).toEqual({ credentials: undefined, ...expected });
  });

  it.each([
    '',
    'http://h',
    'smtp://',
    'smtp://user@h',
    'smtp://:p@h',
    'smtp://h/x',
    'smtp://h?a=1',
    'smtp://%zz:p@h',
  ])('not %j', (text) => expect(parseMailUrl(text)).toBeUndefined());
});

describe('MAIL_FROM', () => {
  it.each([
    ['no-reply@Example.com', { name: '', address: 'no-reply@example.com' }],
    ['茶馆 <tea@example.com>', { name: '茶馆', address: 'tea@example.com' }],
  ])('%s', (text, expected) => expect(parseMailbox(text)).toEqual(expected));

  it.each([
    '',
    'tea',
    'a@example.com, b@example.com',
    'A, B <a@example.com>',
    'A <a@example.com',
    'A\r\nBcc: <a@b.com>',
  ])('not %j', (text) => expect(parseMailbox(text)).toBeUndefined());
});

describe('mail settings together', () => {
  it('are files in development and nothing in production where no server is named', () => {
    expect(loadConfig({}).mail).toMatchObject({ server: undefined });
    expect(loadConfig({}).devInbox).toBe(true);
    expect(loadConfig(PRODUCTION).mail).toBeUndefined();
    expect(loadConfig(PRODUCTION).devInbox).toBe(false);
  });

  it('need a sender, and in production the address of the pages and TLS for a password', () => {
    expect(problems({ MAIL_URL: 'smtp://h' })).toEqual([expect.stringMatching(/^MAIL_FROM: missing/)]);
    const url = { MAIL_URL: 'smtp://u:secret@h', MAIL_FROM: 'a@example.com', MAIL_STARTTLS: 'off' };
    const found = problems({ ...PRODUCTION, ...url });
    expect(found.map((problem) => problem.split(':')[0])).toEqual(['PUBLIC_URL', 'MAIL_STARTTLS']);
    expect(found.join()).not.toContain('secret');
    const right = {
      ...PRODUCTION,
      ...url,
      MAIL_STARTTLS: 'required',
      PUBLIC_URL: 'https://drops.example.com/',
    };
    expect(loadConfig(right)).toMatchObject({
      publicUrl: 'https://drops.example.com',
      mail: { server: { tls: 'starttls', host: 'h', port: 587 } },
    });
  });

  it('say what has no effect, and which file cannot be read', () => {
    expect(problems({ MAIL_TLS_CA: '/none.pem' })).toEqual(['MAIL_TLS_CA: has no effect without MAIL_URL']);
    const unread = { MAIL_URL: 'smtps://h', MAIL_FROM: 'a@example.com', MAIL_TLS_CA: '/none.pem' };
    expect(problems(unread)).toEqual([expect.stringMatching(/^MAIL_TLS_CA: the file cannot be read/)]);
  });

  it.each(['ftp://h', 'https://h/path', 'https://u:p@h', 'h'])('PUBLIC_URL is not %j', (PUBLIC_URL) => {
    expect(problems({ PUBLIC_URL })).toEqual([expect.stringMatching(/^PUBLIC_URL: must be/)]);
  });

  it('lead links to this process where nothing else is said', () => {
    expect(loadConfig({}).publicUrl).toBe('http://127.0.0.1:3000');
    expect(loadConfig({ HOST: '0.0.0.0', PORT: '8080' }).publicUrl).toBe('http://localhost:8080');
    expect(loadConfig({ HOST: '::1' }).publicUrl).toBe('http://[::1]:3000');
  });
});
