import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import {
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Authenticated, currentActor, SessionStreams, TakesTestShoppers } from '../../auth/index.js';
import { openEventStream } from '../../http/event-stream.js';
import { Refuses } from '../../http/openapi/openapi.js';
import { PRIVATE } from '../../http/private-answers.js';
import { RateLimited } from '../../rate-limit/index.js';
import type { ClaimBody } from '../read/claim.dto.js';
import { ClaimStatusService } from '../read/claim-status.service.js';

@ApiTags('Claims')
@Controller()
export class ClaimEventsController {
  constructor(
    private readonly statuses: ClaimStatusService,
    private readonly streams: SessionStreams,
  ) {}

  @Get('claims/:id/events')
  @RateLimited('status', 'user')
  @Authenticated()
  @TakesTestShoppers()
  @ApiOperation({
    operationId: 'streamClaim',
    summary: 'Stream the status of a claim',
    description:
      'Server-sent events named `claim`, each with the claim as JSON and its status as the event’s id; the stream ends with ' +
      'the claim’s end. A client that comes back with `Last-Event-ID` and has seen that end is answered `204`, and need not ' +
      'come again. The stream also ends within a second of the end of its session, and with its access token.',
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The ID of the last event the client has seen. Browsers send it automatically.',
    schema: { type: 'string' },
  })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({
    description: 'The stream',
    content: {
      'text/event-stream': {
        schema: { type: 'string' },
        example: 'event: claim\nid: issued\ndata: {"object":"claim"}\n\n',
      },
    },
  })
  @ApiNoContentResponse({ description: 'The client has seen how the claim ended' })
  @Refuses('not_found', 'overloaded', 'gate_recovering')
  async events(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { userId } = currentActor();
    const claim = await this.statuses.get(userId, id);
    if (claim.status !== 'pending' && request.headers['last-event-id'] === claim.status)
      return void reply.code(204).header('cache-control', PRIVATE).send();
    this.statuses.requireRoom();
    const bearer = this.streams.bearerOf(request);
    const stream = openEventStream(request, reply);
    if (request.method === 'HEAD') return void stream.end();
    const watching = this.statuses.watch(userId, id).subscribe({
      next: (news) => void stream.write(frameOf(news)),
      complete: () => void stream.end(),
    });
    const release = this.streams.hold(bearer, () => {
      watching.unsubscribe();
      stream.end();
    });
    const stop = (): void => {
      watching.unsubscribe();
      release();
    };
    stream.once('close', stop);
    if (stream.destroyed) stop();
  }
}

const frameOf = (claim: ClaimBody): string =>
  `event: claim\nid: ${claim.status}\ndata: ${JSON.stringify(claim)}\n\n`;
