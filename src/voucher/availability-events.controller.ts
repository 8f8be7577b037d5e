import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { openEventStream } from '../http/event-stream.js';
import { Refuses } from '../http/openapi/openapi.js';
import { RateLimited } from '../rate-limit/index.js';
import { Problem } from '../common/problems.js';
import { VoucherCatalogue } from './voucher-catalogue.js';
import { AvailabilityFeed } from './availability-feed.js';

@ApiTags('Vouchers')
@RateLimited('read', 'address', 'route')
@Controller()
export class AvailabilityEventsController {
  constructor(
    private readonly vouchers: VoucherCatalogue,
    private readonly feed: AvailabilityFeed,
  ) {}

  @Get('vouchers/:id/events')
  @ApiOperation({
    operationId: 'streamAvailability',
    summary: 'Stream the remaining stock',
    description:
      'Server-sent events named `availability`, each with the body of `GET .../availability` as JSON: one at once, then one ' +
      'with each change, at most four a second. An event named `heartbeat` every 2 seconds says that the last one still ' +
      'holds; none comes while the stock cannot be looked at. A client that falls behind is cut off and connects again.',
  })
  @ApiParam({ name: 'id', example: 'vch_01k9z3v8f0abcdef' })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({
    description: 'The stream',
    content: {
      'text/event-stream': {
        schema: { type: 'string' },
        example: 'event: availability\ndata: {"object":"availability"}\n\n',
      },
    },
  })
  @Refuses('not_found', 'overloaded', 'dependency_unavailable')
  async events(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const now = await this.vouchers.availability(id);
    if (!now) throw new Problem('not_found');
    this.feed.requireRoom();
    const stream = openEventStream(request, reply);
    if (request.method === 'HEAD') return void stream.end();
    const stop = this.feed.watch(stream, now);
    stream.once('close', stop);
    if (stream.destroyed) stop();
  }
}
