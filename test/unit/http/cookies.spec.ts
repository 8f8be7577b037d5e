import { describe, expect, it } from '@jest/globals';
import { readCookie, setCookie } from '../../../src/http/cookies.js';
import { isSameOrigin } from '../../../src/http/same-origin.js';

describe('a Cookie header', () => {
  it.each<[string | undefined, string | undefined]>([
    [undefined, undefined],
    ['', undefined],
    ['a=1', '1'],
    ['b=2; a=1; c=3', '1'],
    ['aa=2; a=1', '1'],
    ['xa=2', undefined],
    ['a', undefined],
    ['a; b=a=1', undefined],
    ['a=1; a=2', '1'],
    ['a="quoted"', '"quoted"'],
    ['a=%2', '%2'],
    ['__proto__=2', undefined],
    ['  a = 1  ;', '1'],
    ['a=', ''],
    ['a=b=c', 'b=c'],
    ['A=1', undefined],
    [';;;a=1', '1'],
  ])('%j has a = %j', (header, value) => {
    expect(readCookie(header, 'a')).toBe(value);
  });
});

describe('a Set-Cookie header', () => {
  it('says for how long, where and to whom', () => {
    expect(setCookie('a', 'b.c-d_e', { maxAgeS: 60, secure: true, httpOnly: true })).toBe(
      'a=b.c-d_e; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax',
    );
    expect(setCookie('a', 'zh', { maxAgeS: 60, secure: false, httpOnly: false })).toBe(
      'a=zh; Max-Age=60; Path=/; SameSite=Lax',
    );
  });

  it.each(['a;b', 'a b', 'a,b', 'a\r\nb', 'a"b', 'é', '50%'])(
    'adds nothing by a value such as %j',
    (value) => {
      const header = setCookie('a', value, { maxAgeS: 1, secure: false, httpOnly: true });
      const [pair = '', ...attributes] = header.split('; ');
      expect(attributes).toEqual(['Max-Age=1', 'Path=/', 'HttpOnly', 'SameSite=Lax']);
      expect(pair).toMatch(/^a=[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/);
      expect(readCookie(pair, 'a')).toBe(value);
    },
  );
});

describe('a request of our own page', () => {
  const asked = (headers: Record<string, string>) => ({ method: 'POST', headers, host: 'shop.example' });

  it.each<[Record<string, string>, boolean, boolean]>([
    [{ 'sec-fetch-site': 'same-origin' }, true, true],
    [{ 'sec-fetch-site': 'none' }, false, false],
    [{ origin: 'https://shop.example' }, true, true],
    [{ origin: 'http://shop.example' }, false, true],
    [{ origin: 'http://shop.example' }, true, false],
    [{ origin: 'https://shop.example:8443' }, true, false],
    [{}, false, false],
  ])('%j, https only %s: %s', (headers, httpsOnly, ours) => {
    expect(isSameOrigin(asked(headers), httpsOnly)).toBe(ours);
  });
});
