import { Body, Controller, Get, Patch, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Authenticated, currentActor, privately } from '../auth/index.js';
import { Answers, Refuses } from '../http/openapi/openapi.js';
import { MailPreferences } from '../mail/index.js';
import { RateLimited } from '../rate-limit/index.js';
import {
  mailPreferencesAnswer,
  mailPreferencesBody,
  mailPreferencesRequest,
  type MailPreferencesAnswer,
  type MailPreferencesRequest,
} from './notice.dto.js';

@ApiTags('Mails')
@Controller('me/mail-preferences')
export class MailPreferencesController {
  constructor(private readonly preferences: MailPreferences) {}

  @Get()
  @RateLimited('status', 'user')
  @Authenticated()
  @ApiOperation({
    operationId: 'getMailPreferences',
    summary: 'Get your mail preferences',
    description: 'Which mails you get, and in which language.',
  })
  @Answers(200, 'Your preferences', mailPreferencesAnswer)
  @Refuses('overloaded', 'dependency_unavailable')
  async find(@Res({ passthrough: true }) reply: FastifyReply): Promise<MailPreferencesAnswer> {
    privately(reply);
    return this.answer(currentActor().userId);
  }

  @Patch()
  @RateLimited('write', 'user')
  @Authenticated()
  @ApiOperation({
    operationId: 'updateMailPreferences',
    summary: 'Change your mail preferences',
    description:
      'What is left out stays. Mails about vouchers go to confirmed addresses. Mails that let you into your account are always sent.',
  })
  @Answers(200, 'Your preferences afterwards', mailPreferencesAnswer)
  @Refuses('malformed_json', 'validation_failed', 'overloaded', 'dependency_unavailable')
  async change(
    @Body({ schema: mailPreferencesRequest })
    { allow_merchants: allowed = [], ...choices }: MailPreferencesRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MailPreferencesAnswer> {
    privately(reply);
    const { userId } = currentActor();
    await this.preferences.change(userId, choices);
    await this.preferences.allowMerchants(userId, allowed);
    return this.answer(userId);
  }

  private async answer(userId: string): Promise<MailPreferencesAnswer> {
    const refused = await this.preferences.refusedMerchants(userId);
    return mailPreferencesBody(await this.preferences.of(userId), refused);
  }
}
