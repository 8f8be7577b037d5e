import { Controller, Delete, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Authenticated, currentActor, TakesTestShoppers } from '../../auth/index.js';
import { idempotencyHeader } from '../../http/idempotency/idempotency.js';
import { AcceptsIdempotencyKey, Answers, Refuses } from '../../http/openapi/openapi.js';
import { listBody, type ListBody } from '../../http/validation/validation.js';
import { PRIVATE } from '../../http/private-answers.js';
import { RateLimited } from '../../rate-limit/index.js';
import { claimSchema, type ClaimBody } from '../read/claim.dto.js';
import { acceptedHeaders } from '../read/claim.presenter.js';
import {
  waitingEntryBody,
  waitingEntryListSchema,
  waitingEntrySchema,
  type WaitingEntryBody,
} from './waiting-list.dto.js';
import { WaitingListService } from './waiting-list.service.js';

@ApiTags('Waiting list')
@Controller('me/waiting-list')
export class OwnWaitingListController {
  constructor(private readonly list: WaitingListService) {}

  @Get()
  @RateLimited('status', 'user')
  @Authenticated()
  @TakesTestShoppers()
  @ApiOperation({
    operationId: 'listWaitingListEntries',
    summary: 'List your places on waiting lists',
    description: 'Where you wait or have an offer, the newest first. At most 100.',
  })
  @Answers(200, 'Your places', waitingEntryListSchema)
  async mine(@Res({ passthrough: true }) reply: FastifyReply): Promise<ListBody<WaitingEntryBody>> {
    void reply.header('cache-control', PRIVATE);
    const places = await this.list.list(currentActor().userId);
    return listBody('/v1/me/waiting-list', places.length, places.map(waitingEntryBody));
  }
}

@ApiTags('Waiting list')
@Controller('vouchers/:id/waiting-list')
export class WaitingListController {
  constructor(private readonly list: WaitingListService) {}

  @Post()
  @HttpCode(200)
  @RateLimited('write', 'user')
  @Authenticated()
  @TakesTestShoppers()
  @ApiOperation({
    operationId: 'joinWaitingList',
    summary: 'Join the waiting list',
    description:
      'Units that return or are added are offered to those who wait, in order, for a while each. From the answer on, nobody who is ' +
      'not on the list gets a unit before you. If you have a place already, you keep it.',
  })
  @ApiParam({ name: 'id', example: 'vch_01k9z3v8f0abcdef' })
  @Answers(200, 'Your place', waitingEntrySchema)
  @Refuses('not_found', 'not_sold_out', 'paused', 'voucher_ended', 'claim_limit_reached')
  @Refuses('not_eligible')
  @Refuses('email_unverified', 'phone_unverified', 'one_per_person')
  @Refuses('gate_recovering', 'dependency_unavailable')
  async join(
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WaitingEntryBody> {
    void reply.header('cache-control', PRIVATE);
    return waitingEntryBody(await this.list.join(currentActor().userId, id));
  }

  @Get()
  @RateLimited('status', 'user')
  @Authenticated()
  @TakesTestShoppers()
  @ApiOperation({
    operationId: 'getWaitingListEntry',
    summary: 'Get your place on the waiting list',
    description: 'With your position while you wait, and until when an offer can be accepted.',
  })
  @ApiParam({ name: 'id', example: 'vch_01k9z3v8f0abcdef' })
  @Answers(200, 'Your last place', waitingEntrySchema)
  @Refuses('not_found')
  async find(
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WaitingEntryBody> {
    void reply.header('cache-control', PRIVATE);
    return waitingEntryBody(await this.list.find(currentActor().userId, id));
  }

  @Delete()
  @HttpCode(204)
  @RateLimited('write', 'user')
  @Authenticated()
  @TakesTestShoppers()
  @ApiOperation({
    operationId: 'leaveWaitingList',
    summary: 'Leave the waiting list',
    description: 'If you hold an offer, it goes to the next person.',
  })
  @ApiParam({ name: 'id', example: 'vch_01k9z3v8f0abcdef' })
  @Answers(204, 'You are no longer waiting')
  @Refuses('not_found', 'gate_recovering')
  async leave(@Param('id') id: string): Promise<void> {
    await this.list.leave(currentActor().userId, id);
  }

  @Post('accept')
  @HttpCode(202)
  @Authenticated()
  @TakesTestShoppers()
  @AcceptsIdempotencyKey()
  @ApiOperation({
    operationId: 'acceptOffer',
    summary: 'Accept an offer',
    description: 'Claims the unit that was offered to you.',
  })
  @ApiParam({ name: 'id', example: 'vch_01k9z3v8f0abcdef' })
  @Answers(202, 'A unit is reserved for you', claimSchema, { Location: 'Where to read the status.' })
  @Refuses('no_offer', 'offer_expired', 'claim_limit_reached', 'paused', 'voucher_ended', 'rate_limited')
  @Refuses('not_eligible')
  @Refuses('email_unverified', 'phone_unverified', 'one_per_person')
  @Refuses(
    'validation_failed',
    'idempotency_key_reused',
    'overloaded',
    'gate_recovering',
    'claim_unconfirmed',
  )
  async accept(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ClaimBody> {
    const accepted = await this.list.accept(currentActor().userId, id, idempotencyHeader(request));
    void reply.headers(acceptedHeaders(accepted));
    return accepted.claim;
  }

  @Post('decline')
  @HttpCode(200)
  @RateLimited('write', 'user')
  @Authenticated()
  @TakesTestShoppers()
  @ApiOperation({
    operationId: 'declineOffer',
    summary: 'Decline an offer',
    description: 'It goes to the next person.',
  })
  @ApiParam({ name: 'id', example: 'vch_01k9z3v8f0abcdef' })
  @Answers(200, 'Your place, which you gave up', waitingEntrySchema)
  @Refuses('no_offer', 'offer_expired', 'gate_recovering')
  async decline(
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WaitingEntryBody> {
    void reply.header('cache-control', PRIVATE);
    return waitingEntryBody(await this.list.decline(currentActor().userId, id));
  }
}
