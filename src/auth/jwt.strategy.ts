import { createSecretKey } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { CONFIG, type Config } from '../config/index.js';
import type { Actor } from '../common/request-context.js';
import { Problem } from '../common/problems.js';
import { isByCookie, SessionCookies } from './session-cookies.js';
import { actorOf, JWT_ALGORITHM, JWT_ISSUER } from './tokens.js';

/** Access tokens from `Authorization: Bearer`, else from the session cookie. Stateless: no store is asked. */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, 'jwt') {
  constructor(@Inject(CONFIG) config: Config, cookies: SessionCookies) {
    const bearer = ExtractJwt.fromAuthHeaderAsBearerToken();
    super({
      // A crowd of clients with tokens does not pay for cookies.
      jwtFromRequest: (request: FastifyRequest) =>
        isByCookie(request) ? (cookies.accessToken(request.headers) ?? null) : bearer(request),
      // As a key object: handed a string, jsonwebtoken first tries to read it as a public key, at every request, which
      // costs more than all the rest of answering a claim. The types of passport-jwt know strings only.
      secretOrKey: createSecretKey(config.JWT_SECRET, 'utf8') as unknown as string,
      algorithms: [JWT_ALGORITHM],
      issuer: JWT_ISSUER,
    });
  }

  validate(payload: unknown): Actor {
    const actor = actorOf(payload);
    if (!actor) throw new Problem('unauthenticated');
    return actor;
  }
}
