import { Body, Controller, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import {
  Authenticated,
  currentActor,
  currentMerchant,
  ForMerchant,
  TakesApiKey,
  TakesTestShoppers,
} from '../../auth/index.js';
import { Idempotent } from '../../http/idempotency/idempotency.js';
import { Answers, Refuses } from '../../http/openapi/openapi.js';
import { listBody, listSchema, type ListBody } from '../../http/validation/validation.js';
import { PRIVATE } from '../../http/private-answers.js';
import { RateLimited } from '../../rate-limit/index.js';
import { VoucherCatalogue } from '../../voucher/index.js';
import { claimSchema, type ClaimBody } from '../read/claim.dto.js';
import { HolderClaims } from '../read/holder-claims.js';
import { BulkCancellations } from './bulk-cancellations.js';
import {
  cancelBody,
  cancellationAnswer,
  cancellationBody,
  cancellationSchema,
  type CancelBody,
  type CancellationAnswer,
  type CancellationBody,
} from './cancellation.dto.js';
import { Cancellations } from './cancellations.js';

const LATEST = 20;

@ApiTags('Cancellations')
@RateLimited('write', 'user')
@Controller()
export class CancellationsController {
  constructor(
    private readonly cancellations: Cancellations,
    private readonly holders: HolderClaims,
    private readonly bulk: BulkCancellations,
    private readonly vouchers: VoucherCatalogue,
  ) {}

  @Post('claims/:id/cancel')
  @HttpCode(200)
  @TakesApiKey('claims:write')
  @Authenticated()
  @TakesTestShoppers()
  @Idempotent()
  @ApiOperation({
    operationId: 'cancelClaim',
    summary: 'Cancel a claim',
    description:
      'Of a claim that is `issued` or `held`: by its holder until `cancellable_until` of the voucher, or by the merchant (owner, editor) ' +
      'with a reason. The unit goes back to the stock of a voucher that still runs, and the user may claim again.',
  })
  @ApiParam({ name: 'id', example: 'clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3' })
  @Answers(200, 'The claim, cancelled', claimSchema)
  @Refuses('forbidden', 'not_found', 'not_cancellable', 'validation_failed', 'gate_recovering')
  async cancel(
    @Param('id') id: string,
    @Body({ schema: cancelBody }) body: CancelBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ClaimBody> {
    void reply.header('cache-control', PRIVATE);
    return this.holders.dress(await this.cancellations.cancel(currentActor(), id, body?.reason));
  }

  @Post('vouchers/:id/cancellations')
  @HttpCode(202)
  @TakesApiKey('claims:write')
  @ForMerchant('owner', 'editor')
  @Idempotent()
  @ApiOperation({
    operationId: 'createCancellation',
    summary: 'Cancel many claims',
    description:
      'Those named, or all that are issued or held and match the filter at this moment. Runs in the background; read its progress at `Location`.',
  })
  @ApiParam({ name: 'id', example: 'vch_01k9z3v8f0abcdef' })
  @Answers(202, 'The cancellation, which has started', cancellationSchema, {
    Location: 'Where to read its progress.',
  })
  @Refuses('not_found', 'validation_failed')
  async begin(
    @Param('id') id: string,
    @Body({ schema: cancellationBody }) body: CancellationBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CancellationAnswer> {
    await this.vouchers.own(currentMerchant(), id);
    const row = await this.bulk.begin(currentMerchant(), id, body);
    void reply.header('location', `/v1/vouchers/${id}/cancellations/${row.id}`);
    return cancellationAnswer(row);
  }

  @Get('vouchers/:id/cancellations')
  @RateLimited('status', 'user')
  @TakesApiKey('claims:read')
  @ForMerchant('owner', 'editor')
  @ApiOperation({
    operationId: 'listCancellations',
    summary: 'List recent bulk cancellations',
    description: `The last ${LATEST} of the voucher, newest first.`,
  })
  @ApiParam({ name: 'id', example: 'vch_01k9z3v8f0abcdef' })
  @Answers(
    200,
    'Newest first',
    listSchema(cancellationSchema, '/v1/vouchers/vch_01k9z3v8f0abcdef/cancellations'),
  )
  @Refuses('not_found')
  async latest(@Param('id') id: string): Promise<ListBody<CancellationAnswer>> {
    await this.vouchers.own(currentMerchant(), id);
    const rows = await this.bulk.latest(id, LATEST);
    return listBody(`/v1/vouchers/${id}/cancellations`, LATEST, rows.map(cancellationAnswer));
  }

  @Get('vouchers/:id/cancellations/:cancellation')
  @RateLimited('status', 'user')
  @TakesApiKey('claims:read')
  @ForMerchant('owner', 'editor')
  @ApiOperation({
    operationId: 'getCancellation',
    summary: 'Get the progress of a bulk cancellation',
    description: 'A cancellation that is `done` no longer changes.',
  })
  @ApiParam({ name: 'id', example: 'vch_01k9z3v8f0abcdef' })
  @ApiParam({ name: 'cancellation', example: 'can_01k9z3v8f0abcdef' })
  @Answers(200, 'The cancellation', cancellationSchema)
  @Refuses('not_found')
  async find(
    @Param('id') id: string,
    @Param('cancellation') cancellation: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CancellationAnswer> {
    await this.vouchers.own(currentMerchant(), id);
    void reply.header('cache-control', PRIVATE);
    return cancellationAnswer(await this.bulk.find(id, cancellation));
  }
}
