import { Body, Controller, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Answers, Refuses } from '../http/openapi/openapi.js';
import { RateLimited } from '../rate-limit/index.js';
import {
  captchaBody,
  captchaRequest,
  captchaSchema,
  type CaptchaBody,
  type CaptchaRequest,
} from './challenge.dto.js';
import { LoginCaptchas } from './login-captchas.js';

@ApiTags('Accounts')
@Controller('auth')
export class LoginCaptchasController {
  constructor(private readonly captchas: LoginCaptchas) {}

  @Post('captchas')
  @RateLimited('login', 'address')
  @ApiOperation({
    operationId: 'createLoginCaptcha',
    summary: 'Create a captcha for a login code',
    description:
      'Where `POST /v1/auth/phone/code` answers `captcha_required`: send `captcha_id` and `captcha_answer` with it. One try, ' +
      'right or wrong. With `alternative` it is a question in words instead of a picture.',
  })
  @Answers(201, 'The captcha', captchaSchema)
  @Refuses('validation_failed', 'overloaded', 'dependency_unavailable')
  async captcha(
    @Body({ schema: captchaRequest }) body: CaptchaRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CaptchaBody> {
    void reply.header('cache-control', 'no-store');
    return captchaBody(await this.captchas.make(body?.alternative ? body.language : undefined));
  }
}
