import {
  applyDecorators,
  Injectable,
  SetMetadata,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { ApiBearerAuth, ApiCookieAuth, ApiExtension, ApiHeader, ApiSecurity } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SCOPE } from '../http/openapi/openapi-operations.js';
import { Refuses } from '../http/openapi/openapi.js';
import { enterAs } from '../http/request-actor.js';
import { GuardedBy } from '../http/route-guards.js';
import { inMode, isTestShopper, MODES } from '../common/mode.js';
import { context, type Actor, type MerchantRole } from '../common/request-context.js';
import { invalidField, Problem } from '../common/problems.js';
import { AccessTokens } from './access-tokens.js';
import { ApiKeyAccess } from './api-keys/api-key-access.js';
import type { ApiScope } from './api-keys/scopes.js';
import { Revocations } from './revocations.js';
import { isByCookie, privately, SessionCookies } from './session-cookies.js';

const MERCHANT_ROLES = 'auth:merchant-roles';
const API_SCOPE = 'auth:api-scope';
const TEST_SHOPPERS = 'auth:test-shoppers';
const API_KEY = /^bearer +(vck_\S*)$/i;

/** An actor that works for a merchant. */
export type MerchantActor = Actor & { readonly merchantId: string; readonly merchantRole: MerchantRole };

/**
 * Who asks.
 * @throws Problem unauthenticated where the route let nobody in
 */
export function currentActor(): Actor {
  const actor = context.actor();
  if (!actor) throw new Problem('unauthenticated');
  return actor;
}

/**
 * Who asks, on a route for merchants.
 * @throws Problem unauthenticated without an account, forbidden for one that works for no merchant
 */
export function currentMerchant(): MerchantActor {
  const actor = currentActor();
  if (!isMerchant(actor)) throw new Problem('forbidden');
  return actor;
}

const isMerchant = (actor: Actor): actor is MerchantActor =>
  actor.role === 'merchant' && actor.merchantId !== undefined && actor.merchantRole !== undefined;

/**
 * Lets in who has a valid access token of a session that was not revoked, or an API key with the scope that the route names, and makes
 * them the actor of the request. A route that names no scope takes no keys.
 */
@Injectable()
export class AccessTokenGuard extends AuthGuard('jwt') {
  constructor(
    private readonly tokens: AccessTokens,
    private readonly revocations: Revocations,
    protected readonly cookies: SessionCookies,
    private readonly keys: ApiKeyAccess,
    private readonly reflector: Reflector,
  ) {
    super();
  }

  /** What is plainly valid is let in here; everything else Passport judges, and explains. */
  override canActivate(execution: ExecutionContext): ReturnType<CanActivate['canActivate']> {
    const request = execution.switchToHttp().getRequest<FastifyRequest>();
    const { authorization } = request.headers;
    const actor = this.tokens.bearer(authorization);
    if (!actor) {
      const secret = API_KEY.exec(authorization ?? '')?.[1];
      return secret === undefined ? super.canActivate(execution) : this.enterByKey(secret, execution);
    }
    this.requireTaken(actor, execution);
    enterAs(this.onSideAskedFor(actor, execution), request);
    return true;
  }

  /**
   * A merchant's people act for its live side, or by a header for its test side, wherever programs may act for either: keys have a mode
   * of their own. Other routes know no mode.
   * @throws Problem validation_failed
   */
  private onSideAskedFor(actor: Actor, execution: ExecutionContext): Actor {
    const asked = execution.switchToHttp().getRequest<FastifyRequest>().headers['x-mode'];
    if (asked === undefined || this.scopeOf(execution) === undefined) return actor;
    if (!MODES.some((mode) => mode === asked))
      throw invalidField('X-Mode', 'invalid_header', 'must be live or test');
    return asked === 'test' && isMerchant(actor)
      ? { ...actor, merchantId: inMode(actor.merchantId, 'test') }
      : actor;
  }

  private scopeOf(execution: ExecutionContext): ApiScope | undefined {
    return this.reflector.getAllAndOverride<ApiScope | undefined>(API_SCOPE, [
      execution.getHandler(),
      execution.getClass(),
    ]);
  }

  /** Accounts, mails and whatever else is people's matter have no test mode: a route says that it has. */
  private requireTaken(actor: Actor, execution: ExecutionContext): void {
    if (!isTestShopper(actor)) return;
    const takes = this.reflector.getAllAndOverride<boolean | undefined>(TEST_SHOPPERS, [
      execution.getHandler(),
      execution.getClass(),
    ]);
    if (!takes) throw new Problem('forbidden', { detail: 'This operation does not accept test shoppers' });
  }

  private async enterByKey(secret: string, execution: ExecutionContext): Promise<true> {
    const request = execution.switchToHttp().getRequest<FastifyRequest>();
    const actor = await this.keys.actorOf(secret, request.clientAddress);
    enterAs(actor, request);
    const scope = this.scopeOf(execution);
    if (scope === undefined)
      throw new Problem('forbidden', { detail: 'This operation does not accept API keys' });
    if (!actor.scopes?.has(scope))
      throw new Problem('insufficient_scope', {
        detail: `The API key lacks the scope ${scope}`,
        extensions: { required_scope: scope },
      });
    return true;
  }

  override handleRequest<TUser = Actor>(
    error: unknown,
    actor: TUser | false,
    info: unknown,
    execution: ExecutionContext,
  ): TUser {
    if (error instanceof Problem) throw error;
    if (!actor)
      throw new Problem(isExpiry(info) ? 'token_expired' : 'unauthenticated', { cause: error ?? info });
    const known = actor as unknown as Actor;
    if (this.revocations.has(known.sessionId)) throw new Problem('unauthenticated');
    const http = execution.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    if (isByCookie(request)) {
      this.cookies.requireSameOrigin(request);
      privately(http.getResponse<FastifyReply>());
    }
    this.requireTaken(known, execution);
    enterAs(this.onSideAskedFor(known, execution), request);
    return actor;
  }
}

/** jsonwebtoken is a dependency of a dependency; its error is known by its name. */
const isExpiry = (info: unknown): boolean => info instanceof Error && info.name === 'TokenExpiredError';

/** After `AccessTokenGuard`: one of the merchant roles that the route names; keys were judged by their scopes. */
@Injectable()
export class MerchantRoleGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(execution: ExecutionContext): boolean {
    const allowed = this.reflector.getAllAndOverride<readonly MerchantRole[] | undefined>(MERCHANT_ROLES, [
      execution.getHandler(),
      execution.getClass(),
    ]);
    const { scopes, merchantRole } = currentMerchant();
    if (!scopes && !allowed?.includes(merchantRole)) throw new Problem('forbidden');
    return true;
  }
}

/** The route is for any account. */
export const Authenticated = () =>
  applyDecorators(
    GuardedBy(AccessTokenGuard),
    ApiBearerAuth(),
    ApiCookieAuth(),
    Refuses('unauthenticated', 'token_expired', 'forbidden'),
  );

/** The route is for people of a merchant in one of `roles`. Which merchant's objects they may see is the service's matter. */
export const ForMerchant = (...roles: readonly [MerchantRole, ...MerchantRole[]]) =>
  applyDecorators(
    SetMetadata(MERCHANT_ROLES, roles),
    GuardedBy(AccessTokenGuard, MerchantRoleGuard),
    ApiBearerAuth(),
    ApiCookieAuth(),
    Refuses('unauthenticated', 'token_expired', 'forbidden'),
  );

/** Above `ForMerchant` or `Authenticated`: programs with an API key of this scope may call the route as well, and people in test mode. */
export const TakesApiKey = (scope: ApiScope) =>
  applyDecorators(
    SetMetadata(API_SCOPE, scope),
    ApiSecurity('api_key'),
    ApiExtension(SCOPE, scope),
    ApiHeader({
      name: 'X-Mode',
      required: false,
      description:
        'For people of a merchant: `test` works on the objects of test mode, `live` (the default) on the real ones. API keys have a mode of their own.',
      schema: { type: 'string', enum: [...MODES] },
    }),
    Refuses('insufficient_scope', 'address_not_allowed', 'validation_failed'),
  );

/** Beside `Authenticated`: shoppers of the test mode may call the route as well. */
export const TakesTestShoppers = () => SetMetadata(TEST_SHOPPERS, true);

/** After `AccessTokenGuard`: administrators of the installation. */
@Injectable()
export class AdminGuard implements CanActivate {
  canActivate(): boolean {
    if (currentActor().role !== 'admin') throw new Problem('forbidden');
    return true;
  }
}

/** The route is for administrators. */
export const ForAdmin = () =>
  applyDecorators(
    GuardedBy(AccessTokenGuard, AdminGuard),
    ApiBearerAuth(),
    ApiCookieAuth(),
    Refuses('unauthenticated', 'token_expired', 'forbidden'),
  );
