import { createSecretKey } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { ExtractJwt, Strategy, type SecretOrKeyProvider } from 'passport-jwt';
import { equalInConstantTime, HmacSha256 } from '../common/hmac.js';
import { CONFIG } from '../config/index.js';
import { sessionSecrets, type SessionSecrets } from '../config/secrets.js';
import type { Actor } from '../common/request-context.js';
import { Problem } from '../common/problems.js';
import { isByCookie, SessionCookies } from './session-cookies.js';
import { actorOf, JWT_ALGORITHM, JWT_ISSUER } from './tokens.js';

/** Access tokens from `Authorization: Bearer`, else from the session cookie. Stateless: no store is asked. */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, 'jwt') {
  constructor(@Inject(CONFIG) config: SessionSecrets, cookies: SessionCookies) {
    const bearer = ExtractJwt.fromAuthHeaderAsBearerToken();
    super({
      // A crowd of clients with tokens does not pay for cookies.
      jwtFromRequest: (request: FastifyRequest) =>
        isByCookie(request) ? (cookies.accessToken(request.headers) ?? null) : bearer(request),
      secretOrKeyProvider: keyProvider(config),
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

/** The key that signed a token; where none did, the present one, which refuses it. */
function keyProvider(config: SessionSecrets): SecretOrKeyProvider {
  // As key objects: handed a string, jsonwebtoken first tries to read it as a public key, at every request, which costs more than
  // all the rest of answering a claim. The types of passport-jwt know strings only.
  const keys = sessionSecrets(config).map((secret) => ({
    key: createSecretKey(secret, 'utf8') as unknown as string,
    hmac: new HmacSha256(secret),
  }));
  return (_request, token: string, done) => {
    const dot = token.lastIndexOf('.');
    const signed =
      keys.length > 1 &&
      keys.find(({ hmac }) => equalInConstantTime(hmac.base64url(token.slice(0, dot)), token.slice(dot + 1)));
    done(null, (signed || keys[0])?.key);
  };
}
