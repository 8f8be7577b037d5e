import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { currentMerchant, ForMerchant, TakesApiKey } from '../auth/index.js';
import { Clock } from '../common/clock.js';
import { Idempotent } from '../http/idempotency/idempotency.js';
import { Answers, Refuses } from '../http/openapi/openapi.js';
import { pageBody, type ListBody } from '../http/validation/validation.js';
import { PRIVATE } from '../http/private-answers.js';
import { RateLimited } from '../rate-limit/index.js';
import {
  changeWebhookBody,
  createWebhookBody,
  mintedWebhookAnswer,
  rotateWebhookBody,
  webhookAnswer,
  webhookBody,
  webhookListAnswer,
  webhooksQuery,
  type ChangeWebhookBody,
  type CreateWebhookBody,
  type MintedWebhookBody,
  type RotateWebhookBody,
  type WebhookBody,
  type WebhooksQuery,
} from './webhook.dto.js';
import { Webhooks } from './webhooks.service.js';

const WEBHOOK_ID = { name: 'id', example: 'whk_01k9z3v8f0abcdef' };

@ApiTags('Webhooks')
@RateLimited('write', 'user')
@Controller('webhooks')
export class WebhooksController {
  constructor(
    private readonly webhooks: Webhooks,
    private readonly clock: Clock,
  ) {}

  @Post()
  @HttpCode(201)
  @TakesApiKey('webhooks:write')
  @ForMerchant('owner', 'editor')
  @Idempotent()
  @ApiOperation({
    operationId: 'createWebhook',
    summary: 'Create a webhook',
    description:
      'Events of your vouchers are sent there from now on, as Standard Webhooks. The secret is in this answer and nowhere else.',
  })
  @Answers(201, 'The webhook with its secret', mintedWebhookAnswer, {
    Location: 'Where to read it.',
    'Cache-Control': PRIVATE,
  })
  @Refuses('malformed_json', 'validation_failed', 'idempotency_in_progress', 'idempotency_key_reused')
  @Refuses('too_many_webhooks', 'dependency_unavailable')
  async create(
    @Body({ schema: createWebhookBody })
    { url, events = ['*'], description, batch_size: batchSize = 1 }: CreateWebhookBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MintedWebhookBody> {
    const endpoint = await this.webhooks.create(currentMerchant(), {
      url,
      events,
      description: description ?? null,
      batchSize,
    });
    void reply.headers({ location: `/v1/webhooks/${endpoint.id}`, 'cache-control': PRIVATE });
    return { ...webhookBody(endpoint, this.clock.now()), secret: endpoint.secret };
  }

  @Get()
  @RateLimited('status', 'user')
  @TakesApiKey('webhooks:read')
  @ForMerchant('owner', 'editor')
  @ApiOperation({
    operationId: 'listWebhooks',
    summary: 'List webhooks, newest first',
    description: 'Without their secrets.',
  })
  @Answers(200, 'A page of webhooks', webhookListAnswer, { 'Cache-Control': PRIVATE })
  @Refuses('validation_failed', 'dependency_unavailable')
  async list(
    @Query({ schema: webhooksQuery }) query: WebhooksQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListBody<WebhookBody>> {
    const { limit, starting_after: after, ending_before: before } = query;
    const endpoints = await this.webhooks.list(currentMerchant(), { limit, after, before });
    const now = this.clock.now();
    const page = pageBody(
      '/v1/webhooks',
      query,
      endpoints.map((endpoint) => webhookBody(endpoint, now)),
    );
    void reply.header('cache-control', PRIVATE);
    return page;
  }

  @Get(':id')
  @RateLimited('status', 'user')
  @TakesApiKey('webhooks:read')
  @ForMerchant('owner', 'editor')
  @ApiOperation({
    operationId: 'getWebhook',
    summary: 'Get a webhook',
    description: 'Whether it is enabled, and when it last took something.',
  })
  @ApiParam(WEBHOOK_ID)
  @Answers(200, 'The webhook', webhookAnswer)
  @Refuses('not_found', 'dependency_unavailable')
  async find(@Param('id') id: string): Promise<WebhookBody> {
    return webhookBody(await this.webhooks.find(currentMerchant(), id), this.clock.now());
  }

  @Patch(':id')
  @TakesApiKey('webhooks:write')
  @ForMerchant('owner', 'editor')
  @ApiOperation({
    operationId: 'updateWebhook',
    summary: 'Change, enable or disable a webhook',
    description:
      'One that is enabled again gets at once what was due meanwhile; events while it was disabled are not sent.',
  })
  @ApiParam(WEBHOOK_ID)
  @Answers(200, 'The webhook as it is now', webhookAnswer)
  @Refuses('malformed_json', 'not_found', 'validation_failed', 'dependency_unavailable')
  async change(
    @Param('id') id: string,
    @Body({ schema: changeWebhookBody })
    { url, events, description, status, batch_size: batchSize }: ChangeWebhookBody,
  ): Promise<WebhookBody> {
    const changed = await this.webhooks.change(currentMerchant(), id, {
      ...(url === undefined ? {} : { url }),
      ...(events === undefined ? {} : { events }),
      ...(description === undefined ? {} : { description }),
      ...(status === undefined ? {} : { status }),
      ...(batchSize === undefined ? {} : { batchSize }),
    });
    return webhookBody(changed, this.clock.now());
  }

  @Post(':id/rotate')
  @HttpCode(200)
  @TakesApiKey('webhooks:write')
  @ForMerchant('owner', 'editor')
  @Idempotent()
  @ApiOperation({
    operationId: 'rotateWebhook',
    summary: 'Rotate the secret of a webhook',
    description:
      'For `overlap_s` seconds messages carry two signatures, so that your receiver can switch over at any time.',
  })
  @ApiParam(WEBHOOK_ID)
  @Answers(200, 'The webhook with its new secret', mintedWebhookAnswer, { 'Cache-Control': PRIVATE })
  @Refuses('malformed_json', 'validation_failed', 'idempotency_in_progress', 'idempotency_key_reused')
  @Refuses('not_found', 'dependency_unavailable')
  async rotate(
    @Param('id') id: string,
    @Body({ schema: rotateWebhookBody }) body: RotateWebhookBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MintedWebhookBody> {
    const endpoint = await this.webhooks.rotate(currentMerchant(), id, body?.overlap_s ?? 86_400);
    void reply.header('cache-control', PRIVATE);
    return { ...webhookBody(endpoint, this.clock.now()), secret: endpoint.secret };
  }

  @Delete(':id')
  @HttpCode(204)
  @TakesApiKey('webhooks:write')
  @ForMerchant('owner', 'editor')
  @ApiOperation({
    operationId: 'deleteWebhook',
    summary: 'Delete a webhook',
    description: 'With the log of its deliveries; what was due is not sent.',
  })
  @ApiParam(WEBHOOK_ID)
  @Answers(204, 'Deleted')
  @Refuses('not_found', 'dependency_unavailable')
  async remove(@Param('id') id: string): Promise<void> {
    await this.webhooks.remove(currentMerchant(), id);
  }
}
