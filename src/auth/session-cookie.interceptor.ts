import {
  applyDecorators,
  Injectable,
  UseGuards,
  type CanActivate,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { context } from '../common/request-context.js';
import { invalidField } from '../common/problems.js';
import type { MerchantAnswer, SessionAnswer } from './schemas.js';
import { isByCookie, SessionCookies } from './session-cookies.js';

/**
 * Answers a session as cookies where the client wants it so, or came with cookies. It stands outside of the `Idempotency-Key`,
 * which remembers the tokens: so a repeated request gets its cookies too.
 */
@Injectable()
export class SessionCookieInterceptor implements NestInterceptor {
  constructor(private readonly cookies: SessionCookies) {}

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = execution.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const cameByCookie = context.actor() !== undefined && isByCookie(request);
    if (request.headers['x-session'] !== 'cookie' && !cameByCookie) return next.handle();
    const reply = http.getResponse<FastifyReply>();
    return next.handle().pipe(map((body) => this.inCookies(body, reply)));
  }

  private inCookies(body: unknown, reply: FastifyReply): unknown {
    if (isSession(body)) return this.cookies.keep(reply, body);
    if (isMerchant(body)) return { ...body, session: this.cookies.keep(reply, body.session) };
    return body;
  }
}

const isSession = (body: unknown): body is SessionAnswer =>
  (body as Partial<SessionAnswer> | null | undefined)?.access_token !== undefined;

const isMerchant = (body: unknown): body is MerchantAnswer =>
  isSession((body as Partial<MerchantAnswer> | null | undefined)?.session);

/** Nobody gets tokens in a body who asked for something else by a slip of the pen. */
@Injectable()
class SessionHeaderGuard implements CanActivate {
  canActivate(execution: ExecutionContext): boolean {
    const asked = execution.switchToHttp().getRequest<FastifyRequest>().headers['x-session'];
    if (asked === undefined || asked === 'cookie') return true;
    throw invalidField('X-Session', 'invalid_header', 'must be cookie, or be left out');
  }
}

/** Takes and documents the header by which a browser asks for cookies. */
export const TakesSessionHeader = (): MethodDecorator =>
  applyDecorators(
    UseGuards(SessionHeaderGuard),
    ApiHeader({
      name: 'X-Session',
      required: false,
      description:
        '`cookie`: the tokens come as httpOnly cookies and not in the body; for pages in a browser. Requests that change ' +
        'something and rely on them must come from a page of this origin.',
      schema: { type: 'string', enum: ['cookie'] },
    }),
  );
