import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { currentActor, ForAdmin } from '../auth/index.js';
import { DeadLetterService, type DeadLetter } from '../claim/index.js';
import { Answers, Refuses } from '../http/openapi/openapi.js';
import type { ListBody } from '../http/validation/validation.js';
import { RateLimited } from '../rate-limit/index.js';
import { rfc3339, rfc3339OrNull } from '../common/clock.js';
import {
  deadLetterListSchema,
  deadLetterSchema,
  deadLettersQuery,
  discardRequest,
  type DeadLetterBody,
  type DeadLettersQuery,
  type DiscardRequest,
} from './dead-letters.dto.js';

const ID = { name: 'id', example: 'dlt_7h2v4m8q0x5c9t1w' };

/** Records that could not be read or written, for administrators. */
@ApiTags('Administration')
@Controller('admin/dead-letters')
export class DeadLettersController {
  constructor(private readonly letters: DeadLetterService) {}

  @Get()
  @RateLimited('status', 'user')
  @ForAdmin()
  @ApiOperation({
    operationId: 'listDeadLetters',
    summary: 'List dead letters',
    description:
      'Newest first. A claim behind an open one stays `pending`, and its unit is given to nobody else.',
  })
  @Answers(200, 'A page of dead letters', deadLetterListSchema)
  @Refuses('validation_failed', 'overloaded', 'dependency_unavailable')
  async list(
    @Query({ schema: deadLettersQuery }) query: DeadLettersQuery,
  ): Promise<ListBody<DeadLetterBody>> {
    const { letters, hasMore } = await this.letters.page(query);
    return { object: 'list', url: '/v1/admin/dead-letters', has_more: hasMore, data: letters.map(body) };
  }

  @Get(':id')
  @RateLimited('status', 'user')
  @ForAdmin()
  @ApiOperation({
    operationId: 'getDeadLetter',
    summary: 'Get a dead letter',
    description: 'Open or closed, with the record as it was.',
  })
  @ApiParam(ID)
  @Answers(200, 'The dead letter', deadLetterSchema)
  @Refuses('not_found', 'overloaded', 'dependency_unavailable')
  async find(@Param('id') id: string): Promise<DeadLetterBody> {
    return body(await this.letters.find(id));
  }

  @Post(':id/retry')
  @HttpCode(200)
  @RateLimited('write', 'user')
  @ForAdmin()
  @ApiOperation({
    operationId: 'retryDeadLetter',
    summary: 'Retry a dead letter',
    description:
      'Under its claim’s own id, so a claim is issued once. The answer is `retried` with the outcome, or still `open` with the new reason.',
  })
  @ApiParam(ID)
  @Answers(200, 'The dead letter afterwards', deadLetterSchema)
  @Refuses('not_found', 'dead_letter_closed', 'gate_recovering', 'overloaded', 'dependency_unavailable')
  async retry(@Param('id') id: string): Promise<DeadLetterBody> {
    return body(await this.letters.retry(id, currentActor().userId));
  }

  @Post(':id/discard')
  @HttpCode(200)
  @RateLimited('write', 'user')
  @ForAdmin()
  @ApiOperation({
    operationId: 'discardDeadLetter',
    summary: 'Discard a dead letter',
    description:
      'Its claim ends as `rejected` with `discarded`; unit and quota are given back. The letter is kept, with who discarded it, when and why.',
  })
  @ApiParam(ID)
  @Answers(200, 'The dead letter afterwards', deadLetterSchema)
  @Refuses('malformed_json', 'validation_failed', 'not_found', 'dead_letter_closed', 'claim_unwritable')
  @Refuses('gate_recovering', 'overloaded', 'dependency_unavailable')
  async discard(
    @Param('id') id: string,
    @Body({ schema: discardRequest }) { reason }: DiscardRequest,
  ): Promise<DeadLetterBody> {
    return body(await this.letters.discard(id, currentActor().userId, reason));
  }
}

const body = (letter: DeadLetter): DeadLetterBody => ({
  object: 'dead_letter',
  id: letter.id,
  status: letter.status,
  source: letter.source,
  payload: letter.payload,
  reason: letter.reason,
  claim_id: letter.claimId,
  voucher_id: letter.voucherId,
  retries: letter.retries,
  created_at: rfc3339(letter.createdAt),
  retried_at: rfc3339OrNull(letter.retriedAt),
  closed_at: rfc3339OrNull(letter.closedAt),
  closed_by: letter.closedBy,
  outcome: letter.status === 'retried' ? letter.note : null,
  discard_reason: letter.status === 'discarded' ? letter.note : null,
});
