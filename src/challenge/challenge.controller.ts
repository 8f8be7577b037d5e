import { Body, Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Authenticated, currentActor, TakesTestShoppers } from '../auth/index.js';
import { idempotencyHeader } from '../http/idempotency/idempotency.js';
import { AcceptsIdempotencyKey, Answers, Refuses } from '../http/openapi/openapi.js';
import { RateLimited } from '../rate-limit/index.js';
import { rfc3339 } from '../common/clock.js';
import { acceptedHeaders, type ClaimBody, claimRequest, claimSchema } from '../claim/index.js';
import { Captchas } from './captchas.js';
import {
  captchaBody,
  captchaRequest,
  captchaSchema,
  claimLinkRequest,
  claimLinkSchema,
  type CaptchaBody,
  type CaptchaRequest,
  type ClaimLinkBody,
  type ClaimLinkRequest,
} from './challenge.dto.js';
import { ClaimLinks } from './claim-links.js';

/** What stands between the crowd and the claim of a protected voucher. */
@ApiTags('Claims')
@Controller()
export class ChallengeController {
  constructor(
    private readonly captchas: Captchas,
    private readonly links: ClaimLinks,
  ) {}

  @Post('vouchers/:id/captchas')
  @RateLimited('challenge', 'user')
  @Authenticated()
  @TakesTestShoppers()
  @ApiOperation({
    operationId: 'createCaptcha',
    summary: 'Create a captcha',
    description:
      'For a voucher whose `protection.captcha` is not `none`. One try, right or wrong; a new captcha takes the place of ' +
      'your last one. With `alternative` it is a question in words instead of a picture.',
  })
  @Answers(201, 'The captcha', captchaSchema)
  @Refuses('validation_failed', 'not_found', 'voucher_ended')
  @Refuses('not_started', 'paused', 'sold_out')
  @Refuses('overloaded', 'dependency_unavailable')
  async captcha(
    @Param('id') voucherId: string,
    @Body({ schema: captchaRequest }) body: CaptchaRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CaptchaBody> {
    const { userId } = currentActor();
    const wordsIn = body?.alternative ? body.language : undefined;
    const captcha = await this.captchas.make(voucherId, userId, wordsIn);
    void reply.header('cache-control', 'no-store');
    return captchaBody(captcha);
  }

  @Post('vouchers/:id/claim-links')
  @RateLimited('challenge', 'user')
  @Authenticated()
  @TakesTestShoppers()
  @ApiOperation({
    operationId: 'createClaimLink',
    summary: 'Create a claim link',
    description:
      'For a voucher whose `protection` requires a link or a captcha: from opening on, with the answer to a captcha where ' +
      'it requires one. `POST` to the `url` claims.',
  })
  @Answers(201, 'The link', claimLinkSchema)
  @Refuses('validation_failed', 'not_found', 'voucher_ended')
  @Refuses('captcha_required', 'captcha_failed')
  @Refuses('not_started', 'paused', 'sold_out')
  @Refuses('overloaded', 'dependency_unavailable')
  async link(
    @Param('id') voucherId: string,
    @Body({ schema: claimLinkRequest }) body: ClaimLinkRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ClaimLinkBody> {
    const { captcha_id: captchaId, captcha_answer: answer } = body ?? {};
    const solved = captchaId === undefined || answer === undefined ? undefined : { captchaId, answer };
    const { url, expiresAt } = await this.links.issue(voucherId, currentActor().userId, solved);
    void reply.header('cache-control', 'no-store');
    return { object: 'claim_link', url, expires_at: rfc3339(expiresAt) };
  }

  @Post('claim-links/:token')
  @HttpCode(202)
  @Authenticated()
  @TakesTestShoppers()
  @AcceptsIdempotencyKey()
  @ApiOperation({
    operationId: 'claimByLink',
    summary: 'Claim one unit through a claim link',
    description:
      'As `POST /v1/vouchers/{id}/claims`. The link is good for one claim; a refusal leaves it good. Repeat with the same ' +
      '`Idempotency-Key` to get the first answer again.',
  })
  @Answers(202, 'A unit is reserved for you', claimSchema, { Location: 'Where to read the status.' })
  @Refuses('validation_failed', 'not_found', 'voucher_ended')
  @Refuses('challenge_required', 'not_eligible')
  @Refuses('email_unverified', 'phone_unverified', 'one_per_person')
  @Refuses('not_started', 'paused', 'sold_out', 'claim_limit_reached')
  @Refuses('overloaded', 'gate_recovering', 'claim_unconfirmed')
  async claim(
    @Param('token') token: string,
    @Body({ schema: claimRequest }) _body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ClaimBody> {
    const attempt = { actor: currentActor(), idempotencyKey: idempotencyHeader(request) };
    const accepted = await this.links.claim(token, attempt);
    void reply.headers(acceptedHeaders(accepted));
    return accepted.claim;
  }
}
