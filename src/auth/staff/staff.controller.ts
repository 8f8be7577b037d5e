import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Query,
  Req,
  Res,
  UseInterceptors,
} from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Clock } from '../../common/clock.js';
import { Idempotent } from '../../http/idempotency/idempotency.js';
import { languageOf } from '../../http/language.js';
import { Answers, Refuses } from '../../http/openapi/openapi.js';
import { pageBody, type ListBody } from '../../http/validation/validation.js';
import { PRIVATE } from '../../http/private-answers.js';
import { RateLimited } from '../../rate-limit/index.js';
import { Authenticated, currentMerchant, ForMerchant } from '../access.js';
import { sessionResult, type SessionAnswer } from '../schemas.js';
import { SessionCookieInterceptor } from '../session-cookie.interceptor.js';
import {
  invitationAnswer,
  invitationBody,
  invitationListAnswer,
  invitationOf,
  invitationPreviewAnswer,
  invitationTokenBody,
  memberAnswer,
  memberBody,
  memberListAnswer,
  memberOf,
  previewOf,
  staffQuery,
  type InvitationBody,
  type InvitationPreviewBody,
  type InvitationRequest,
  type InvitationTokenRequest,
  type MemberBody,
  type MemberRequest,
  type StaffQuery,
} from './staff.dto.js';
import { Staff } from './staff.service.js';

const INVITATION_ID = { name: 'id', example: 'inv_01k9z3v8f0abcdef' };
const USER_ID = { name: 'id', example: 'usr_01k9z3v8f0abcdef' };

@ApiTags('Staff')
@UseInterceptors(SessionCookieInterceptor)
@Controller('staff-invitations')
export class StaffInvitationsController {
  constructor(
    private readonly staff: Staff,
    private readonly clock: Clock,
  ) {}

  @Post()
  @HttpCode(201)
  @RateLimited('write', 'user')
  @ForMerchant('owner')
  @Idempotent()
  @ApiOperation({
    operationId: 'inviteStaff',
    summary: 'Invite a staff member',
    description:
      'Mails a link that is good for 7 days, once, for the account of that address alone. Inviting an address again withdraws the ' +
      'invitation before. The mail is in the language of `Accept-Language` and does not name you; the page behind the link does.',
  })
  @Answers(201, 'A mail is on its way', invitationAnswer)
  @Refuses('malformed_json', 'validation_failed', 'too_many_mails', 'too_many_invitations')
  @Refuses('mail_unavailable', 'overloaded', 'dependency_unavailable')
  async invite(
    @Body({ schema: invitationBody }) { email, role }: InvitationRequest,
    @Req() request: FastifyRequest,
  ): Promise<InvitationBody> {
    const language = languageOf(request.headers);
    const invitation = await this.staff.invite(currentMerchant(), role, email, language);
    return invitationOf(invitation, this.clock.now());
  }

  @Get()
  @RateLimited('status', 'user')
  @ForMerchant('owner')
  @ApiOperation({
    operationId: 'listStaffInvitations',
    summary: 'List invitations, newest first',
    description: 'Those that were accepted, withdrawn or have expired too, for a month.',
  })
  @Answers(200, 'A page of invitations', invitationListAnswer, { 'Cache-Control': PRIVATE })
  @Refuses('validation_failed', 'dependency_unavailable')
  async list(
    @Query({ schema: staffQuery }) query: StaffQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListBody<InvitationBody>> {
    const rows = await this.staff.invitations(currentMerchant(), pageOf(query));
    const now = this.clock.now();
    void reply.header('cache-control', PRIVATE);
    return pageBody(
      '/v1/staff-invitations',
      query,
      rows.map((row) => invitationOf(row, now)),
    );
  }

  @Delete(':id')
  @HttpCode(204)
  @RateLimited('write', 'user')
  @ForMerchant('owner')
  @ApiOperation({
    operationId: 'withdrawStaffInvitation',
    summary: 'Withdraw an invitation',
    description:
      'Its link stops working. Remove somebody who has already accepted with `DELETE /v1/staff/{id}`.',
  })
  @ApiParam(INVITATION_ID)
  @Answers(204, 'Withdrawn')
  @Refuses('not_found', 'overloaded', 'dependency_unavailable')
  async withdraw(@Param('id') id: string): Promise<void> {
    await this.staff.withdraw(currentMerchant(), id);
  }

  @Post('preview')
  @HttpCode(200)
  @RateLimited('login', 'address')
  @ApiOperation({
    operationId: 'previewStaffInvitation',
    summary: 'Get an invitation by its link',
    description: 'Who sent it, and for which role. It needs no account, and changes nothing.',
  })
  @Answers(200, 'The invitation', invitationPreviewAnswer, { 'Cache-Control': PRIVATE })
  @Refuses('malformed_json', 'validation_failed', 'invalid_link', 'overloaded', 'dependency_unavailable')
  async preview(
    @Body({ schema: invitationTokenBody }) { token }: InvitationTokenRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InvitationPreviewBody> {
    void reply.header('cache-control', PRIVATE);
    return previewOf(await this.staff.look(token));
  }

  @Post('accept')
  @HttpCode(200)
  @RateLimited('write', 'user')
  @Authenticated()
  @ApiOperation({
    operationId: 'acceptStaffInvitation',
    summary: 'Accept an invitation by its link',
    description:
      'Your account, with all that it holds, works for the merchant from now on; it must have the address that was invited. The ' +
      'answer is a session that takes the place of this one.',
  })
  @Answers(200, 'Logged in anew, with the role', sessionResult)
  @Refuses('malformed_json', 'validation_failed', 'invalid_link', 'invitation_for_another')
  @Refuses('already_merchant', 'account_disabled', 'overloaded', 'dependency_unavailable')
  accept(@Body({ schema: invitationTokenBody }) { token }: InvitationTokenRequest): Promise<SessionAnswer> {
    return this.staff.accept(token);
  }
}

@ApiTags('Staff')
@RateLimited('write', 'user')
@UseInterceptors(SessionCookieInterceptor)
@Controller('staff')
export class StaffController {
  constructor(private readonly staff: Staff) {}

  @Get()
  @RateLimited('status', 'user')
  @ForMerchant('owner')
  @ApiOperation({
    operationId: 'listStaff',
    summary: 'List the staff of your merchant',
    description: 'The owner too. The latest account first.',
  })
  @Answers(200, 'A page of people', memberListAnswer, { 'Cache-Control': PRIVATE })
  @Refuses('validation_failed', 'dependency_unavailable')
  async list(
    @Query({ schema: staffQuery }) query: StaffQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListBody<MemberBody>> {
    const rows = await this.staff.members(currentMerchant(), pageOf(query));
    void reply.header('cache-control', PRIVATE);
    return pageBody('/v1/staff', query, rows.map(memberOf));
  }

  @Patch(':id')
  @ForMerchant('owner')
  @ApiOperation({
    operationId: 'updateStaffMember',
    summary: 'Change the role of a staff member',
    description: 'Their sessions end on all instances within a second; the next login has the new role.',
  })
  @ApiParam(USER_ID)
  @Answers(200, 'The person, with the new role', memberAnswer)
  @Refuses('malformed_json', 'validation_failed', 'not_found', 'last_owner')
  @Refuses('overloaded', 'dependency_unavailable')
  async change(
    @Param('id') id: string,
    @Body({ schema: memberBody }) { role }: MemberRequest,
  ): Promise<MemberBody> {
    return memberOf(await this.staff.changeRole(currentMerchant(), id, role));
  }

  @Delete(':id')
  @HttpCode(204)
  @ForMerchant('owner', 'editor', 'cashier')
  @ApiOperation({
    operationId: 'removeStaffMember',
    summary: 'Remove a staff member, or leave',
    description:
      'The account stays, as a shopper’s. Its sessions end on all instances within a second. An owner can remove ' +
      'anyone else; everyone but an owner can leave.',
  })
  @ApiParam(USER_ID)
  @Answers(204, 'Removed')
  @Refuses('not_found', 'last_owner', 'overloaded', 'dependency_unavailable')
  async remove(@Param('id') id: string): Promise<void> {
    await this.staff.remove(currentMerchant(), id);
  }

  @Post(':id/hand-over')
  @HttpCode(200)
  @ForMerchant('owner')
  @ApiOperation({
    operationId: 'handOverMerchant',
    summary: 'Transfer ownership of your merchant',
    description:
      'Needs a login of the last 10 minutes. You are an editor afterwards; the answer is a session that takes the place of yours. ' +
      'API keys go on: the new owner rotates them where you know their secrets.',
  })
  @ApiParam(USER_ID)
  @Answers(200, 'Logged in anew, as an editor', sessionResult)
  @Refuses('login_again', 'not_found', 'last_owner', 'overloaded', 'dependency_unavailable')
  handOver(@Param('id') id: string): Promise<SessionAnswer> {
    return this.staff.handOver(currentMerchant(), id);
  }
}

const pageOf = ({ limit, starting_after: after, ending_before: before }: StaffQuery) => ({
  limit,
  after,
  before,
});
