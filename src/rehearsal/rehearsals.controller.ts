import { Body, Controller, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { currentMerchant, ForMerchant, TakesApiKey } from '../auth/index.js';
import { Idempotent } from '../http/idempotency/idempotency.js';
import { Answers, Refuses } from '../http/openapi/openapi.js';
import { listBody, listSchema, type ListBody } from '../http/validation/validation.js';
import { PRIVATE } from '../http/private-answers.js';
import { RateLimited } from '../rate-limit/index.js';
import { VoucherCatalogue } from '../voucher/index.js';
import {
  rehearsalAnswer,
  rehearsalBody,
  rehearsalSchema,
  type RehearsalAnswer,
  type RehearsalBody,
} from './rehearsal.dto.js';
import { REHEARSALS_LISTED, RehearsalStore } from './rehearsal.store.js';

/** Rehearsals of a drop. Another merchant's voucher is a 404. */
@ApiTags('Vouchers of a merchant')
@RateLimited('write', 'user')
@Controller('vouchers/:id/rehearsals')
export class RehearsalsController {
  constructor(
    private readonly store: RehearsalStore,
    private readonly vouchers: VoucherCatalogue,
  ) {}

  @Post()
  @HttpCode(202)
  @TakesApiKey('vouchers:write')
  @ForMerchant('owner', 'editor')
  @Idempotent()
  @ApiOperation({
    operationId: 'createRehearsal',
    summary: 'Rehearse a drop',
    description:
      'A simulated crowd claims a copy of the voucher in test mode, on this installation, at rates that rise step by step. Reports the ' +
      'highest rate at which nothing was refused and answers stayed quick, and when the stock would be gone. The copy is in no list, ' +
      'no webhook or mail is sent for it, and it is removed at the end. Runs in the background; read its progress at `Location`. ' +
      'Refused while a live drop is open or opens soon. Only one can run at a time.',
  })
  @ApiParam({ name: 'id', example: 'vch_01k9z3v8f0abcdef' })
  @Answers(202, 'The rehearsal, which has started', rehearsalSchema, {
    Location: 'Where to read its progress.',
  })
  @Refuses('not_found', 'validation_failed', 'live_drop', 'rehearsal_under_way')
  async begin(
    @Param('id') id: string,
    @Body({ schema: rehearsalBody }) body: RehearsalBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RehearsalAnswer> {
    const voucher = await this.vouchers.own(currentMerchant(), id);
    const row = await this.store.begin(currentMerchant(), id, {
      crowd: body.crowd,
      withinS: body.arrive_within_s,
      stepS: body.step_s,
      perAddress: body.people_per_address ?? null,
      units: voucher.totalStock,
    });
    void reply.header('location', `/v1/vouchers/${id}/rehearsals/${row.id}`);
    return rehearsalAnswer(row);
  }

  @Get()
  @RateLimited('status', 'user')
  @TakesApiKey('vouchers:read')
  @ForMerchant('owner', 'editor')
  @ApiOperation({
    operationId: 'listRehearsals',
    summary: 'List recent rehearsals',
    description: `The last ${REHEARSALS_LISTED} of the voucher, newest first.`,
  })
  @ApiParam({ name: 'id', example: 'vch_01k9z3v8f0abcdef' })
  @Answers(200, 'Newest first', listSchema(rehearsalSchema, '/v1/vouchers/vch_01k9z3v8f0abcdef/rehearsals'))
  @Refuses('not_found')
  async latest(@Param('id') id: string): Promise<ListBody<RehearsalAnswer>> {
    await this.vouchers.own(currentMerchant(), id);
    const rows = await this.store.latest(id);
    return listBody(`/v1/vouchers/${id}/rehearsals`, REHEARSALS_LISTED, rows.map(rehearsalAnswer));
  }

  @Get(':rehearsal')
  @RateLimited('status', 'user')
  @TakesApiKey('vouchers:read')
  @ForMerchant('owner', 'editor')
  @ApiOperation({
    operationId: 'getRehearsal',
    summary: 'Get the progress and the result of a rehearsal',
    description: 'One that is `done` or `stopped` no longer changes.',
  })
  @ApiParam({ name: 'id', example: 'vch_01k9z3v8f0abcdef' })
  @ApiParam({ name: 'rehearsal', example: 'rhs_01k9z3v8f0abcdef' })
  @Answers(200, 'The rehearsal', rehearsalSchema)
  @Refuses('not_found')
  async find(
    @Param('id') id: string,
    @Param('rehearsal') rehearsal: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RehearsalAnswer> {
    await this.vouchers.own(currentMerchant(), id);
    void reply.header('cache-control', PRIVATE);
    return rehearsalAnswer(await this.store.find(id, rehearsal));
  }

  @Post(':rehearsal/cancel')
  @HttpCode(200)
  @TakesApiKey('vouchers:write')
  @ForMerchant('owner', 'editor')
  @ApiOperation({
    operationId: 'cancelRehearsal',
    summary: 'Cancel a rehearsal',
    description:
      'One that waits ends at once; one that runs, within seconds: its copy of the voucher is audited and removed first. One that ' +
      'is over stays as it is.',
  })
  @ApiParam({ name: 'id', example: 'vch_01k9z3v8f0abcdef' })
  @ApiParam({ name: 'rehearsal', example: 'rhs_01k9z3v8f0abcdef' })
  @Answers(200, 'The rehearsal', rehearsalSchema)
  @Refuses('not_found')
  async cancel(@Param('id') id: string, @Param('rehearsal') rehearsal: string): Promise<RehearsalAnswer> {
    await this.vouchers.own(currentMerchant(), id);
    return rehearsalAnswer(await this.store.cancel(id, rehearsal));
  }
}
