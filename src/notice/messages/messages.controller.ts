import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { currentMerchant, ForMerchant, privately } from '../../auth/index.js';
import { Idempotent } from '../../http/idempotency/idempotency.js';
import { Answers, Refuses } from '../../http/openapi/openapi.js';
import { pageBody, type ListBody } from '../../http/validation/validation.js';
import { RateLimited } from '../../rate-limit/index.js';
import { VoucherCatalogue } from '../../voucher/index.js';
import {
  messageAnswer,
  messageBody,
  messageListAnswer,
  messageRequest,
  messagesQuery,
  type MessageAnswer,
  type MessageRequest,
  type MessagesQuery,
} from './message.dto.js';
import { VoucherMessages } from './voucher-messages.js';

const VOUCHER_ID = { name: 'id', example: 'vch_01k9z3v8f0abcdef' };

/** What a merchant writes to the holders of a voucher. Another merchant's voucher is a 404. */
@ApiTags('Messages to holders')
@Controller('vouchers/:id/messages')
export class MessagesController {
  constructor(
    private readonly messages: VoucherMessages,
    private readonly vouchers: VoucherCatalogue,
  ) {}

  @Post()
  @HttpCode(202)
  @RateLimited('write', 'user')
  @ForMerchant('owner', 'editor')
  @Idempotent()
  @ApiOperation({
    operationId: 'sendVoucherMessage',
    summary: 'Send a message to the holders of a voucher',
    description:
      'One mail to each person who holds a claim in one of the statuses at this moment, has a confirmed e-mail address and did not ' +
      'refuse mails of the merchant. You see no addresses, and nobody can reply: the mail names your public contact. At most ' +
      '`VOUCHER_MESSAGES_PER_DAY` for a voucher in 24 hours. The text is sent as plain text, never as markup; the audit log records ' +
      'who sent it. Read the progress at `Location`.',
  })
  @ApiParam(VOUCHER_ID)
  @Answers(202, 'The message, which is being sent', messageAnswer, {
    Location: 'Where to read its progress.',
  })
  @Refuses('malformed_json', 'validation_failed', 'not_found', 'taken_down', 'too_many_messages')
  @Refuses('mail_unavailable', 'idempotency_in_progress', 'idempotency_key_reused')
  @Refuses('overloaded', 'dependency_unavailable')
  async send(
    @Param('id') id: string,
    @Body({ schema: messageRequest }) body: MessageRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MessageAnswer> {
    privately(reply);
    const sent = await this.messages.begin(
      currentMerchant(),
      await this.vouchers.own(currentMerchant(), id),
      body,
    );
    void reply.header('location', `/v1/vouchers/${id}/messages/${sent.message.id}`);
    return messageBody(sent);
  }

  @Get()
  @RateLimited('status', 'user')
  @ForMerchant('owner', 'editor')
  @ApiOperation({
    operationId: 'listVoucherMessages',
    summary: 'List messages to the holders, newest first',
    description: 'Each with how many mails were made, sent and failed.',
  })
  @ApiParam(VOUCHER_ID)
  @Answers(200, 'A page of messages', messageListAnswer)
  @Refuses('not_found', 'validation_failed', 'overloaded', 'dependency_unavailable')
  async list(
    @Param('id') id: string,
    @Query({ schema: messagesQuery }) query: MessagesQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListBody<MessageAnswer>> {
    privately(reply);
    const { limit, starting_after: after, ending_before: before } = query;
    await this.vouchers.own(currentMerchant(), id);
    const found = await this.messages.page(id, { limit, after, before });
    return pageBody(`/v1/vouchers/${id}/messages`, query, found.map(messageBody));
  }

  @Get(':message')
  @RateLimited('status', 'user')
  @ForMerchant('owner', 'editor')
  @ApiOperation({
    operationId: 'getVoucherMessage',
    summary: 'Get a message to the holders',
    description: 'How many mails of it were made, sent and failed.',
  })
  @ApiParam(VOUCHER_ID)
  @ApiParam({ name: 'message', example: 'msg_01k9z3v8f0abcdef' })
  @Answers(200, 'The message', messageAnswer)
  @Refuses('not_found', 'overloaded', 'dependency_unavailable')
  async find(
    @Param('id') id: string,
    @Param('message') message: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MessageAnswer> {
    privately(reply);
    await this.vouchers.own(currentMerchant(), id);
    return messageBody(await this.messages.find(id, message));
  }
}
