import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { currentMerchant, ForMerchant, TakesApiKey } from '../auth/index.js';
import { Idempotent } from '../http/idempotency/idempotency.js';
import { Answers, Refuses } from '../http/openapi/openapi.js';
import { listBody, type ListBody } from '../http/validation/validation.js';
import { PRIVATE } from '../http/private-answers.js';
import { RateLimited } from '../rate-limit/index.js';
import {
  previewAnswer,
  previewQuery,
  redeemBody,
  redemptionAnswer,
  redemptionListAnswer,
  redemptionsQuery,
  REFUSALS,
  rollbackBody,
  type PreviewBody,
  type PreviewQuery,
  type RedeemBody,
  type RedemptionBody,
  type RedemptionsQuery,
  type RollbackBody,
} from './redemption.dto.js';
import { RedemptionPresenter } from './redemption.presenter.js';
import { Redemptions } from './redemption.service.js';

/** People's data: for nobody else, and kept nowhere on the way. */
const timeOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Date.parse(text);

@ApiTags('Redemptions')
@RateLimited('redemption', 'user')
@Controller('redemptions')
export class RedemptionController {
  constructor(
    private readonly redemptions: Redemptions,
    private readonly presenter: RedemptionPresenter,
  ) {}

  @Post()
  @HttpCode(201)
  @TakesApiKey('redemptions:write')
  @ForMerchant('owner', 'editor', 'cashier')
  @Idempotent()
  @ApiOperation({
    operationId: 'redeemClaim',
    summary: 'Redeem a claim',
    description:
      'By its code, as it was scanned or typed, or by its id. If several cashiers send the same code, one redeems it; the others ' +
      'are told when and where it was used. A claim on another merchant’s voucher is a 404.',
  })
  @Answers(201, 'Redeemed', redemptionAnswer, { 'Cache-Control': PRIVATE })
  @Refuses('malformed_json', 'validation_failed', 'idempotency_in_progress', 'idempotency_key_reused')
  @Refuses('not_found', ...REFUSALS)
  @Refuses('overloaded', 'dependency_unavailable')
  async redeem(
    @Body({ schema: redeemBody }) { location, ...named }: RedeemBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RedemptionBody> {
    void reply.header('cache-control', PRIVATE);
    return this.presenter.one(await this.redemptions.redeem(currentMerchant(), named, location ?? null));
  }

  @Get('preview')
  @TakesApiKey('redemptions:read')
  @ForMerchant('owner', 'editor', 'cashier')
  @ApiOperation({
    operationId: 'previewRedemption',
    summary: 'Look up a claim before redeeming it',
    description: 'Says what a redemption would be answered now, and changes nothing.',
  })
  @Answers(200, 'The claim, and whether it can be redeemed', previewAnswer, { 'Cache-Control': PRIVATE })
  @Refuses('not_found', 'validation_failed', 'dependency_unavailable')
  async preview(
    @Query({ schema: previewQuery }) named: PreviewQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PreviewBody> {
    void reply.header('cache-control', PRIVATE);
    return this.presenter.preview(await this.redemptions.look(currentMerchant(), named));
  }

  @Get()
  @RateLimited('status', 'user')
  @TakesApiKey('redemptions:read')
  @ForMerchant('owner', 'editor', 'cashier')
  @ApiOperation({
    operationId: 'listRedemptions',
    summary: 'List redemptions, newest first',
    description: 'All of your merchant’s, or of one cashier; those that were rolled back too.',
  })
  @Answers(200, 'A page of redemptions', redemptionListAnswer, { 'Cache-Control': PRIVATE })
  @Refuses('validation_failed', 'dependency_unavailable')
  async list(
    @Query({ schema: redemptionsQuery }) query: RedemptionsQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListBody<RedemptionBody>> {
    const { merchantId, userId } = currentMerchant();
    const { views, hasMore } = await this.redemptions.list({
      merchantId,
      since: timeOf(query.since),
      until: timeOf(query.until),
      byUser: query.by === 'me' ? userId : undefined,
      limit: query.limit,
      after: query.starting_after,
      before: query.ending_before,
    });
    void reply.header('cache-control', PRIVATE);
    const data = await this.presenter.many(views);
    return { ...listBody('/v1/redemptions', query.limit, data), has_more: hasMore };
  }

  @Post(':id/rollback')
  @HttpCode(200)
  @TakesApiKey('redemptions:write')
  @ForMerchant('owner', 'editor', 'cashier')
  @Idempotent()
  @ApiOperation({
    operationId: 'rollbackRedemption',
    summary: 'Roll back a redemption',
    description:
      'Within `rollback_within_s` of the voucher. The claim is issued again, and can be redeemed once more.',
  })
  @ApiParam({ name: 'id', example: 'rdm_01k9z3v8f0abcdef' })
  @Answers(200, 'The redemption, rolled back', redemptionAnswer, { 'Cache-Control': PRIVATE })
  @Refuses('malformed_json', 'validation_failed', 'idempotency_in_progress', 'idempotency_key_reused')
  @Refuses('not_found', 'rollback_too_late', 'already_rolled_back')
  @Refuses('overloaded', 'dependency_unavailable')
  async rollBack(
    @Param('id') id: string,
    @Body({ schema: rollbackBody }) { reason }: RollbackBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RedemptionBody> {
    void reply.header('cache-control', PRIVATE);
    return this.presenter.one(await this.redemptions.rollBack(currentMerchant(), id, reason));
  }
}
