import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Authenticated, currentActor, TakesTestShoppers } from '../../auth/index.js';
import { idempotencyHeader } from '../../http/idempotency/idempotency.js';
import { AcceptsIdempotencyKey, Answers, Refuses } from '../../http/openapi/openapi.js';
import { Problem } from '../../common/problems.js';
import type { ListBody } from '../../http/validation/validation.js';
import { PRIVATE } from '../../http/private-answers.js';
import { WithoutContext } from '../../http/route-config.js';
import { RateLimited } from '../../rate-limit/index.js';
import { attemptByRoute } from '../admission/claim-attempt.js';
import { ProtectedVouchers } from '../admission/protected-vouchers.js';
import { acceptedHeaders } from '../read/claim.presenter.js';
import { ClaimService } from '../accept/claim.service.js';
import { HolderClaims } from '../read/holder-claims.js';
import {
  claimListSchema,
  claimRequest,
  claimSchema,
  claimsQuery,
  type ClaimBody,
  type ClaimsQuery,
} from '../read/claim.dto.js';

@ApiTags('Claims')
@Controller()
export class ClaimController {
  constructor(
    private readonly vouchers: ProtectedVouchers,
    private readonly claims: ClaimService,
    private readonly holders: HolderClaims,
  ) {}

  @Post('vouchers/:id/claims')
  @HttpCode(202)
  @Authenticated()
  @TakesTestShoppers()
  @AcceptsIdempotencyKey()
  @ApiOperation({
    operationId: 'claimVoucher',
    summary: 'Claim one unit',
    description:
      'Decided at once, first come, first served. `202` means that a unit is yours and is being issued: follow `Location` ' +
      'until the status is `issued`, then the claim has its `code`. A refusal has changed nothing. A voucher with ' +
      '`protection` is claimed through a claim link.',
  })
  @Answers(202, 'A unit is reserved for you', claimSchema, { Location: 'Where to read the status.' })
  @Refuses('validation_failed', 'idempotency_key_reused')
  @Refuses('challenge_required', 'not_eligible')
  @Refuses('email_unverified', 'phone_unverified', 'one_per_person')
  @Refuses('not_found', 'voucher_ended')
  @Refuses('not_started', 'paused', 'sold_out', 'claim_limit_reached')
  @Refuses('rate_limited')
  @Refuses('overloaded', 'gate_recovering', 'claim_unconfirmed')
  async claim(
    @Param('id') voucherId: string,
    @Body({ schema: claimRequest }) _body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ClaimBody> {
    const protection = await this.vouchers.protectionOf(voucherId);
    const idempotencyKey = idempotencyHeader(request);
    const attempt = attemptByRoute({ actor: currentActor(), voucherId, idempotencyKey, protection });
    const accepted = await this.claims.claim(attempt);
    void reply.headers(acceptedHeaders(accepted));
    return accepted.claim;
  }

  @Get('claims/:id')
  @WithoutContext()
  @RateLimited('status', 'user')
  @Authenticated()
  @TakesTestShoppers()
  @ApiOperation({
    operationId: 'getClaim',
    summary: 'Get a claim',
    description: 'Answered without the database while the claim is hot.',
  })
  @ApiParam({ name: 'id', type: String })
  @Answers(200, 'The claim', claimSchema)
  @Refuses('not_found', 'gate_recovering')
  async get(@Req() { actor, params: { id } }: ClaimRequest, @Res() reply: FastifyReply): Promise<void> {
    if (!actor) throw new Problem('unauthenticated');
    const claim = await this.holders.json(actor.userId, id);
    void reply
      .header('cache-control', PRIVATE)
      .header('content-type', 'application/json; charset=utf-8')
      .send(claim);
  }

  @Get('me/claims')
  @RateLimited('status', 'user')
  @Authenticated()
  @TakesTestShoppers()
  @ApiOperation({
    operationId: 'listClaims',
    summary: 'List your claims, newest first',
    description:
      'With their codes. A claim appears from the moment it is taken, at first as `pending`; while the gate cannot be asked, ' +
      'pending claims are missing until they are issued.',
  })
  @Answers(200, 'A page of claims', claimListSchema)
  @Refuses('validation_failed')
  async mine(@Query({ schema: claimsQuery }) query: ClaimsQuery): Promise<ListBody<ClaimBody>> {
    return this.holders.list(currentActor().userId, query);
  }
}

type ClaimRequest = FastifyRequest<{ Params: { id: string } }>;
