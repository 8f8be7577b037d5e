import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { currentMerchant, ForMerchant, TakesApiKey } from '../auth/index.js';
import { Clock } from '../common/clock.js';
import { Idempotent } from '../http/idempotency/idempotency.js';
import { Answers, Refuses } from '../http/openapi/openapi.js';
import { pageBody, type ListBody } from '../http/validation/validation.js';
import { RateLimited } from '../rate-limit/index.js';
import {
  deliveriesQuery,
  deliveryAnswer,
  deliveryBody,
  deliveryDetailAnswer,
  deliveryDetailBody,
  deliveryListAnswer,
  replayAnswer,
  replayBody,
  type DeliveriesQuery,
  type DeliveryBody,
  type DeliveryDetailBody,
  type ReplayAnswer,
  type ReplayBody,
} from './webhook.dto.js';
import { Webhooks } from './webhooks.service.js';

const WEBHOOK_ID = { name: 'id', example: 'whk_01k9z3v8f0abcdef' };
const DELIVERY_ID = { name: 'delivery', example: 'dlv_01k9z3v8f0000abc' };

/** What was sent, what was answered, and sending it once more. Kept for 30 days after it ended. */
@ApiTags('Webhooks')
@RateLimited('write', 'user')
@Controller('webhooks/:id')
export class DeliveriesController {
  constructor(
    private readonly webhooks: Webhooks,
    private readonly clock: Clock,
  ) {}

  @Get('deliveries')
  @RateLimited('status', 'user')
  @TakesApiKey('webhooks:read')
  @ForMerchant('owner', 'editor')
  @ApiOperation({
    operationId: 'listWebhookDeliveries',
    summary: 'List deliveries, newest first',
    description: 'Of each event to this webhook; those that ended over 30 days ago are forgotten.',
  })
  @ApiParam(WEBHOOK_ID)
  @Answers(200, 'A page of deliveries', deliveryListAnswer)
  @Refuses('not_found', 'validation_failed', 'dependency_unavailable')
  async list(
    @Param('id') id: string,
    @Query({ schema: deliveriesQuery }) query: DeliveriesQuery,
  ): Promise<ListBody<DeliveryBody>> {
    const { limit, status, starting_after: after, ending_before: before } = query;
    const found = await this.webhooks.listDeliveries(currentMerchant(), id, { limit, status, after, before });
    return pageBody(`/v1/webhooks/${id}/deliveries`, query, found.map(deliveryBody));
  }

  @Get('deliveries/:delivery')
  @RateLimited('status', 'user')
  @TakesApiKey('webhooks:read')
  @ForMerchant('owner', 'editor')
  @ApiOperation({
    operationId: 'getWebhookDelivery',
    summary: 'Get a delivery with its attempts',
    description:
      'The event as it is sent, and of each attempt when it was, how long it took and what the receiver said.',
  })
  @ApiParam(WEBHOOK_ID)
  @ApiParam(DELIVERY_ID)
  @Answers(200, 'The delivery with its log', deliveryDetailAnswer)
  @Refuses('not_found', 'dependency_unavailable')
  async find(@Param('id') id: string, @Param('delivery') delivery: string): Promise<DeliveryDetailBody> {
    const found = await this.webhooks.findDelivery(currentMerchant(), id, delivery);
    return deliveryDetailBody(found.delivery, found.attempts);
  }

  @Post('deliveries/:delivery/replay')
  @HttpCode(202)
  @TakesApiKey('webhooks:write')
  @ForMerchant('owner', 'editor')
  @Idempotent()
  @ApiOperation({
    operationId: 'replayWebhookDelivery',
    summary: 'Resend an event',
    description: 'Under the same `webhook-id`, with another round of retries.',
  })
  @ApiParam(WEBHOOK_ID)
  @ApiParam(DELIVERY_ID)
  @Answers(202, 'The delivery, due now', deliveryAnswer)
  @Refuses('not_found', 'delivery_pending', 'validation_failed', 'idempotency_in_progress')
  @Refuses('idempotency_key_reused', 'dependency_unavailable')
  async replay(@Param('id') id: string, @Param('delivery') delivery: string): Promise<DeliveryBody> {
    return deliveryBody(await this.webhooks.replay(currentMerchant(), id, delivery));
  }

  @Post('replay')
  @HttpCode(202)
  @TakesApiKey('webhooks:write')
  @ForMerchant('owner', 'editor')
  @Idempotent()
  @ApiOperation({
    operationId: 'replayWebhook',
    summary: 'Resend the events of a period',
    description:
      'Those whose deliveries have ended, or the failed ones alone. For use after the receiver was down.',
  })
  @ApiParam(WEBHOOK_ID)
  @Answers(202, 'How many are due now', replayAnswer)
  @Refuses('malformed_json', 'not_found', 'validation_failed', 'idempotency_in_progress')
  @Refuses('idempotency_key_reused', 'dependency_unavailable')
  async replaySpan(
    @Param('id') id: string,
    @Body({ schema: replayBody }) { since, until, status }: ReplayBody,
  ): Promise<ReplayAnswer> {
    const deliveries = await this.webhooks.replaySpan(currentMerchant(), id, {
      since: Date.parse(since),
      until: until === undefined ? this.clock.now() + 1 : Date.parse(until),
      status,
    });
    return { object: 'webhook_replay', deliveries };
  }
}
