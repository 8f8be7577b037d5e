import { Body, Controller, Delete, Get, Headers, Param, Patch, Put, Req, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiHeader,
  ApiOperation,
  ApiParam,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { currentMerchant, ForMerchant, type Merchant } from '../auth/index.js';
import { Problem } from '../common/problems.js';
import { ifNoneMatch } from '../http/entity-tags.js';
import { rawBodyOf, TakesRaw } from '../http/raw-bodies.js';
import { Answers, Refuses } from '../http/openapi/openapi.js';
import { WithoutContext } from '../http/route-config.js';
import { RateLimited } from '../rate-limit/index.js';
import { LOGO_MAX_BYTES, LOGO_TYPES, LogoImages } from './logo-image.js';
import {
  merchantProfile,
  patchMerchantBody,
  type MerchantProfileAnswer,
  type PatchMerchantBody,
} from './merchant.dto.js';
import { merchantBody, merchantEtag } from './merchant.view.js';
import { Merchants } from './merchants.js';

const PUBLIC = 'public, max-age=1';
const FOR_GOOD = 'public, max-age=31536000, immutable';
const ID = { name: 'id', type: String, example: 'mer_01k9z3v8f0abcdef' } as const;
const HASH = { name: 'hash', type: String, example: 'q0HfT3sPZ8mC1dYwAbCdEf' } as const;
const TAG = { ETag: 'Version of the object; send it back in `If-Match`.' };

/** What everybody may see of a merchant. */
@ApiTags('Merchants')
@RateLimited('read', 'address', 'route')
@WithoutContext()
@Controller('merchants')
export class PublicMerchantController {
  constructor(private readonly merchants: Merchants) {}

  @Get(':id')
  @ApiOperation({
    operationId: 'getMerchant',
    summary: 'Get a merchant',
    description:
      'Who gives out a voucher: name, logo, address, terms and contact. Vouchers carry name, logo and colour as `merchant`; claims carry address, terms and contact as well.',
  })
  @ApiParam(ID)
  @ApiHeader({ name: 'If-None-Match', required: false, description: 'The `ETag` of your copy.' })
  @Answers(200, 'The merchant', merchantProfile, { ETag: 'Version of the object.', 'Cache-Control': PUBLIC })
  @Answers(304, 'Your copy is up to date', undefined, {
    ETag: 'The same as of your copy.',
    'Cache-Control': PUBLIC,
  })
  @Refuses('not_found', 'overloaded', 'dependency_unavailable')
  async find(
    @Param('id') id: string,
    @Headers('if-none-match') known: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MerchantProfileAnswer | undefined> {
    const merchant = await this.merchants.find(id);
    if (!merchant) throw new Problem('not_found');
    const etag = merchantEtag(merchant);
    void reply.headers({ etag, 'cache-control': PUBLIC });
    if (known === undefined || !ifNoneMatch(known, etag)) return merchantBody(merchant);
    void reply.code(304);
    return undefined;
  }

  @Get(':id/logos/:hash')
  @ApiOperation({
    operationId: 'getMerchantLogo',
    summary: "Get a merchant's logo",
    description:
      'The path is the `logo_url` of the merchant. What it shows never changes, so copies may be kept for good.',
  })
  @ApiParam(ID)
  @ApiParam(HASH)
  @ApiResponse({
    status: 200,
    description: 'The image, of at most 512 × 512 pixels.',
    content: { 'image/webp': { schema: { type: 'string', format: 'binary' } } },
    headers: { 'Cache-Control': { description: FOR_GOOD, schema: { type: 'string' } } },
  })
  @Refuses('not_found', 'overloaded', 'dependency_unavailable')
  async logo(
    @Param('id') id: string,
    @Param('hash') hash: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const bytes = await this.merchants.logo(id, hash);
    if (!bytes) throw new Problem('not_found');
    void reply
      .headers({
        'content-type': 'image/webp',
        'cache-control': FOR_GOOD,
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; sandbox",
      })
      .send(bytes);
  }
}

/** The merchant's own side. */
@ApiTags('Merchants')
@Controller('merchants/me')
export class OwnMerchantController {
  constructor(
    private readonly merchants: Merchants,
    private readonly images: LogoImages,
  ) {}

  @Get()
  @RateLimited('status', 'user')
  @ForMerchant('owner', 'editor', 'cashier')
  @ApiOperation({
    operationId: 'getOwnMerchant',
    summary: 'Get your merchant',
    description: 'As it is in the database, with the ETag that `PATCH` requires.',
  })
  @Answers(200, 'The merchant', merchantProfile, TAG)
  @Refuses('not_found', 'overloaded', 'dependency_unavailable')
  async find(@Res({ passthrough: true }) reply: FastifyReply): Promise<MerchantProfileAnswer> {
    return answer(await this.merchants.own(currentMerchant()), reply);
  }

  @Patch()
  @RateLimited('write', 'user')
  @ForMerchant('owner', 'editor')
  @ApiOperation({
    operationId: 'updateMerchant',
    summary: 'Change the profile of your merchant',
    description:
      'Send the fields to change, and in `If-Match` the `ETag` of what you saw. `null` takes a field away. Shoppers see it within a second.',
  })
  @ApiHeader({
    name: 'If-Match',
    required: true,
    description: 'The `ETag` of the merchant you read.',
    schema: { type: 'string', example: '"m1"' },
  })
  @Answers(200, 'The merchant as it is now', merchantProfile, TAG)
  @Refuses(
    'malformed_json',
    'not_found',
    'precondition_failed',
    'precondition_required',
    'validation_failed',
    'overloaded',
    'dependency_unavailable',
  )
  async change(
    @Headers('if-match') seen: string | undefined,
    @Body({ schema: patchMerchantBody }) body: PatchMerchantBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MerchantProfileAnswer> {
    return answer(await this.merchants.change(currentMerchant(), body, seen), reply);
  }

  @Put('logo')
  @RateLimited('write', 'user')
  @TakesRaw(LOGO_TYPES, LOGO_MAX_BYTES)
  @ForMerchant('owner', 'editor')
  @ApiOperation({
    operationId: 'putMerchantLogo',
    summary: 'Set the logo of your merchant',
    description:
      'The body is the picture itself: PNG, JPEG or WebP, at most 512 KiB and 4,096 by 4,096 pixels, at least 16 by 16. It is decoded ' +
      'and written anew as WebP of at most 512 by 512, without metadata.',
  })
  @ApiConsumes(...LOGO_TYPES)
  @ApiBody({ required: true, schema: { type: 'string', format: 'binary' } })
  @Answers(200, 'The merchant as it is now', merchantProfile, TAG)
  @Refuses('not_found', 'validation_failed', 'overloaded', 'dependency_unavailable')
  async setLogo(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MerchantProfileAnswer> {
    const logo = await this.images.make(rawBodyOf(request.body, LOGO_TYPES));
    return answer(await this.merchants.setLogo(currentMerchant(), logo), reply);
  }

  @Delete('logo')
  @RateLimited('write', 'user')
  @ForMerchant('owner', 'editor')
  @ApiOperation({
    operationId: 'deleteMerchantLogo',
    summary: 'Remove the logo of your merchant',
    description: 'Pages show its name instead.',
  })
  @Answers(200, 'The merchant as it is now', merchantProfile, TAG)
  @Refuses('not_found', 'overloaded', 'dependency_unavailable')
  async removeLogo(@Res({ passthrough: true }) reply: FastifyReply): Promise<MerchantProfileAnswer> {
    return answer(await this.merchants.setLogo(currentMerchant(), null), reply);
  }
}

/** The tag goes out with every answer: the next PATCH needs it. */
function answer(merchant: Merchant, reply: FastifyReply): MerchantProfileAnswer {
  void reply.header('etag', merchantEtag(merchant));
  return merchantBody(merchant);
}
