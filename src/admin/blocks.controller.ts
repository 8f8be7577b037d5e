import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { currentActor, ForAdmin } from '../auth/index.js';
import { Idempotent } from '../http/idempotency/idempotency.js';
import { Answers, Refuses } from '../http/openapi/openapi.js';
import { listBody, type ListBody } from '../http/validation/validation.js';
import { Blocks, RateLimited, type Block, type BlockSubject } from '../rate-limit/index.js';
import { addressBits, addressRange, rangeText } from '../common/address.js';
import { Clock, rfc3339 } from '../common/clock.js';
import { context, type Actor } from '../common/request-context.js';
import { invalidField, Problem } from '../common/problems.js';
import {
  blockListSchema,
  blockRequest,
  blockSchema,
  blocksQuery,
  type BlockBody,
  type BlockRequest,
  type BlocksQuery,
} from './admin.dto.js';

const ID = { name: 'id', example: 'blk_01k9z3v8f0abcdef' };

/** The block list, for administrators. */
@ApiTags('Administration')
@Controller('admin/blocks')
export class BlocksController {
  constructor(
    private readonly blocks: Blocks,
    private readonly clock: Clock,
  ) {}

  @Post()
  @RateLimited('write', 'user')
  @ForAdmin()
  @Idempotent()
  @ApiOperation({
    operationId: 'createBlock',
    summary: 'Block an address, a range or a user',
    description: 'Takes effect on all instances at once. You cannot block yourself or your own address.',
  })
  @Answers(201, 'The block', blockSchema, { Location: 'Where to read it.' })
  @Refuses('malformed_json', 'block_list_full', 'idempotency_in_progress')
  @Refuses('validation_failed', 'idempotency_key_reused')
  @Refuses('overloaded', 'dependency_unavailable')
  async add(
    @Body({ schema: blockRequest }) body: BlockRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BlockBody> {
    const actor = currentActor();
    const subject = subjectOf(body);
    requireOther(subject, actor);
    const now = this.clock.now();
    const block = await this.blocks.add(
      {
        subject,
        reason: body.reason,
        source: 'admin',
        createdBy: actor.userId,
        endsAt: endOf(body, now),
      },
      now,
    );
    void reply.header('location', `/v1/admin/blocks/${block.id}`);
    return blockBody(block);
  }

  @Get()
  @RateLimited('status', 'user')
  @ForAdmin()
  @ApiOperation({
    operationId: 'listBlocks',
    summary: 'List blocks',
    description: 'Newest first. Blocks that have ended are not shown.',
  })
  @Answers(200, 'A page of blocks', blockListSchema)
  @Refuses('validation_failed', 'overloaded', 'dependency_unavailable')
  async list(@Query({ schema: blocksQuery }) query: BlocksQuery): Promise<ListBody<BlockBody>> {
    const { blocks, hasMore } = await this.blocks.page(query);
    return { ...listBody('/v1/admin/blocks', query.limit, blocks.map(blockBody)), has_more: hasMore };
  }

  @Get(':id')
  @RateLimited('status', 'user')
  @ForAdmin()
  @ApiOperation({
    operationId: 'getBlock',
    summary: 'Get a block',
    description: 'A block that has ended is not found.',
  })
  @ApiParam(ID)
  @Answers(200, 'The block', blockSchema)
  @Refuses('not_found', 'overloaded', 'dependency_unavailable')
  async find(@Param('id') id: string): Promise<BlockBody> {
    const block = await this.blocks.find(id);
    if (!block) throw new Problem('not_found');
    return blockBody(block);
  }

  @Delete(':id')
  @HttpCode(204)
  @RateLimited('write', 'user')
  @ForAdmin()
  @ApiOperation({
    operationId: 'deleteBlock',
    summary: 'Remove a block',
    description: 'Automatic blocks can be removed too. Takes effect on all instances at once.',
  })
  @ApiParam(ID)
  @Answers(204, 'Removed')
  @Refuses('not_found', 'overloaded', 'dependency_unavailable')
  async remove(@Param('id') id: string): Promise<void> {
    if (!(await this.blocks.remove(id, currentActor().userId))) throw new Problem('not_found');
  }
}

/** @throws Problem validation_failed where the end is not ahead */
function endOf(body: BlockRequest, now: number): number | null {
  if (body.duration_s !== undefined) return now + body.duration_s * 1_000;
  if (body.expires_at === undefined) return null;
  const endsAt = Date.parse(body.expires_at);
  if (endsAt <= now) throw invalidField('/expires_at', 'in_the_past', 'must be in the future');
  return endsAt;
}

function subjectOf({ address, user_id: userId }: BlockRequest): BlockSubject {
  if (userId !== undefined) return { kind: 'user', userId };
  const range = address === undefined ? undefined : addressRange(address);
  if (!range) throw new Error('the schema lets no such body through');
  return { kind: 'address', range: rangeText(range) };
}

/** Who locks themselves out cannot unlock. @throws Problem validation_failed */
function requireOther(subject: BlockSubject, actor: Actor): void {
  if (subject.kind === 'user') {
    if (subject.userId === actor.userId) throw invalidField('/user_id', 'own_account', 'is your own account');
    return;
  }
  const range = addressRange(subject.range);
  const own = addressBits(context.address() ?? '');
  if (range && own !== undefined && own >> BigInt(128 - range.prefix) === range.head)
    throw invalidField('/address', 'own_address', 'holds the address that you come from');
}

const blockBody = (block: Block): BlockBody => ({
  object: 'block',
  id: block.id,
  kind: block.subject.kind,
  address: block.subject.kind === 'address' ? block.subject.range : null,
  user_id: block.subject.kind === 'user' ? block.subject.userId : null,
  reason: block.reason,
  source: block.source,
  created_by: block.createdBy,
  created_at: rfc3339(block.createdAt),
  expires_at: block.endsAt === null ? null : rfc3339(block.endsAt),
});
