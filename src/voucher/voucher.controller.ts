import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Answers, Refuses } from '../platform/http/openapi.js';
import { listBody, type ListBody } from '../platform/http/validation.js';
import { RateLimited } from '../rate-limit/index.js';
import { Clock, rfc3339 } from '../shared/clock.js';
import { Problem } from '../shared/problems.js';
import {
  availabilityAnswer,
  listQuery,
  timeAnswer,
  voucherAnswer,
  voucherListAnswer,
  type AvailabilityAnswer,
  type ListQuery,
  type TimeAnswer,
  type VoucherAnswer,
} from './voucher.dto.js';
import { ifNoneMatch, voucherBody } from './voucher.view.js';
import { Vouchers } from './vouchers.js';

/** Browsers and proxies may answer for a second: a crowd that reloads costs nothing, and nobody sees old news. */
const PUBLIC = 'public, max-age=1';

@ApiTags('Vouchers')
@RateLimited('read', 'address', 'route')
@Controller()
export class VoucherController {
  constructor(
    private readonly vouchers: Vouchers,
    private readonly clock: Clock,
  ) {}

  @Get('vouchers')
  @ApiOperation({
    summary: 'List published vouchers',
    description: 'Newest first, without drafts and archived ones. Up to a second old.',
  })
  @Answers(200, 'A page of vouchers', voucherListAnswer, { 'Cache-Control': PUBLIC })
  @Refuses('validation_failed', 'overloaded', 'dependency_unavailable')
  async list(
    @Query({ schema: listQuery }) query: ListQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListBody<VoucherAnswer>> {
    const { views, hasMore } = await this.vouchers.list(query);
    void reply.header('cache-control', PUBLIC);
    return { ...listBody('/v1/vouchers', query.limit, views.map(voucherBody)), has_more: hasMore };
  }

  @Get('vouchers/:id')
  @ApiOperation({
    summary: 'Look at a published voucher',
    description: 'Its merchant also sees drafts and archived ones, under `merchants/me/vouchers`.',
  })
  @ApiParam({ name: 'id', example: 'vch_01k9z3v8f0abcdef' })
  @ApiHeader({ name: 'If-None-Match', required: false, description: 'the ETag of the copy that you have' })
  @Answers(200, 'The voucher', voucherAnswer, { ETag: 'its version', 'Cache-Control': PUBLIC })
  @Answers(304, 'The copy that you have is up to date')
  @Refuses('not_found', 'overloaded', 'dependency_unavailable')
  async find(
    @Param('id') id: string,
    @Headers('if-none-match') known: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<VoucherAnswer | undefined> {
    const view = await this.vouchers.findPublic(id);
    if (!view) throw new Problem('not_found');
    void reply.headers({ etag: view.etag, 'cache-control': PUBLIC });
    if (known === undefined || !ifNoneMatch(known, view.etag)) return voucherBody(view);
    void reply.code(304);
    return undefined;
  }

  @Get('vouchers/:id/availability')
  @ApiOperation({
    summary: 'How many units are left',
    description:
      'Cheap enough to be asked all the time. At `as_of`, which is at most about half a second ago, so many units were ' +
      'left; whether you get one is decided by the claim.',
  })
  @ApiParam({ name: 'id', example: 'vch_01k9z3v8f0abcdef' })
  @Answers(200, 'The remaining stock', availabilityAnswer, { 'Cache-Control': PUBLIC })
  @Refuses('not_found', 'overloaded', 'dependency_unavailable')
  async availability(
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AvailabilityAnswer> {
    const found = await this.vouchers.availability(id);
    if (!found) throw new Problem('not_found');
    void reply.header('cache-control', PUBLIC);
    return {
      object: 'availability',
      voucher_id: found.voucherId,
      status: found.status as AvailabilityAnswer['status'], // public vouchers have public states
      remaining: found.remaining,
      as_of: rfc3339(found.asOf),
    };
  }

  @Get('time')
  @ApiOperation({
    summary: 'What time it is here',
    description:
      'For countdowns: take it once and count from there, as the clocks of devices are often wrong.',
  })
  @Answers(200, 'The time', timeAnswer, { 'Cache-Control': 'no-store' })
  @Refuses('overloaded')
  time(@Res({ passthrough: true }) reply: FastifyReply): TimeAnswer {
    void reply.header('cache-control', 'no-store');
    return { object: 'time', now: rfc3339(this.clock.now()) };
  }
}
