import { Body, Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { currentMerchant, ForMerchant, TakesApiKey } from '../../auth/index.js';
import { Idempotent } from '../../http/idempotency/idempotency.js';
import { Answers, Refuses } from '../../http/openapi/openapi.js';
import { RateLimited } from '../../rate-limit/index.js';
import { VoucherCommands } from '../voucher-commands.js';
import {
  createManyAnswer,
  createManyBody,
  type CreateManyAnswer,
  type CreateManyBody,
} from './bulk-vouchers.dto.js';

@ApiTags('Vouchers of a merchant')
@RateLimited('write', 'user')
@Controller()
export class BulkVouchersController {
  constructor(private readonly service: VoucherCommands) {}

  @Post('merchants/me/vouchers')
  @TakesApiKey('vouchers:write')
  @ForMerchant('owner', 'editor')
  @Idempotent()
  @ApiOperation({
    operationId: 'createVouchers',
    summary: 'Create many drafts at once',
    description:
      'All of them, or none: where one is not valid, `errors` names it by its place, such as `/vouchers/3/closes_at`, and nothing ' +
      'is stored. Send an `Idempotency-Key`, so that a repeated request does not create them twice. The body may have 64 KiB ' +
      'unless the installation says otherwise.',
  })
  @Answers(201, 'The ids of the drafts', createManyAnswer)
  @Refuses(
    'malformed_json',
    'validation_failed',
    'idempotency_in_progress',
    'idempotency_key_reused',
    'overloaded',
    'dependency_unavailable',
  )
  async create(@Body({ schema: createManyBody }) body: CreateManyBody): Promise<CreateManyAnswer> {
    const ids = await this.service.createMany(currentMerchant(), body.vouchers);
    return { object: 'voucher_creation', voucher_ids: [...ids] };
  }
}
