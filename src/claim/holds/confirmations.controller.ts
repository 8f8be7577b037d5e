import { Controller, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Authenticated, currentActor, TakesApiKey, TakesTestShoppers } from '../../auth/index.js';
import { Idempotent } from '../../http/idempotency/idempotency.js';
import { Answers, Refuses } from '../../http/openapi/openapi.js';
import { PRIVATE } from '../../http/private-answers.js';
import { RateLimited } from '../../rate-limit/index.js';
import { claimSchema, type ClaimBody } from '../read/claim.dto.js';
import { HolderClaims } from '../read/holder-claims.js';
import { Confirmations } from './confirmations.js';

@ApiTags('Claims')
@RateLimited('write', 'user')
@Controller()
export class ConfirmationsController {
  constructor(
    private readonly confirmations: Confirmations,
    private readonly holders: HolderClaims,
  ) {}

  @Post('claims/:id/confirm')
  @HttpCode(200)
  @TakesApiKey('claims:write')
  @Authenticated()
  @TakesTestShoppers()
  @Idempotent()
  @ApiOperation({
    operationId: 'confirmClaim',
    summary: 'Confirm a held claim',
    description:
      'Makes it `issued`, until its `confirm_until`; after that its unit is returned automatically. The holder or the staff of the ' +
      'merchant (owner, editor, cashier) may do this, as `confirm_by` of the voucher says. Only the holder sees the code.',
  })
  @ApiParam({ name: 'id', example: 'clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3' })
  @Answers(200, 'The claim, issued', claimSchema)
  @Refuses('forbidden', 'not_found', 'not_confirmable', 'confirm_expired')
  async confirm(
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ClaimBody> {
    void reply.header('cache-control', PRIVATE);
    return this.holders.dress(await this.confirmations.confirm(currentActor(), id));
  }
}
