import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { JwtService } from '@nestjs/jwt';
import { AccessTokens } from '../../../src/auth/access-tokens.js';
import { JWT_ALGORITHM, JWT_ISSUER, Tokens } from '../../../src/auth/tokens.js';
import type { Revocations } from '../../../src/auth/revocations.js';
import type { Actor } from '../../../src/common/request-context.js';
import { ManualClock } from '../../support/manual-clock.js';

const SECRET = 'a secret of the test, long enough for HS256';
const SHOPPER: Actor = { userId: 'usr_1', sessionId: 'ses_1', role: 'shopper' };
const TTL_S = 900;

function setUp(secret = SECRET) {
  const clock = new ManualClock(Date.now());
  const jwt = new JwtService({
    secret,
    signOptions: { algorithm: JWT_ALGORITHM, issuer: JWT_ISSUER, expiresIn: TTL_S },
  });
  const revoked = new Set<string>();
  const accessTokens = new AccessTokens({ JWT_SECRET: SECRET }, clock, revoked as unknown as Revocations);
  const tokens = { actorOf: (token: string) => accessTokens.bearer(`Bearer ${token}`) };
  return {
    clock,
    jwt,
    accessTokens,
    tokens,
    revoked,
    signed: new Tokens(jwt, { JWT_SECRET: secret }).access(SHOPPER),
  };
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function sign(header: unknown, payload: unknown): string {
  const text = `${encode(header)}.${encode(payload)}`;
  return `${text}.${createHmac('sha256', SECRET).update(text).digest('base64url')}`;
}

describe('access tokens', () => {
  it('name their user, the second time as the first', () => {
    const { tokens, signed } = setUp();
    expect(tokens.actorOf(signed)).toEqual(SHOPPER);
    expect(tokens.actorOf(signed)).toEqual(SHOPPER);
  });

  it('are worth nothing once their session was revoked', () => {
    const { tokens, signed, revoked } = setUp();
    expect(tokens.actorOf(signed)).toEqual(SHOPPER);
    revoked.add('ses_1');
    expect(tokens.actorOf(signed)).toBeUndefined();
  });

  it('are good while the secret before is known, and no longer', () => {
    const { clock, revoked, signed, jwt } = setUp();
    const next = { JWT_SECRET: 'the next secret of the test, also long enough' };
    const rotated = { ...next, JWT_SECRET_PREVIOUS: SECRET };
    const named = (config: typeof next) =>
      new AccessTokens(config, clock, revoked as unknown as Revocations).bearer(`Bearer ${signed}`);
    expect([named(rotated), named(next)]).toEqual([SHOPPER, undefined]);
    expect([new Tokens(jwt, rotated).verify(signed), new Tokens(jwt, next).verify(signed)]).toEqual([
      SHOPPER,
      undefined,
    ]);
  });

  it('stand behind the word Bearer', () => {
    const { accessTokens, signed } = setUp();
    expect(accessTokens.bearer(`Bearer ${signed}`)).toEqual(SHOPPER);
    for (const header of [undefined, '', signed, `bearer${signed}`, `Basic ${signed}`, `Bearer  ${signed}`])
      expect(accessTokens.bearer(header)).toBeUndefined();
  });

  it('end with their lifetime, also those that were seen before', () => {
    const { tokens, signed, clock } = setUp();
    expect(tokens.actorOf(signed)).toBeDefined();
    clock.ms += (TTL_S + 1) * 1_000;
    expect(tokens.actorOf(signed)).toBeUndefined();
    expect(setUp().tokens.actorOf(signed)).toBeDefined();
  });

  it('are worth nothing with another secret, another payload, another signature, or cut', () => {
    const { tokens, signed } = setUp();
    const [header = '', payload = '', signature = ''] = signed.split('.');
    expect(tokens.actorOf(signed)).toBeDefined();
    const admin = encode({ ...(JSON.parse(atob(payload)) as object), role: 'admin' });
    for (const forged of [
      setUp('another secret, as long as the first one').signed,
      `${header}.${admin}.${signature}`,
      `${header}.${payload}.${signature.slice(0, -1)}`,
      `${header}.${payload}.${'A'.repeat(43)}`,
      `${header}.${payload}.${'é'.repeat(43)}`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      `${signed}.${signature}`,
      '',
      '.',
    ])
      expect(tokens.actorOf(forged)).toBeUndefined();
  });

  it('of another kind are left to Passport, however well they are signed', () => {
    const { tokens, jwt } = setUp();
    const exp = Math.floor(Date.now() / 1_000) + 60;
    const claims = { sub: 'usr_1', sid: 'ses_1', role: 'shopper', iss: JWT_ISSUER, exp };
    const header = { alg: 'HS256', typ: 'JWT' };
    expect(tokens.actorOf(sign(header, claims))).toEqual(SHOPPER);
    expect(tokens.actorOf(sign({ alg: 'none', typ: 'JWT' }, claims))).toBeUndefined();
    expect(tokens.actorOf(sign(header, { ...claims, iss: 'somebody else' }))).toBeUndefined();
    expect(tokens.actorOf(sign(header, { ...claims, nbf: exp }))).toBeUndefined();
    expect(tokens.actorOf(sign(header, { ...claims, exp: undefined }))).toBeUndefined();
    expect(tokens.actorOf(sign(header, { ...claims, role: 'king' }))).toBeUndefined();
    expect(tokens.actorOf(sign(header, null))).toBeUndefined();
    expect(tokens.actorOf(jwt.sign({ sub: 'usr_1' }))).toBeUndefined();
  });
});
