import { describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  AccessTokenGuard,
  currentActor,
  currentMerchant,
  ForMerchant,
  MerchantRoleGuard,
} from '../../../src/auth/access.js';
import type { ApiKeyAccess } from '../../../src/auth/api-keys/api-key-access.js';
import type { AccessTokens } from '../../../src/auth/access-tokens.js';
import { SessionCookies } from '../../../src/auth/session-cookies.js';
import type { Revocations } from '../../../src/auth/revocations.js';
import { context, type Actor } from '../../../src/common/request-context.js';

const SHOPPER: Actor = { userId: 'usr_1', sessionId: 'ses_1', role: 'shopper' };
const EDITOR: Actor = { ...SHOPPER, role: 'merchant', merchantId: 'mer_1', merchantRole: 'editor' };

class Routes {
  @ForMerchant('owner', 'editor')
  edit(): void {
    return undefined;
  }
  @ForMerchant('cashier')
  redeem(): void {
    return undefined;
  }
}

const as = <T>(actor: Actor | undefined, work: () => T): T =>
  context.run({ requestId: 'req_1', address: '127.0.0.1' }, () => {
    if (actor) context.enter(actor);
    return work();
  });

const mayCall = (actor: Actor | undefined, route: keyof Routes): boolean =>
  as(actor, () =>
    new MerchantRoleGuard(new Reflector()).canActivate({
      // eslint-disable-next-line @typescript-eslint/unbound-method
      getHandler: () => Routes.prototype[route],
      getClass: () => Routes,
    } as unknown as ExecutionContext),
  );

const refusal = (code: string) => expect.objectContaining({ code });

describe('who acts', () => {
  it('is nobody outside a request and before a guard has seen them', () => {
    expect(() => currentActor()).toThrow(refusal('unauthenticated'));
    expect(() => as(undefined, currentActor)).toThrow(refusal('unauthenticated'));
  });

  it('travels with the request', () => {
    expect(as(SHOPPER, currentActor)).toEqual(SHOPPER);
    expect(as(EDITOR, currentMerchant)).toEqual(EDITOR);
    expect(() => as(SHOPPER, currentMerchant)).toThrow(refusal('forbidden'));
  });
});

describe('the merchant guard', () => {
  it('lets in the roles that the route names', () => {
    expect(mayCall(EDITOR, 'edit')).toBe(true);
    expect(mayCall({ ...EDITOR, merchantRole: 'owner' }, 'edit')).toBe(true);
  });

  it('refuses other merchant roles, shoppers and admins', () => {
    expect(() => mayCall(EDITOR, 'redeem')).toThrow(refusal('forbidden'));
    expect(() => mayCall(SHOPPER, 'edit')).toThrow(refusal('forbidden'));
    expect(() => mayCall({ ...SHOPPER, role: 'admin' }, 'edit')).toThrow(refusal('forbidden'));
  });
});

describe('the token guard', () => {
  const revoked = new Set(['ses_revoked']);
  const guard = new AccessTokenGuard(
    {} as AccessTokens,
    revoked as unknown as Revocations,
    new SessionCookies({ COOKIE_SECURE: 'never', NODE_ENV: 'test', SESSION_TTL_S: 60 }),
    {} as ApiKeyAccess,
    new Reflector(),
  );
  const byToken = {
    switchToHttp: () => ({ getRequest: () => ({ headers: { authorization: 'Bearer x' } }) }),
  } as unknown as ExecutionContext;
  const named = (name: string) => Object.assign(new Error('no'), { name });

  it('tells an expired token from any other', () => {
    expect(() => guard.handleRequest(null, false, named('TokenExpiredError'), byToken)).toThrow(
      refusal('token_expired'),
    );
    expect(() => guard.handleRequest(null, false, named('JsonWebTokenError'), byToken)).toThrow(
      refusal('unauthenticated'),
    );
    expect(() => guard.handleRequest(null, false, new Error('No auth token'), byToken)).toThrow(
      refusal('unauthenticated'),
    );
  });

  it('refuses a session that was revoked', () => {
    const actor = { ...SHOPPER, sessionId: 'ses_revoked' };
    expect(() => as(undefined, () => guard.handleRequest(null, actor, undefined, byToken))).toThrow(
      refusal('unauthenticated'),
    );
  });

  it('makes the caller the actor of the request', () => {
    const seen = as(undefined, () => {
      guard.handleRequest(null, SHOPPER, undefined, byToken);
      return currentActor();
    });
    expect(seen).toEqual(SHOPPER);
  });
});
