import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { CONFIG, type Config } from '../config/index.js';
import type { Actor } from '../shared/context.js';
import { Problem } from '../shared/problems.js';
import { actorOf, JWT_ALGORITHM, JWT_ISSUER } from './tokens.js';

/** Access tokens from `Authorization: Bearer`. Stateless: no store is asked. */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, 'jwt') {
  constructor(@Inject(CONFIG) config: Config) {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKey: config.JWT_SECRET,
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
