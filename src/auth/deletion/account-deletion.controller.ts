import { Controller, Delete, HttpCode, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Answers, Refuses } from '../../http/openapi/openapi.js';
import { RateLimited } from '../../rate-limit/index.js';
import { Authenticated } from '../access.js';
import { isByCookie, SessionCookies } from '../session-cookies.js';
import { AccountDeletion } from './account-deletion.js';

@ApiTags('Accounts')
@Authenticated()
@RateLimited('status', 'user')
@Controller('me')
export class AccountDeletionController {
  constructor(
    private readonly deletion: AccountDeletion,
    private readonly cookies: SessionCookies,
  ) {}

  @Delete()
  @HttpCode(204)
  @ApiOperation({
    operationId: 'deleteAccount',
    summary: 'Delete your account',
    description:
      'Requires a login within the last 10 minutes. Name, e-mail, phone number and password are deleted, and all sessions end. ' +
      'Claims and the audit log stay, under an id that no longer leads to a person: a claimed voucher can still be redeemed by its ' +
      'code, but nobody can look it up any more. The last owner of a merchant and the last administrator are refused.',
  })
  @Answers(204, 'Deleted')
  @Refuses('forbidden', 'login_again', 'last_owner', 'dependency_unavailable')
  async delete(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    await this.deletion.delete();
    if (isByCookie(request)) this.cookies.clear(reply);
  }
}
