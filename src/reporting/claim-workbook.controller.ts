import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { currentMerchant, ForMerchant, TakesApiKey } from '../auth/index.js';
import { Refuses } from '../http/openapi/openapi.js';
import { PRIVATE } from '../http/private-answers.js';
import { RateLimited } from '../rate-limit/index.js';
import { VoucherCatalogue } from '../voucher/index.js';
import { workbookQuery, type WorkbookQuery } from './board.dto.js';
import { ClaimExport } from './claim-export.js';

/** Registered with IANA. */
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** The claims on a voucher for spreadsheets. */
@ApiTags('Vouchers: claims')
@RateLimited('status', 'user')
@Controller('vouchers/:id')
export class ClaimWorkbookController {
  constructor(
    private readonly vouchers: VoucherCatalogue,
    private readonly exports: ClaimExport,
  ) {}

  @Get('claims.xlsx')
  @RateLimited('write', 'user')
  @TakesApiKey('claims:read')
  @ForMerchant('owner', 'editor')
  @ApiOperation({
    operationId: 'exportVoucherClaimsWorkbook',
    summary: 'Export the claims on a voucher as XLSX',
    description:
      'The rows and columns of the CSV with numbers and times as such. Text is never evaluated, whatever it begins with. A sheet has ' +
      '1,048,576 rows at most, its head included; claims beyond them are on further sheets. Streamed: an answer that breaks off is ' +
      'not whole.',
  })
  @ApiProduces(XLSX)
  @ApiOkResponse({
    description: 'The file',
    content: { [XLSX]: { schema: { type: 'string', format: 'binary' } } },
    headers: { 'Content-Disposition': { description: 'Name of the file.', schema: { type: 'string' } } },
  })
  @Refuses('not_found', 'validation_failed', 'overloaded', 'dependency_unavailable')
  async workbook(
    @Param('id') id: string,
    @Query({ schema: workbookQuery }) { time_zone: timeZone }: WorkbookQuery,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.vouchers.own(currentMerchant(), id);
    const stream = await this.exports.workbook(id, timeZone);
    void reply
      .headers({
        'content-type': XLSX,
        'content-disposition': `attachment; filename="claims-${id}.xlsx"`,
        'cache-control': PRIVATE,
      })
      .send(stream);
  }
}
