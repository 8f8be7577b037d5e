import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { currentMerchant, Customers, ForMerchant, TakesApiKey } from '../../auth/index.js';
import { Answers, Refuses } from '../../http/openapi/openapi.js';
import type { ListBody } from '../../http/validation/validation.js';
import { PRIVATE } from '../../http/private-answers.js';
import { RateLimited } from '../../rate-limit/index.js';
import { VoucherCatalogue } from '../../voucher/index.js';
import {
  placeBody,
  placesAnswer,
  placesQuery,
  type PlaceBody,
  type PlacesQuery,
} from './waiting-places.dto.js';
import { WaitingPlaces } from './waiting-places.js';

/** What a merchant sees of those who wait. Another merchant's voucher is a 404. */
@ApiTags('Waiting list')
@RateLimited('status', 'user')
@Controller('vouchers/:id/waiting-list')
export class WaitingPlacesController {
  constructor(
    private readonly places: WaitingPlaces,
    private readonly vouchers: VoucherCatalogue,
    private readonly customers: Customers,
  ) {}

  @Get('places')
  @TakesApiKey('claims:read')
  @ForMerchant('owner', 'editor', 'cashier')
  @ApiOperation({
    operationId: 'listWaitingListPlaces',
    summary: 'List the people on the waiting list, in order',
    description:
      'The line as it is now, first in line first, with names and contacts that are mostly hidden. `status=offered` lists the offers ' +
      'that are out; the other statuses, how places ended.',
  })
  @ApiParam({ name: 'id', example: 'vch_01k9z3v8f0abcdef' })
  @Answers(200, 'A page of places', placesAnswer, { 'Cache-Control': PRIVATE })
  @Refuses('not_found', 'validation_failed', 'dependency_unavailable')
  async list(
    @Param('id') id: string,
    @Query({ schema: placesQuery }) { status, limit, ...cursors }: PlacesQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListBody<PlaceBody>> {
    await this.vouchers.own(currentMerchant(), id);
    const { places, hasMore } = await this.places.page(id, {
      state: status,
      limit,
      after: cursors.starting_after,
      before: cursors.ending_before,
    });
    const customers = await this.customers.describe(places.map(({ entry }) => entry.userId));
    void reply.header('cache-control', PRIVATE);
    return {
      object: 'list',
      url: `/v1/vouchers/${id}/waiting-list/places`,
      has_more: hasMore,
      data: places.map((place) => placeBody(id, place, customers.get(place.entry.userId))),
    };
  }
}
