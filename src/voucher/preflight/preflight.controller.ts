import { Controller, Get, Param, Query, Req } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { currentMerchant, ForMerchant, TakesApiKey } from '../../auth/index.js';
import { Answers, Refuses } from '../../http/openapi/openapi.js';
import { RateLimited } from '../../rate-limit/index.js';
import {
  preflightAnswer,
  preflightQuery,
  type PreflightAnswer,
  type PreflightQuery,
} from './preflight.dto.js';
import { Preflight } from './preflight.service.js';

@ApiTags('Vouchers of a merchant')
@RateLimited('status', 'user')
@Controller()
export class PreflightController {
  constructor(private readonly preflight: Preflight) {}

  @Get('vouchers/:id/preflight')
  @TakesApiKey('vouchers:read')
  @ForMerchant('owner', 'editor')
  @ApiOperation({
    operationId: 'checkVoucher',
    summary: 'Check a draft before you publish it',
    description:
      'A dry run: nothing is changed. Says whether publishing would be refused now, and warns of what is most likely a slip: ' +
      'an opening in the past or at night, a time zone that is not yours, a limit above the stock, cold caches, and, with ' +
      '`expected_crowd` and `people_per_address`, limits of this installation and of its gateway that are below the crowd.',
  })
  @ApiParam({ name: 'id', example: 'vch_01k9z3v8f0abcdef' })
  @Answers(200, 'What was found', preflightAnswer)
  @Refuses('not_found', 'validation_failed', 'overloaded', 'dependency_unavailable')
  check(
    @Param('id') id: string,
    @Query({ schema: preflightQuery }) query: PreflightQuery,
    @Req() { headers, socket }: FastifyRequest,
  ): Promise<PreflightAnswer> {
    const told = headers['x-gateway-limits'];
    const asked = {
      peer: socket.remoteAddress ?? '',
      limits: typeof told === 'string' ? told : undefined,
    };
    return this.preflight.run(currentMerchant(), id, query, asked);
  }
}
