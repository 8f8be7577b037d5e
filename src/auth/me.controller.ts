import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Put,
  Query,
  UseInterceptors,
} from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Answers, Refuses } from '../http/openapi/openapi.js';
import { pageBody, type ListBody } from '../http/validation/validation.js';
import { RateLimited } from '../rate-limit/index.js';
import { rfc3339 } from '../common/clock.js';
import { Problem } from '../common/problems.js';
import { requireCursors } from '../common/cursors.js';
import { Authenticated, currentActor, TakesTestShoppers } from './access.js';
import { AuthService } from './auth.service.js';
import { Logins } from './logins.js';
import type { Session } from './ports/session-store.js';
import {
  loginSessionList,
  loginSessionsQuery,
  passwordBody,
  patchMeBody,
  sessionResult,
  userAnswer,
  type LoginSessionAnswer,
  type LoginSessionsQuery,
  type PasswordBody,
  type PatchMeBody,
  type SessionAnswer,
  type UserAnswer,
} from './schemas.js';
import { SessionCookieInterceptor } from './session-cookie.interceptor.js';

@ApiTags('Accounts')
@Authenticated()
@RateLimited('status', 'user')
@UseInterceptors(SessionCookieInterceptor)
@Controller('me')
export class MeController {
  constructor(
    private readonly auth: AuthService,
    private readonly logins: Logins,
  ) {}

  @Get()
  @TakesTestShoppers()
  @ApiOperation({
    operationId: 'getAccount',
    summary: 'Get your account',
    description: 'The account of the access token.',
  })
  @Answers(200, 'The account', userAnswer)
  @Refuses('dependency_unavailable')
  me(): Promise<UserAnswer> {
    return this.auth.me();
  }

  @Patch()
  @ApiOperation({
    operationId: 'updateAccount',
    summary: 'Change your name',
    description: 'Answers the account as it is afterwards.',
  })
  @Answers(200, 'The account', userAnswer)
  @Refuses('validation_failed', 'dependency_unavailable')
  change(@Body({ schema: patchMeBody }) body: PatchMeBody): Promise<UserAnswer> {
    return this.auth.changeMe(body);
  }

  @Put('password')
  @ApiOperation({
    operationId: 'changePassword',
    summary: 'Change your password',
    description:
      'Ends all sessions of the account, the one of this request too: its tokens are refused on all instances within a ' +
      'second. The answer is a new session. A wrong current password counts like one at login.',
  })
  @Answers(200, 'Logged in anew', sessionResult)
  @Refuses(
    'unauthenticated',
    'token_expired',
    'invalid_credentials',
    'account_disabled',
    'rate_limited',
    'too_many_attempts',
    'validation_failed',
    'overloaded',
    'dependency_unavailable',
  )
  changePassword(@Body({ schema: passwordBody }) body: PasswordBody): Promise<SessionAnswer> {
    return this.auth.changePassword(body);
  }

  @Get('sessions')
  @ApiOperation({
    operationId: 'listLogins',
    summary: 'List your sessions',
    description: 'Those that are alive, the latest first.',
  })
  @Answers(200, 'The logins', loginSessionList)
  @Refuses('validation_failed', 'dependency_unavailable')
  async sessions(
    @Query({ schema: loginSessionsQuery }) query: LoginSessionsQuery,
  ): Promise<ListBody<LoginSessionAnswer>> {
    const { userId, sessionId } = currentActor();
    const sessions = await this.logins.ofUser(userId);
    const cursors = { after: query.starting_after, before: query.ending_before };
    await requireCursors(cursors, async (id) => sessions.some((session) => session.id === id));
    const page = pageOf(sessions, query);
    return pageBody(
      '/v1/me/sessions',
      query,
      page.map((session) => answerOf(session, sessionId)),
    );
  }

  @Delete('sessions/:id')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'endLogin',
    summary: 'End one of your sessions',
    description: 'Its tokens are refused on all instances within a second.',
  })
  @Answers(204, 'Ended')
  @Refuses('not_found', 'dependency_unavailable')
  async end(@Param('id') id: string): Promise<void> {
    const { userId, sessionId } = currentActor();
    if (id === sessionId) return this.logins.endOwn(id, 'ended_by_user');
    const sessions = await this.logins.ofUser(userId);
    if (!sessions.some((session) => session.id === id)) throw new Problem('not_found');
    await this.logins.endOthers([id], 'ended_by_user');
  }

  @Delete('sessions')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'endAllLogins',
    summary: 'End all your sessions',
    description: 'The one of this request too. Their tokens are refused on all instances within a second.',
  })
  @Answers(204, 'Ended')
  @Refuses('dependency_unavailable')
  endAll(): Promise<void> {
    const { userId, sessionId } = currentActor();
    return this.logins.endAll(userId, sessionId, 'ended_by_user');
  }
}

/** The sessions that a page may hold, nearest to the cursor first, and one more where there are more. */
function pageOf(sessions: readonly Session[], query: LoginSessionsQuery): Session[] {
  const { starting_after: after, ending_before: before, limit } = query;
  if (before !== undefined) {
    const newer = sessions.filter(({ id }) => id > before);
    return newer.reverse().slice(0, limit + 1);
  }
  return sessions.filter(({ id }) => after === undefined || id < after).slice(0, limit + 1);
}

const answerOf = (session: Session, ownId: string): LoginSessionAnswer => ({
  object: 'login_session',
  id: session.id,
  current: session.id === ownId,
  created_at: rfc3339(session.createdAt),
  last_seen_at: rfc3339(session.lastSeenAt),
  address: session.address,
  user_agent: session.userAgent,
});
