import { Controller, Delete, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { currentMerchant, ForMerchant, TakesApiKey } from '../../auth/index.js';
import { Answers, Refuses } from '../../http/openapi/openapi.js';
import { rawStreamOf, TakesRawStream } from '../../http/raw-bodies.js';
import { RateLimited } from '../../rate-limit/index.js';
import { CodeLists } from './code-lists.js';
import { CODE_TYPES, CODES_MAX_BYTES, readCodes } from './code-file.js';
import { codesAnswer, codesBody, type CodesAnswer } from './codes.dto.js';

const ID = { name: 'id', example: 'vch_01k9z3v8f0abcdef' } as const;

@ApiTags('Vouchers of a merchant')
@Controller('vouchers/:id/codes')
export class CodesController {
  constructor(private readonly lists: CodeLists) {}

  @Get()
  @RateLimited('status', 'user')
  @TakesApiKey('vouchers:read')
  @ForMerchant('owner', 'editor', 'cashier')
  @ApiOperation({
    operationId: 'getVoucherCodes',
    summary: 'Get the source of the codes',
    description:
      'Generated here, or imported: how many there are, and how many were given. The codes cannot be read back.',
  })
  @ApiParam(ID)
  @Answers(200, 'Where the codes come from', codesAnswer)
  @Refuses('not_found', 'overloaded', 'dependency_unavailable')
  async find(@Param('id') id: string): Promise<CodesAnswer> {
    return codesBody(await this.lists.find(currentMerchant(), id));
  }

  @Post()
  @HttpCode(200)
  @RateLimited('write', 'user')
  @TakesRawStream(CODE_TYPES, CODES_MAX_BYTES)
  @TakesApiKey('vouchers:write')
  @ForMerchant('owner', 'editor')
  @ApiOperation({
    operationId: 'importVoucherCodes',
    summary: 'Import codes',
    description:
      'The body is a CSV file in UTF-8 with one code a line: 6 to 32 letters and digits, with dots, dashes and underscores between them. ' +
      'At most 1,000,000 a file. It is checked as a whole before anything is stored: `errors` names the first 20 wrong lines (`/1` is the ' +
      'first line), such as one that repeats another (`duplicate`) or a code that you imported before (`known`), whatever its case and ' +
      'dashes. Claims get the codes in the order of the file, each once. The voucher is a draft, or has imported codes and is not over: ' +
      'then they are added. It is published with as many codes as units, and its stock is bounded by them.',
  })
  @ApiParam(ID)
  @ApiConsumes(...CODE_TYPES)
  @ApiBody({
    required: true,
    schema: { type: 'string', example: 'code\nTEA-2030-0001\nTEA-2030-0002\n' },
  })
  @Answers(200, 'The codes that are stored now', codesAnswer)
  @Refuses('not_found', 'not_editable', 'validation_failed', 'overloaded', 'dependency_unavailable')
  async add(@Param('id') id: string, @Req() request: FastifyRequest): Promise<CodesAnswer> {
    const file = rawStreamOf(request.body, CODE_TYPES, CODES_MAX_BYTES);
    return codesBody(await this.lists.add(currentMerchant(), id, () => readCodes(file)));
  }

  @Delete()
  @RateLimited('write', 'user')
  @TakesApiKey('vouchers:write')
  @ForMerchant('owner', 'editor')
  @ApiOperation({
    operationId: 'deleteVoucherCodes',
    summary: 'Remove imported codes',
    description: 'Of a draft; its claims will get generated ones.',
  })
  @ApiParam(ID)
  @Answers(200, 'Where the codes come from now', codesAnswer)
  @Refuses('not_found', 'not_editable', 'overloaded', 'dependency_unavailable')
  async remove(@Param('id') id: string): Promise<CodesAnswer> {
    return codesBody(await this.lists.remove(currentMerchant(), id));
  }
}
