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
    ['b="x;a=y"', 'y"'],
    ['a=1; a=2', '1'],
    ['a="quoted"', 'quoted'],
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
      'a=b.c-d_e; Path=/; Max-Age=60; SameSite=Lax; HttpOnly; Secure',
    );
    expect(setCookie('a', 'zh', { maxAgeS: 60, secure: false, httpOnly: false })).toBe(
      'a=zh; Path=/; Max-Age=60; SameSite=Lax',
    );
  });

  it.each(['a;b', 'a b', 'a,b', 'a\r\nb', 'a"b', 'é'])('takes no value such as %j', (value) => {
    expect(() => setCookie('a', value, { maxAgeS: 1, secure: false, httpOnly: true })).toThrow(/cookie a/);
  });
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
