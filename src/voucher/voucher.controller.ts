import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ifNoneMatch } from '../http/entity-tags.js';
import { Answers, AsksQuery, Refuses } from '../http/openapi/openapi.js';
import { WithoutContext } from '../http/route-config.js';
import { listBody, repeatedQuery, type ListBody } from '../http/validation/validation.js';
import { PRIVATE } from '../http/private-answers.js';
import { RateLimited } from '../rate-limit/index.js';
import type { IncomingHttpHeaders } from 'node:http';
import { AccessTokens } from '../auth/index.js';
import { Clock, rfc3339 } from '../common/clock.js';
import { chain, type MaybePromise } from '../common/maybe-promise.js';
import { modeOf } from '../common/mode.js';
import { Problem } from '../common/problems.js';
import type { Actor } from '../common/request-context.js';
import {
  availabilitiesQuery,
  availabilityAnswer,
  availabilityListAnswer,
  MAX_ASKED,
  type AvailabilitiesQuery,
  type AvailabilityAnswer,
} from './availability.dto.js';
import { timeAnswer, type TimeAnswer } from './time.dto.js';
import { listQuery, voucherAnswer, voucherListAnswer } from './voucher.dto.js';
import {
  availabilityBody,
  availabilityBytes,
  readyBytes,
  voucherBody,
  voucherBytes,
} from './voucher.view.js';
import { VoucherCatalogue, type VoucherList } from './voucher-catalogue.js';

/** Browsers and proxies may answer for a second: a crowd that reloads costs nothing, and nobody sees old news. */
const PUBLIC = 'public, max-age=1';
/** A test voucher is its merchant's matter. */
const IF_NONE_MATCH = {
  name: 'If-None-Match',
  required: false,
  description: 'The `ETag` of your copy.',
};
const UP_TO_DATE = 'The copy that you have is up to date';
const SAME = { ETag: 'The same as of your copy.', 'Cache-Control': PUBLIC };

@ApiTags('Vouchers')
@RateLimited('read', 'address', 'route')
@WithoutContext()
@Controller()
export class VoucherController {
  constructor(
    private readonly vouchers: VoucherCatalogue,
    private readonly tokens: AccessTokens,
    private readonly clock: Clock,
  ) {}

  @Get('vouchers')
  @ApiOperation({
    operationId: 'listVouchers',
    summary: 'List published vouchers',
    description: 'Newest first, without drafts and archived ones. Up to a second old.',
  })
  @ApiHeader(IF_NONE_MATCH)
  @AsksQuery(listQuery)
  @Answers(200, 'A page of vouchers', voucherListAnswer, {
    ETag: 'Identifies this page of the list.',
    'Cache-Control': PUBLIC,
  })
  @Answers(304, UP_TO_DATE, undefined, SAME)
  @Refuses('validation_failed', 'overloaded', 'dependency_unavailable')
  list(@Req() { query, headers }: FastifyRequest, @Res() reply: FastifyReply): MaybePromise<void> {
    return chain(this.vouchers.list(listed(query)), (list) => answer(reply, headers, list, listBytes));
  }

  @Get('vouchers/:id')
  @ApiOperation({
    operationId: 'getVoucher',
    summary: 'Get a published voucher',
    description:
      'Its merchant also sees drafts and archived ones, under `merchants/me/vouchers`. A test shopper, by its access token, sees the ' +
      'test vouchers of its merchant.',
  })
  @ApiParam({ name: 'id', type: String, example: 'vch_01k9z3v8f0abcdef' })
  @ApiHeader(IF_NONE_MATCH)
  @Answers(200, 'The voucher', voucherAnswer, { ETag: 'Version of the object.', 'Cache-Control': PUBLIC })
  @Answers(304, UP_TO_DATE, undefined, SAME)
  @Refuses('not_found', 'overloaded', 'dependency_unavailable')
  find(@Req() { params: { id }, headers }: VoucherRequest, @Res() reply: FastifyReply): MaybePromise<void> {
    return chain(this.vouchers.findPublic(id, this.testShopper(id, headers)), (view) => {
      if (!view) throw new Problem('not_found');
      answer(reply, headers, view, voucherBytes, id);
    });
  }

  @Get('vouchers/:id/availability')
  @ApiOperation({
    operationId: 'getAvailability',
    summary: 'Get the remaining stock',
    description:
      'Cheap enough to be polled all the time. At `as_of`, which is at most about half a second ago, so many units were ' +
      'left; whether you get one is decided by the claim. The tag is weak: after `304` status and `remaining` still are ' +
      'what you have, only its `as_of` is older than the last look.',
  })
  @ApiParam({ name: 'id', type: String, example: 'vch_01k9z3v8f0abcdef' })
  @ApiHeader(IF_NONE_MATCH)
  @Answers(200, 'The remaining stock', availabilityAnswer, {
    ETag: 'A weak tag of `status` and `remaining`.',
    'Cache-Control': PUBLIC,
  })
  @Answers(304, UP_TO_DATE, undefined, SAME)
  @Refuses('not_found', 'overloaded', 'dependency_unavailable')
  availability(
    @Req() { params: { id }, headers }: VoucherRequest,
    @Res() reply: FastifyReply,
  ): MaybePromise<void> {
    return chain(this.vouchers.availability(id, this.testShopper(id, headers)), (found) => {
      if (!found) throw new Problem('not_found');
      answer(reply, headers, found, availabilityBytes, id);
    });
  }

  @Get('availabilities')
  @ApiOperation({
    operationId: 'listAvailabilities',
    summary: 'Get the remaining stock of several vouchers',
    description:
      'For lists: one request for everything that is shown. Each is as `GET /vouchers/{id}/availability` answers it; what is not ' +
      'there, or no longer published, is left out.',
  })
  @Answers(200, 'The remaining stock of each voucher', availabilityListAnswer, { 'Cache-Control': PUBLIC })
  @Refuses('validation_failed', 'overloaded', 'dependency_unavailable')
  async availabilities(
    @Query({ schema: availabilitiesQuery }) { voucher_ids: ids }: AvailabilitiesQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListBody<AvailabilityAnswer>> {
    const found = await this.vouchers.availabilitiesOf(ids);
    void reply.header('cache-control', PUBLIC);
    return listBody('/v1/availabilities', MAX_ASKED, found.map(availabilityBody));
  }

  @Get('time')
  @ApiOperation({
    operationId: 'getTime',
    summary: 'Get the time of the server',
    description:
      'For countdowns: take it once and count from there, as the clocks of devices are often wrong.',
  })
  @Answers(200, 'The time', timeAnswer, { 'Cache-Control': 'no-store' })
  @Refuses('overloaded')
  time(@Res({ passthrough: true }) reply: FastifyReply): TimeAnswer {
    void reply.header('cache-control', 'no-store');
    return { object: 'time', now: rfc3339(this.clock.now()) };
  }

  /** Who asks for a test voucher; for a live one nobody has to say who they are, and it makes no difference. */
  private testShopper(id: string, headers: IncomingHttpHeaders): Actor | undefined {
    return modeOf(id) === 'test' ? this.tokens.bearer(headers.authorization) : undefined;
  }
}

/** Without a pipe around its parameter: the catalogue looks at the id itself. */
type VoucherRequest = FastifyRequest<{ Params: { id: string } }>;

const listed = repeatedQuery(listQuery);

const listBytes = readyBytes(({ views, hasMore, limit }: VoucherList) => ({
  ...listBody('/v1/vouchers', limit, views.map(voucherBody)),
  has_more: hasMore,
}));

/**
 * Sends what is shown as JSON, or a 304 where the client has it already. Sent here and not by Nest, whose way to the reply is as long as
 * the rest of such a read (docs/adr/0062).
 * @param id of the one voucher that it is about
 */
function answer<T extends { readonly etag: string }>(
  reply: FastifyReply,
  { 'if-none-match': known }: IncomingHttpHeaders,
  shown: T,
  bytesOf: (shown: T) => Buffer,
  id = '',
): void {
  const { etag } = shown;
  void reply.header('etag', etag).header('cache-control', modeOf(id) === 'test' ? PRIVATE : PUBLIC);
  if (known !== undefined && ifNoneMatch(known, etag)) void reply.code(304).send();
  else void reply.header('content-type', 'application/json; charset=utf-8').send(bytesOf(shown));
}
