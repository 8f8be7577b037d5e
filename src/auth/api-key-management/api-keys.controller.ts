import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Idempotent } from '../../http/idempotency/idempotency.js';
import { Answers, Refuses } from '../../http/openapi/openapi.js';
import { pageBody, type ListBody } from '../../http/validation/validation.js';
import { PRIVATE } from '../../http/private-answers.js';
import { RateLimited } from '../../rate-limit/index.js';
import { addressRange, rangeText } from '../../common/address.js';
import { Clock } from '../../common/clock.js';
import { invalidField, type Problem } from '../../common/problems.js';
import { currentMerchant, ForMerchant } from '../access.js';
import {
  apiKeyAnswer,
  apiKeyBody,
  apiKeyListAnswer,
  apiKeysQuery,
  createApiKeyBody,
  mintedApiKeyAnswer,
  rotateApiKeyBody,
  type ApiKeyBody,
  type ApiKeysQuery,
  type CreateApiKeyBody,
  type MintedApiKeyBody,
  type RotateApiKeyBody,
} from './api-key.dto.js';
import { ApiKeys } from './api-keys.service.js';

const KEY_ID = { name: 'id', example: 'key_01k9z3v8f0abcdef' };

/** Keys are made and ended by people who own the merchant, never by another key. */
@ApiTags('API keys')
@RateLimited('write', 'user')
@Controller('api-keys')
export class ApiKeysController {
  constructor(
    private readonly keys: ApiKeys,
    private readonly clock: Clock,
  ) {}

  @Post()
  @HttpCode(201)
  @ForMerchant('owner')
  @Idempotent()
  @ApiOperation({
    operationId: 'createApiKey',
    summary: 'Create an API key',
    description:
      'For a program of yours. The secret is in this answer and nowhere else; it is sent as `Authorization: Bearer vck_live_...`, ' +
      'or `vck_test_...` with `"mode": "test"`: such a key sees and makes vouchers, claims and webhooks of the test mode alone.',
  })
  @Answers(201, 'The key with its secret', mintedApiKeyAnswer, {
    Location: 'Where to read it.',
    'Cache-Control': PRIVATE,
  })
  @Refuses('malformed_json', 'validation_failed', 'idempotency_in_progress', 'idempotency_key_reused')
  @Refuses('too_many_api_keys', 'dependency_unavailable')
  async create(
    @Body({ schema: createApiKeyBody })
    { name, mode, scopes, addresses: named = [], expires_at }: CreateApiKeyBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MintedApiKeyBody> {
    const expiresAt = expires_at === undefined ? null : Date.parse(expires_at);
    if (expiresAt !== null && expiresAt <= this.clock.now()) throw inThePast();
    const addresses = named.flatMap((text) => addressRange(text) ?? []).map(rangeText);
    const { key, secret } = await this.keys.create(currentMerchant(), {
      name,
      mode,
      scopes,
      addresses,
      expiresAt,
    });
    void reply.headers({ location: `/v1/api-keys/${key.id}`, 'cache-control': PRIVATE });
    return { ...apiKeyBody(key, this.clock.now()), secret };
  }

  @Get()
  @RateLimited('status', 'user')
  @ForMerchant('owner')
  @ApiOperation({
    operationId: 'listApiKeys',
    summary: 'List API keys, newest first',
    description: 'Including revoked and expired ones; without their secrets.',
  })
  @Answers(200, 'A page of keys', apiKeyListAnswer, { 'Cache-Control': PRIVATE })
  @Refuses('validation_failed', 'dependency_unavailable')
  async list(
    @Query({ schema: apiKeysQuery }) query: ApiKeysQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListBody<ApiKeyBody>> {
    const { limit, starting_after: after, ending_before: before } = query;
    const keys = await this.keys.list(currentMerchant(), { limit, after, before });
    const now = this.clock.now();
    const page = pageBody(
      '/v1/api-keys',
      query,
      keys.map((key) => apiKeyBody(key, now)),
    );
    void reply.header('cache-control', PRIVATE);
    return page;
  }

  @Get(':id')
  @RateLimited('status', 'user')
  @ForMerchant('owner')
  @ApiOperation({
    operationId: 'getApiKey',
    summary: 'Get an API key',
    description: 'When it was last used, and whether the previous secret is still valid.',
  })
  @ApiParam(KEY_ID)
  @Answers(200, 'The key', apiKeyAnswer, { 'Cache-Control': PRIVATE })
  @Refuses('not_found', 'dependency_unavailable')
  async find(@Param('id') id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<ApiKeyBody> {
    void reply.header('cache-control', PRIVATE);
    return apiKeyBody(await this.keys.find(currentMerchant(), id), this.clock.now());
  }

  @Post(':id/rotate')
  @HttpCode(200)
  @ForMerchant('owner')
  @Idempotent()
  @ApiOperation({
    operationId: 'rotateApiKey',
    summary: 'Rotate the secret of an API key',
    description:
      'The previous secret stays valid for `overlap_s` seconds, so that you can update your programs one by one; any older one ends now.',
  })
  @ApiParam(KEY_ID)
  @Answers(200, 'The key with its new secret', mintedApiKeyAnswer, { 'Cache-Control': PRIVATE })
  @Refuses('malformed_json', 'validation_failed', 'idempotency_in_progress', 'idempotency_key_reused')
  @Refuses('not_found', 'api_key_ended', 'dependency_unavailable')
  async rotate(
    @Param('id') id: string,
    @Body({ schema: rotateApiKeyBody }) body: RotateApiKeyBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MintedApiKeyBody> {
    const { key, secret } = await this.keys.rotate(currentMerchant(), id, body?.overlap_s ?? 86_400);
    void reply.header('cache-control', PRIVATE);
    return { ...apiKeyBody(key, this.clock.now()), secret };
  }

  @Delete(':id')
  @HttpCode(204)
  @ForMerchant('owner')
  @ApiOperation({
    operationId: 'revokeApiKey',
    summary: 'Revoke an API key',
    description: 'It is refused on all instances within a second, and stays in the list.',
  })
  @ApiParam(KEY_ID)
  @Answers(204, 'Revoked')
  @Refuses('not_found', 'dependency_unavailable')
  async revoke(@Param('id') id: string): Promise<void> {
    await this.keys.revoke(currentMerchant(), id);
  }
}

const inThePast = (): Problem => invalidField('/expires_at', 'in_the_past', 'must be in the future');
