import { Controller, Delete, Get, HttpCode, Param, Put, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Authenticated, currentActor, privately } from '../auth/index.js';
import { languageOf } from '../http/language.js';
import { Answers, Refuses } from '../http/openapi/openapi.js';
import { RateLimited } from '../rate-limit/index.js';
import { reminderAnswer, reminderBody, type ReminderAnswer } from './notice.dto.js';
import { Reminders } from './reminders.js';

const ID = { name: 'id', example: 'vch_01k9z3v8f0abcdef' };

@ApiTags('Mails')
@Controller('vouchers/:id/reminder')
export class RemindersController {
  constructor(private readonly reminders: Reminders) {}

  @Get()
  @RateLimited('status', 'user')
  @Authenticated()
  @ApiOperation({
    operationId: 'getReminder',
    summary: 'Get your reminder of an opening',
    description: 'Whether you are mailed ten minutes before the voucher opens.',
  })
  @ApiParam(ID)
  @Answers(200, 'Your reminder; `off` if you have none', reminderAnswer)
  @Refuses('not_found', 'overloaded', 'dependency_unavailable')
  async find(
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ReminderAnswer> {
    privately(reply);
    return reminderBody(await this.reminders.find(currentActor().userId, id));
  }

  @Put()
  @RateLimited('write', 'user')
  @Authenticated()
  @ApiOperation({
    operationId: 'setReminder',
    summary: 'Request a reminder of an opening',
    description:
      'You get a mail ten minutes before the voucher opens, and one more for each new time if the merchant moves the opening. ' +
      'Requested later than that, the mail is sent at once. Requires a confirmed e-mail address.',
  })
  @ApiParam(ID)
  @Answers(200, 'Your reminder, `on`', reminderAnswer)
  @Refuses('not_found', 'already_open', 'voucher_ended', 'email_unverified', 'mail_unavailable')
  @Refuses('overloaded', 'dependency_unavailable')
  async ask(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ReminderAnswer> {
    privately(reply);
    const { userId } = currentActor();
    return reminderBody(await this.reminders.ask(userId, id, languageOf(request.headers)));
  }

  @Delete()
  @HttpCode(204)
  @RateLimited('write', 'user')
  @Authenticated()
  @ApiOperation({
    operationId: 'deleteReminder',
    summary: 'Cancel a reminder',
    description: 'If there is none, nothing changes.',
  })
  @ApiParam(ID)
  @Answers(204, 'The reminder is off')
  @Refuses('overloaded', 'dependency_unavailable')
  takeBack(@Param('id') id: string): Promise<void> {
    return this.reminders.takeBack(currentActor().userId, id);
  }
}
