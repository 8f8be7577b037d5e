import { Body, Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ForAdmin } from '../auth/index.js';
import { languageOf } from '../http/language.js';
import { Answers, Refuses } from '../http/openapi/openapi.js';
import { listBody, type ListBody } from '../http/validation/validation.js';
import { RateLimited } from '../rate-limit/index.js';
import {
  accountsQuery,
  adminUserAnswer,
  adminUserBody,
  adminUserList,
  adminReasonRequest,
  type AccountsQuery,
  type AdminUserAnswer,
  type AdminReasonRequest,
} from './accounts.dto.js';
import { AdminAccounts, FOUND_MAX } from './accounts.service.js';

const ID = { name: 'id', example: 'usr_01k9z3v8f0abcdef' };

@ApiTags('Administration')
@Controller('admin/users')
export class AdminUsersController {
  constructor(private readonly accounts: AdminAccounts) {}

  @Get()
  @RateLimited('status', 'user')
  @ForAdmin()
  @ApiOperation({
    operationId: 'searchUsers',
    summary: 'Find users',
    description:
      'By id, a whole e-mail or phone number in whatever spelling, or how the name begins. At most 50, the newest first. With `has_more`, narrow the search.',
  })
  @Answers(200, 'The accounts that match', adminUserList)
  @Refuses('validation_failed', 'overloaded', 'dependency_unavailable')
  async search(@Query({ schema: accountsQuery }) { q }: AccountsQuery): Promise<ListBody<AdminUserAnswer>> {
    const found = await this.accounts.users(q);
    return listBody('/v1/admin/users', FOUND_MAX, found.map(adminUserBody));
  }

  @Get(':id')
  @RateLimited('status', 'user')
  @ForAdmin()
  @ApiOperation({
    operationId: 'getAdminUser',
    summary: 'Get a user',
    description: 'With who disabled it, and why.',
  })
  @ApiParam(ID)
  @Answers(200, 'The user', adminUserAnswer)
  @Refuses('not_found', 'overloaded', 'dependency_unavailable')
  async find(@Param('id') id: string): Promise<AdminUserAnswer> {
    return adminUserBody(await this.accounts.user(id));
  }

  @Post(':id/disable')
  @HttpCode(200)
  @RateLimited('write', 'user')
  @ForAdmin()
  @ApiOperation({
    operationId: 'disableUser',
    summary: 'Disable a user',
    description:
      'Ends all its sessions: its tokens are refused and its streams end on all instances within a second, and nobody logs in with it. ' +
      'What it holds stays. Doing it again changes nothing, and ends sessions that an earlier attempt could not end. Not yourself.',
  })
  @ApiParam(ID)
  @Answers(200, 'The user afterwards', adminUserAnswer)
  @Refuses('malformed_json', 'validation_failed', 'not_found', 'last_owner')
  @Refuses('overloaded', 'dependency_unavailable')
  async disable(
    @Param('id') id: string,
    @Body({ schema: adminReasonRequest }) { reason }: AdminReasonRequest,
  ): Promise<AdminUserAnswer> {
    return adminUserBody(await this.accounts.disableUser(id, reason));
  }

  @Post(':id/enable')
  @HttpCode(200)
  @RateLimited('write', 'user')
  @ForAdmin()
  @ApiOperation({
    operationId: 'enableUser',
    summary: 'Enable a user',
    description: 'Logins work again. Where it was not disabled, nothing changes.',
  })
  @ApiParam(ID)
  @Answers(200, 'The user afterwards', adminUserAnswer)
  @Refuses('malformed_json', 'validation_failed', 'not_found')
  @Refuses('overloaded', 'dependency_unavailable')
  async enable(
    @Param('id') id: string,
    @Body({ schema: adminReasonRequest }) { reason }: AdminReasonRequest,
  ): Promise<AdminUserAnswer> {
    return adminUserBody(await this.accounts.enableUser(id, reason));
  }

  @Post(':id/password-reset')
  @HttpCode(202)
  @RateLimited('write', 'user')
  @ForAdmin()
  @ApiOperation({
    operationId: 'sendPasswordReset',
    summary: 'Mail a user a link for a new password',
    description:
      'For somebody who cannot get in and asks for help. The link goes to the address of the account alone, is valid for 30 minutes, ' +
      'once, and is in the language that the user chose, or else of `Accept-Language`. Until it is used, nothing changes.',
  })
  @ApiParam(ID)
  @Answers(202, 'The mail is on its way to this user', adminUserAnswer)
  @Refuses('malformed_json', 'validation_failed', 'not_found', 'too_many_mails', 'mail_unavailable')
  @Refuses('overloaded', 'dependency_unavailable')
  async sendPasswordReset(
    @Param('id') id: string,
    @Body({ schema: adminReasonRequest }) { reason }: AdminReasonRequest,
    @Req() request: FastifyRequest,
  ): Promise<AdminUserAnswer> {
    const language = languageOf(request.headers);
    return adminUserBody(await this.accounts.sendPasswordReset(id, reason, language));
  }
}
