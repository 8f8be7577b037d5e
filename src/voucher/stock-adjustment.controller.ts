import { Body, Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { currentMerchant, ForMerchant, TakesApiKey } from '../auth/index.js';
import { Idempotent, idempotencyKeyOf } from '../http/idempotency/idempotency.js';
import { Answers, Refuses } from '../http/openapi/openapi.js';
import { RateLimited } from '../rate-limit/index.js';
import { StockAdjustments } from './stock-adjustments.service.js';
import { stockAdjustmentBody, type StockAdjustmentBody } from './stock-adjustment.dto.js';
import { voucherAnswer, type VoucherAnswer } from './voucher.dto.js';
import { voucherBody } from './voucher.view.js';

@ApiTags('Vouchers of a merchant')
@RateLimited('write', 'user')
@Controller()
export class StockAdjustmentController {
  constructor(private readonly adjustments: StockAdjustments) {}

  @Post('vouchers/:id/stock-adjustments')
  @HttpCode(200)
  @TakesApiKey('vouchers:write')
  @ForMerchant('owner', 'editor')
  @Idempotent()
  @ApiOperation({
    operationId: 'adjustStock',
    summary: 'Adjust stock',
    description:
      'While the voucher is scheduled, live or paused, and claims go on. Never below what is committed: then nothing is taken ' +
      'away. Send an `Idempotency-Key`: a repeated request then counts once, whatever happened to the first.',
  })
  @ApiParam({ name: 'id', example: 'vch_01k9z3v8f0abcdef' })
  @Answers(200, 'The voucher as it is now', voucherAnswer, {
    ETag: 'Version of the object; send it back in `If-Match`.',
  })
  @Refuses('malformed_json', 'not_found', 'validation_failed', 'idempotency_key_reused')
  @Refuses('invalid_transition', 'stock_below_committed', 'idempotency_in_progress')
  @Refuses('overloaded', 'gate_recovering', 'dependency_unavailable')
  async adjust(
    @Param('id') id: string,
    @Body({ schema: stockAdjustmentBody }) body: StockAdjustmentBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<VoucherAnswer> {
    const view = await this.adjustments.adjust(currentMerchant(), id, body, idempotencyKeyOf(request));
    void reply.header('etag', view.etag);
    return voucherBody(view);
  }
}
