import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Idempotent } from '../../http/idempotency/idempotency.js';
import { Answers, Refuses } from '../../http/openapi/openapi.js';
import { PRIVATE } from '../../http/private-answers.js';
import { RateLimited } from '../../rate-limit/index.js';
import { currentMerchant, ForMerchant, TakesApiKey } from '../access.js';
import { sessionResult, type SessionAnswer } from '../schemas.js';
import { testShopperBody, type TestShopperBody } from './test-shoppers.dto.js';
import { TestShoppers } from './test-shoppers.service.js';

@ApiTags('Test mode')
@Controller('test')
export class TestShoppersController {
  constructor(private readonly shoppers: TestShoppers) {}

  @Post('shoppers')
  @HttpCode(201)
  @RateLimited('write', 'user')
  @TakesApiKey('claims:write')
  @ForMerchant('owner')
  @Idempotent()
  @ApiOperation({
    operationId: 'createTestShopper',
    summary: 'Create a test shopper',
    description:
      'With a key of the test mode (`vck_test_...`). The answer is a session as a login gives it: with its `access_token` your ' +
      'program claims your test vouchers, just as it would for a person. A test shopper sees these alone, gets no mail, and has no ' +
      'password: when the tokens are gone, make another one.',
  })
  @Answers(201, 'The session of the new shopper', sessionResult, { 'Cache-Control': PRIVATE })
  @Refuses('malformed_json', 'validation_failed', 'idempotency_in_progress', 'idempotency_key_reused')
  @Refuses('too_many_test_shoppers', 'dependency_unavailable')
  create(
    @Body({ schema: testShopperBody }) body: TestShopperBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionAnswer> {
    void reply.header('cache-control', PRIVATE);
    return this.shoppers.create(currentMerchant(), body ?? ALL_PROVED);
  }
}

const ALL_PROVED = { name: 'Test shopper', email_verified: true, phone_verified: true };
