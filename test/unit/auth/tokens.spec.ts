import { describe, expect, it } from '@jest/globals';
import { JwtService } from '@nestjs/jwt';
import { actorOf, JWT_ALGORITHM, JWT_ISSUER, Tokens } from '../../../src/auth/tokens.js';
import type { Actor } from '../../../src/common/request-context.js';

const JWT_SECRET = 'a secret of the tests, 32 characters or more';
const jwt = new JwtService({
  secret: JWT_SECRET,
  signOptions: { algorithm: JWT_ALGORITHM, issuer: JWT_ISSUER, expiresIn: 900 },
});
const tokens = new Tokens(jwt, { JWT_SECRET });
const SESSION = 'ses_01k9z3v8f0abcdef';

describe('access tokens', () => {
  it('carry who acts, for which merchant, and nothing else', () => {
    const actor: Actor = {
      userId: 'usr_1',
      sessionId: SESSION,
      role: 'merchant',
      merchantId: 'mer_1',
      merchantRole: 'editor',
    };
    const payload: Record<string, unknown> = jwt.verify(tokens.access(actor));
    expect(Object.keys(payload).sort()).toEqual(['exp', 'iat', 'iss', 'mid', 'mrole', 'role', 'sid', 'sub']);
    expect(payload).toMatchObject({ iss: 'voucherconnect', exp: Number(payload['iat']) + 900 });
    expect(actorOf(payload)).toEqual(actor);
  });

  it('leave the merchant out for a shopper', () => {
    const actor: Actor = { userId: 'usr_1', sessionId: SESSION, role: 'shopper' };
    const payload: object = jwt.verify(tokens.access(actor));
    expect(payload).not.toHaveProperty('mid');
    expect(actorOf(payload)).toEqual(actor);
  });

  it.each([
    undefined,
    null,
    'text',
    {},
    { sub: 'usr_1', sid: SESSION },
    { sub: 'usr_1', sid: SESSION, role: 'root' },
    { sub: 1, sid: SESSION, role: 'shopper' },
  ])('name nobody when the payload is %j', (payload) => {
    expect(actorOf(payload)).toBeUndefined();
  });
});

describe('refresh tokens', () => {
  it('name their session and are never the same', () => {
    const [first, second] = [tokens.refresh(SESSION), tokens.refresh(SESSION)];
    expect(first.token.startsWith(`${SESSION}.`)).toBe(true);
    expect(first.token).not.toBe(second.token);
    expect(first.hash).not.toBe(second.hash);
    expect(first.hash).not.toContain(first.token.split('.')[1]);
  });

  it('are read back to what was made', () => {
    const { token, hash } = tokens.refresh(SESSION);
    expect(tokens.parseRefresh(token)).toEqual({ sessionId: SESSION, hash });
  });

  it('are not ours when a part is changed, cut, added or invented', () => {
    const { token } = tokens.refresh(SESSION);
    const [, tail = ''] = token.split('.');
    const changed = [
      '',
      '.',
      SESSION,
      tail,
      `${SESSION}.`,
      `${SESSION}.${'A'.repeat(64)}`,
      `ses_01k9z3v8f0abcdeg.${tail}`,
      token.slice(0, -1),
      `${token}A`,
      `${token}=`,
      ` ${token}`,
      `${token}.${tail}`,
      `${SESSION}.${tail.startsWith('A') ? 'B' : 'A'}${tail.slice(1)}`,
    ];
    for (const text of changed) expect(tokens.parseRefresh(text)).toBeUndefined();
  });

  it('are not ours when another secret sealed them', () => {
    const stranger = new Tokens(jwt, { JWT_SECRET: 'another secret of the tests, long enough' });
    expect(tokens.parseRefresh(stranger.refresh(SESSION).token)).toBeUndefined();
  });

  it('are ours while the secret before is known, and no longer', () => {
    const { token } = tokens.refresh(SESSION);
    const next = { JWT_SECRET: 'another secret of the tests, long enough' };
    expect(new Tokens(jwt, { ...next, JWT_SECRET_PREVIOUS: JWT_SECRET }).parseRefresh(token)).toBeDefined();
    expect(new Tokens(jwt, next).parseRefresh(token)).toBeUndefined();
  });
});
