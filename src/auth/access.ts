import {
  applyDecorators,
  Injectable,
  SetMetadata,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { ApiBearerAuth, ApiCookieAuth } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Refuses } from '../http/openapi/openapi.js';
import { context, type Actor, type MerchantRole } from '../common/request-context.js';
import { Problem } from '../common/problems.js';
import { AccessTokens } from './access-tokens.js';
import { Revocations } from './revocations.js';
import { isByCookie, privately, SessionCookies } from './session-cookies.js';

const MERCHANT_ROLES = 'auth:merchant-roles';

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

/** Lets in who has a valid access token of a session that was not revoked, and makes them the actor of the request. */
@Injectable()
export class AccessTokenGuard extends AuthGuard('jwt') {
  constructor(
    private readonly tokens: AccessTokens,
    private readonly revocations: Revocations,
    private readonly cookies: SessionCookies,
  ) {
    super();
  }

  /** What is plainly valid is let in here; everything else Passport judges, and explains. */
  override canActivate(execution: ExecutionContext): ReturnType<CanActivate['canActivate']> {
    const { authorization } = execution.switchToHttp().getRequest<FastifyRequest>().headers;
    const actor = this.tokens.bearer(authorization);
    if (!actor) return super.canActivate(execution);
    context.enter(actor);
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
    context.enter(known);
    return actor;
  }
}

/** jsonwebtoken is a dependency of a dependency; its error is known by its name. */
const isExpiry = (info: unknown): boolean => info instanceof Error && info.name === 'TokenExpiredError';

/** After `AccessTokenGuard`: one of the merchant roles that the route names. */
@Injectable()
export class MerchantRoleGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(execution: ExecutionContext): boolean {
    const allowed = this.reflector.getAllAndOverride<readonly MerchantRole[] | undefined>(MERCHANT_ROLES, [
      execution.getHandler(),
      execution.getClass(),
    ]);
    if (!allowed?.includes(currentMerchant().merchantRole)) throw new Problem('forbidden');
    return true;
  }
}

/** The route is for any account. */
export const Authenticated = () =>
  applyDecorators(
    UseGuards(AccessTokenGuard),
    ApiBearerAuth(),
    ApiCookieAuth(),
    Refuses('unauthenticated', 'token_expired'),
  );

/** The route is for people of a merchant in one of `roles`. Which merchant's objects they may see is the service's matter. */
export const ForMerchant = (...roles: readonly [MerchantRole, ...MerchantRole[]]) =>
  applyDecorators(
    SetMetadata(MERCHANT_ROLES, roles),
    UseGuards(AccessTokenGuard, MerchantRoleGuard),
    ApiBearerAuth(),
    ApiCookieAuth(),
    Refuses('unauthenticated', 'token_expired', 'forbidden'),
  );

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
    UseGuards(AccessTokenGuard, AdminGuard),
    ApiBearerAuth(),
    ApiCookieAuth(),
    Refuses('unauthenticated', 'token_expired', 'forbidden'),
  );
