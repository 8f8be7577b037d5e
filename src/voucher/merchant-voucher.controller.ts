import {
  applyDecorators,
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Param,
  Patch,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { currentMerchant, ForMerchant, TakesApiKey } from '../auth/index.js';
import { Idempotent } from '../http/idempotency/idempotency.js';
import { Answers, Refuses } from '../http/openapi/openapi.js';
import { listBody, type ListBody } from '../http/validation/validation.js';
import { RateLimited } from '../rate-limit/index.js';
import type { MerchantMove } from './domain/lifecycle.js';
import { cloneBody, type CloneBody } from './clone.dto.js';
import {
  createBody,
  ownListQuery,
  patchBody,
  voucherAnswer,
  voucherListAnswer,
  type CreateBody,
  type OwnListQuery,
  type PatchBody,
  type VoucherAnswer,
} from './voucher.dto.js';
import { VoucherCommands } from './voucher-commands.js';
import { voucherBody, type VoucherView } from './voucher.view.js';

/** The tag goes out with every answer: the next PATCH needs it. */
function answer(view: VoucherView, reply: FastifyReply): VoucherAnswer {
  void reply.header('etag', view.etag);
  return voucherBody(view);
}

const TAG = { ETag: 'Version of the object; send it back in `If-Match`.' };

/** Changes that the gate has to hear of. */
const GATE_REFUSALS = ['overloaded', 'gate_recovering', 'dependency_unavailable'] as const;

/** Named again beside the routes' own: a route documents one answer for each status, with all of its codes. */
const IDEMPOTENCY_REFUSALS = ['idempotency_in_progress', 'idempotency_key_reused'] as const;

/** All moves are alike: no body, and the voucher as it now is for an answer. */
const Move = (move: MerchantMove, summary: string, description: string) =>
  applyDecorators(
    Post(`vouchers/:id/${move}`),
    HttpCode(200),
    TakesApiKey('vouchers:write'),
    ForMerchant('owner', 'editor'),
    Idempotent(),
    ApiOperation({ operationId: `${move}Voucher`, summary, description }),
    ApiParam({ name: 'id', example: 'vch_01k9z3v8f0abcdef' }),
    Answers(200, 'The voucher as it is now', voucherAnswer, TAG),
    Refuses(
      'not_found',
      'invalid_transition',
      'validation_failed',
      ...IDEMPOTENCY_REFUSALS,
      ...GATE_REFUSALS,
    ),
  );

@ApiTags('Vouchers of a merchant')
@RateLimited('write', 'user')
@Controller()
export class MerchantVoucherController {
  constructor(private readonly service: VoucherCommands) {}

  @Post('vouchers')
  @Refuses(
    'malformed_json',
    'validation_failed',
    ...IDEMPOTENCY_REFUSALS,
    'overloaded',
    'dependency_unavailable',
  )
  @TakesApiKey('vouchers:write')
  @ForMerchant('owner', 'editor')
  @Idempotent()
  @ApiOperation({
    operationId: 'createVoucher',
    summary: 'Create a draft',
    description:
      'Nobody but you sees it yet. Check it, change it with `PATCH`, then `publish` it: from then on the stock is fixed. ' +
      "A window that has begun makes it live at once; `time_zone` is the merchant's unless given.",
  })
  @Answers(201, 'The draft', voucherAnswer, { ...TAG, Location: 'Where to read it.' })
  async create(
    @Body({ schema: createBody }) body: CreateBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<VoucherAnswer> {
    const view = await this.service.create(currentMerchant(), body);
    void reply.header('location', `/v1/merchants/me/vouchers/${view.id}`);
    return answer(view, reply);
  }

  @Post('vouchers/:id/clone')
  @TakesApiKey('vouchers:write')
  @ForMerchant('owner', 'editor')
  @Idempotent()
  @ApiOperation({
    operationId: 'cloneVoucher',
    summary: 'Copy a voucher into a new draft',
    description:
      'In whatever state that is. The draft has the same terms and the same list of who may claim. The body, which may be left out, names ' +
      'fields that are to be others, such as the times; `PATCH` changes them later, too. Waves that were released come again: their units ' +
      'are taken off `total_stock`. Claims, imported codes and the history of the stock stay with the first.',
  })
  @ApiParam({ name: 'id', example: 'vch_01k9z3v8f0abcdef' })
  @Answers(201, 'The draft', voucherAnswer, { ...TAG, Location: 'Where to read it.' })
  @Refuses(
    'malformed_json',
    'not_found',
    'validation_failed',
    ...IDEMPOTENCY_REFUSALS,
    'overloaded',
    'dependency_unavailable',
  )
  async clone(
    @Param('id') id: string,
    @Body({ schema: cloneBody }) body: CloneBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<VoucherAnswer> {
    const view = await this.service.clone(currentMerchant(), id, body ?? {});
    void reply.header('location', `/v1/merchants/me/vouchers/${view.id}`);
    return answer(view, reply);
  }

  @Get('merchants/me/vouchers')
  @RateLimited('status', 'user')
  @TakesApiKey('vouchers:read')
  @ForMerchant('owner', 'editor', 'cashier')
  @ApiOperation({
    operationId: 'listOwnVouchers',
    summary: 'List your vouchers',
    description: 'Newest first, drafts and archived ones too.',
  })
  @Answers(200, 'A page of vouchers', voucherListAnswer)
  @Refuses('validation_failed', 'overloaded', 'dependency_unavailable')
  async list(@Query({ schema: ownListQuery }) query: OwnListQuery): Promise<ListBody<VoucherAnswer>> {
    const { views, hasMore } = await this.service.listOwn(currentMerchant(), query);
    return {
      ...listBody('/v1/merchants/me/vouchers', query.limit, views.map(voucherBody)),
      has_more: hasMore,
    };
  }

  @Get('merchants/me/vouchers/:id')
  @RateLimited('status', 'user')
  @TakesApiKey('vouchers:read')
  @ForMerchant('owner', 'editor', 'cashier')
  @ApiOperation({
    operationId: 'getOwnVoucher',
    summary: 'Get one of your vouchers',
    description: 'In any state, as it is in the database.',
  })
  @ApiParam({ name: 'id', example: 'vch_01k9z3v8f0abcdef' })
  @Answers(200, 'The voucher', voucherAnswer, TAG)
  @Refuses('not_found', 'overloaded', 'dependency_unavailable')
  async find(
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<VoucherAnswer> {
    return answer(await this.service.findOwn(currentMerchant(), id), reply);
  }

  @Patch('vouchers/:id')
  @TakesApiKey('vouchers:write')
  @ForMerchant('owner', 'editor')
  @ApiOperation({
    operationId: 'updateVoucher',
    summary: 'Change a voucher',
    description:
      'Send the fields to change, and in `If-Match` the `ETag` of what you saw, for example `"v1"`. A draft can be changed ' +
      'in everything; a scheduled one in all but stock and protection; a live or paused one in title, description, ' +
      '`closes_at` and the times of redemption; one that is over in title, description and the times of redemption. Holders see ' +
      'what they were promised, and each change as an edit. A `redeem_until` that is earlier, while people hold claims, ' +
      'requires `"confirm": true`; `claims_affected` of the refusal says how many there are. A later one makes expired claims good again.',
  })
  @ApiParam({ name: 'id', example: 'vch_01k9z3v8f0abcdef' })
  @ApiHeader({
    name: 'If-Match',
    required: true,
    description: 'The `ETag` of the voucher you read.',
    schema: { type: 'string', example: '"v1"' },
  })
  @Answers(200, 'The voucher as it is now', voucherAnswer, TAG)
  @Refuses(
    'malformed_json',
    'not_found',
    'not_editable',
    'confirmation_required',
    'precondition_failed',
    'validation_failed',
    'precondition_required',
    ...GATE_REFUSALS,
  )
  async edit(
    @Param('id') id: string,
    @Headers('if-match') seen: string | undefined,
    @Body({ schema: patchBody }) body: PatchBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<VoucherAnswer> {
    return answer(await this.service.edit(currentMerchant(), id, body, seen), reply);
  }

  @Delete('vouchers/:id')
  @HttpCode(204)
  @TakesApiKey('vouchers:write')
  @ForMerchant('owner', 'editor')
  @ApiOperation({
    operationId: 'deleteVoucher',
    summary: 'Delete a draft',
    description: 'A voucher that was published is ended and archived instead.',
  })
  @ApiParam({ name: 'id', example: 'vch_01k9z3v8f0abcdef' })
  @Answers(204, 'Deleted')
  @Refuses('not_found', 'not_editable', 'overloaded', 'dependency_unavailable')
  async remove(@Param('id') id: string): Promise<void> {
    await this.service.remove(currentMerchant(), id);
  }

  @Move(
    'publish',
    'Publish a draft',
    'Makes it `scheduled`, or `live` where its window has begun. Stock and protection are fixed from now on. The stock is at the gate before anybody can see the voucher.',
  )
  publish(@Param('id') id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<VoucherAnswer> {
    return this.move('publish', id, reply);
  }

  @Move(
    'pause',
    'Pause a live voucher',
    'Claims are refused with `paused` until you resume. The window goes on.',
  )
  pause(@Param('id') id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<VoucherAnswer> {
    return this.move('pause', id, reply);
  }

  @Move('resume', 'Resume a paused voucher', 'Claims are taken again, if there is stock and time left.')
  @Refuses('taken_down')
  resume(@Param('id') id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<VoucherAnswer> {
    return this.move('resume', id, reply);
  }

  @Move(
    'end',
    'End a voucher now',
    'Before it opens, while it is live, or paused. This cannot be taken back. Claims that were taken stay good.',
  )
  end(@Param('id') id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<VoucherAnswer> {
    return this.move('end', id, reply);
  }

  @Move(
    'archive',
    'Put away an ended voucher',
    'Shoppers no longer see it; you do, under `merchants/me/vouchers`.',
  )
  archive(@Param('id') id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<VoucherAnswer> {
    return this.move('archive', id, reply);
  }

  private async move(move: MerchantMove, id: string, reply: FastifyReply): Promise<VoucherAnswer> {
    return answer(await this.service.move(currentMerchant(), id, move), reply);
  }
}
