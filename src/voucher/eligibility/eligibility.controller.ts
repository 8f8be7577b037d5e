import { Body, Controller, Delete, Get, Param, Put, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { currentMerchant, ForMerchant, privately, TakesApiKey } from '../../auth/index.js';
import type { z } from 'zod';
import { Answers, Refuses } from '../../http/openapi/openapi.js';
import { rawBodyOf, TakesRaw } from '../../http/raw-bodies.js';
import { RateLimited } from '../../rate-limit/index.js';
import { EligibilityLists } from './eligibility-lists.js';
import { EligibilityTokens } from './eligibility-tokens.js';
import {
  eligibilityAnswer,
  eligibilityBody,
  eligibilityTokenAnswer,
  eligibilityTokenBody,
  eligibilityTokenBodyOf,
  type EligibilityAnswer,
  type EligibilityTokenBody,
} from './eligibility.dto.js';
import { PEOPLE_MAX_BYTES, PEOPLE_TYPES, readPeople } from './people-file.js';

const ID = { name: 'id', example: 'vch_01k9z3v8f0abcdef' } as const;

@ApiTags('Vouchers of a merchant')
@Controller('vouchers/:id/eligibility')
export class EligibilityController {
  constructor(
    private readonly lists: EligibilityLists,
    private readonly tokens: EligibilityTokens,
  ) {}

  @Get()
  @RateLimited('status', 'user')
  @TakesApiKey('vouchers:read')
  @ForMerchant('owner', 'editor', 'cashier')
  @ApiOperation({
    operationId: 'getEligibility',
    summary: 'Get who may claim',
    description:
      'Everybody, the people of a list: how many they are, or those with a token: what it has to say. The list itself cannot be read ' +
      'back, nor the secret.',
  })
  @ApiParam(ID)
  @Answers(200, 'Who may claim', eligibilityAnswer)
  @Refuses('not_found', 'overloaded', 'dependency_unavailable')
  async find(@Param('id') id: string): Promise<EligibilityAnswer> {
    const found = await this.lists.find(currentMerchant(), id);
    return eligibilityBody(found, found.eligibility === 'token' ? await this.tokens.rule(id) : undefined);
  }

  @Put()
  @RateLimited('write', 'user')
  @TakesRaw(PEOPLE_TYPES, PEOPLE_MAX_BYTES)
  @TakesApiKey('vouchers:write')
  @ForMerchant('owner', 'editor')
  @ApiOperation({
    operationId: 'putEligibility',
    summary: 'Upload the list of who may claim',
    description:
      'The body is a CSV file in UTF-8 with one person a line: an e-mail address, a phone number, or the SHA-256 (64 hexadecimal digits) ' +
      'of an address in lower case or of a number as E.164. At most 100,000 people and 8 MiB. It is checked as a whole before anything is ' +
      'stored: `errors` names the wrong lines (`/1` is the first line). Only hashes are stored. The voucher is a draft, or has a list ' +
      'already and is not over: then the new list takes the place of the old one within two seconds, and claims that were taken stay.',
  })
  @ApiParam(ID)
  @ApiConsumes(...PEOPLE_TYPES)
  @ApiBody({
    required: true,
    schema: { type: 'string', minLength: 1, example: 'person\nlin@example.com\n+86 138 0013 8000\n' },
  })
  @Answers(200, 'Who may claim from now on', eligibilityAnswer)
  @Refuses('not_found', 'not_editable', 'validation_failed', 'overloaded', 'dependency_unavailable')
  async put(@Param('id') id: string, @Req() request: FastifyRequest): Promise<EligibilityAnswer> {
    const actor = currentMerchant();
    await this.lists.find(actor, id);
    const people = await readPeople(rawBodyOf(request.body, PEOPLE_TYPES));
    return eligibilityBody(await this.lists.put(actor, id, people));
  }

  @Put('token')
  @RateLimited('write', 'user')
  @TakesApiKey('vouchers:write')
  @ForMerchant('owner', 'editor')
  @ApiOperation({
    operationId: 'putEligibilityToken',
    summary: 'Ask for a token of yours',
    description:
      'Only those may claim for whom you signed a token: a JSON Web Token by HS256 with the `secret` of the answer, for a shop system that ' +
      'knows its customers. `sub` names the customer in your house, `aud` is the id of the voucher, `exp` is at most 24 hours ahead, and the ' +
      '`attribute` has one of the `values`. The customer brings it once (`POST /v1/vouchers/{id}/eligibility-proofs`) and can claim from then ' +
      'on; a customer is one account. Each call makes a new secret, in place of a list or of the secret before. The voucher is a draft, or ' +
      'asks for a token already and is not over: then whoever was let in stays.',
  })
  @ApiParam(ID)
  @Answers(200, 'What tokens must contain, and the secret', eligibilityTokenAnswer)
  @Refuses('malformed_json', 'validation_failed', 'not_found', 'not_editable')
  @Refuses('overloaded', 'dependency_unavailable')
  async putToken(
    @Param('id') id: string,
    @Body({ schema: eligibilityTokenBody }) rule: EligibilityTokenBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.output<typeof eligibilityTokenAnswer>> {
    privately(reply);
    return eligibilityTokenBodyOf(id, await this.tokens.put(currentMerchant(), id, rule));
  }

  @Delete()
  @RateLimited('write', 'user')
  @TakesApiKey('vouchers:write')
  @ForMerchant('owner', 'editor')
  @ApiOperation({
    operationId: 'deleteEligibility',
    summary: 'Let everybody claim',
    description: 'Removes the list of a draft, or what it asks of a token.',
  })
  @ApiParam(ID)
  @Answers(200, 'Who may claim from now on', eligibilityAnswer)
  @Refuses('not_found', 'not_editable', 'overloaded', 'dependency_unavailable')
  async remove(@Param('id') id: string): Promise<EligibilityAnswer> {
    return eligibilityBody(await this.lists.remove(currentMerchant(), id));
  }
}
