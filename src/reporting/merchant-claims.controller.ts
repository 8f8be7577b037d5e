import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { currentMerchant, Customers, ForMerchant, TakesApiKey } from '../auth/index.js';
import { Answers, Refuses } from '../http/openapi/openapi.js';
import { whileClientWaits } from '../http/client-gone.js';
import type { ListBody } from '../http/validation/validation.js';
import { PRIVATE } from '../http/private-answers.js';
import { RateLimited } from '../rate-limit/index.js';
import { Clock, rfc3339 } from '../common/clock.js';
import { VoucherCatalogue } from '../voucher/index.js';
import { Auditor, AuditSlots } from '../audit/index.js';
import { exportQuery, summarySchema, type ExportQuery } from './board.dto.js';
import { Board } from './board.service.js';
import { ClaimExport } from './claim-export.js';
import { ClaimSearch } from './claim-search.js';
import {
  auditSchema,
  ClaimLists,
  type MerchantClaimBody,
  merchantClaimListSchema,
  type MerchantClaimsQuery,
  merchantClaimsQuery,
  effectiveClaimStatus,
  timesOf,
} from '../claim/index.js';

/** People's data: for nobody else, and kept nowhere on the way. */
const CODE_ENDING = 4;
/** Below what a gateway waits for an answer, with the time that the reading takes itself. */
const AUDIT_WAIT_MAX_MS = 15_000;
const endingOf = (code: string | null): string | null => code?.slice(-CODE_ENDING) ?? null;

/** What a merchant sees of the claims on a voucher. Another merchant's voucher is a 404. */
@ApiTags('Vouchers: claims')
@RateLimited('status', 'user')
@Controller('vouchers/:id')
export class MerchantClaimsController {
  constructor(
    private readonly lists: ClaimLists,
    private readonly vouchers: VoucherCatalogue,
    private readonly auditor: Auditor,
    private readonly slots: AuditSlots,
    private readonly board: Board,
    private readonly search: ClaimSearch,
    private readonly customers: Customers,
    private readonly exports: ClaimExport,
    private readonly clock: Clock,
  ) {}

  @Get('claims')
  @TakesApiKey('claims:read')
  @ForMerchant('owner', 'editor', 'cashier')
  @ApiOperation({
    operationId: 'listVoucherClaims',
    summary: 'List the claims on a voucher, newest first',
    description:
      'Without their codes but for the last characters, and of whose they are the name and a contact that is mostly hidden. `q` looks ' +
      'for some of them.',
  })
  @Answers(200, 'A page of claims', merchantClaimListSchema, { 'Cache-Control': PRIVATE })
  @Refuses('not_found', 'validation_failed')
  async claims(
    @Param('id') id: string,
    @Query({ schema: merchantClaimsQuery }) { q, ...query }: MerchantClaimsQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListBody<MerchantClaimBody>> {
    const { redeemUntil } = await this.vouchers.own(currentMerchant(), id);
    const among = q === undefined ? undefined : await this.search.find(id, q);
    const page = await this.lists.ofVoucher(id, query, among);
    const customers = await this.customers.describe(page.data.map((claim) => claim.user_id));
    const now = this.clock.now();
    void reply.header('cache-control', PRIVATE);
    return {
      ...page,
      data: page.data.map((claim) => {
        const { name, contact } = customers.get(claim.user_id) ?? {};
        const customer = name === undefined ? null : { name, contact: contact ?? null };
        const status = effectiveClaimStatus(claim.status, timesOf(claim, redeemUntil), now);
        return { ...claim, status, code: null, code_ending: endingOf(claim.code), customer };
      }),
    };
  }

  @Get('claims.csv')
  @RateLimited('write', 'user')
  @TakesApiKey('claims:read')
  @ForMerchant('owner', 'editor')
  @ApiOperation({
    operationId: 'exportVoucherClaims',
    summary: 'Export the claims on a voucher as CSV',
    description:
      'RFC 4180, UTF-8 with a byte order mark, in the order of the line at the gate; the columns are those of the list, and `moved_at`: ' +
      'when a claim was redeemed, cancelled or expired. `separator` and `time_zone` fit it to a spreadsheet. A field that a ' +
      'spreadsheet would take for a formula begins with an apostrophe. Streamed: an answer that breaks off is not whole.',
  })
  @ApiProduces('text/csv')
  @ApiOkResponse({
    description: 'The file',
    content: { 'text/csv': { schema: { type: 'string' } } },
    headers: {
      'Content-Disposition': { description: 'Name of the file.', schema: { type: 'string' } },
    },
  })
  @Refuses('not_found', 'validation_failed', 'overloaded', 'dependency_unavailable')
  async csv(
    @Param('id') id: string,
    @Query({ schema: exportQuery }) { separator, time_zone: timeZone }: ExportQuery,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.vouchers.own(currentMerchant(), id);
    const stream = await this.exports.stream(id, { separator, timeZone });
    void reply
      .headers({
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': `attachment; filename="claims-${id}.csv"`,
        'cache-control': PRIVATE,
      })
      .send(stream);
  }

  @Get('summary')
  @TakesApiKey('vouchers:read')
  @ForMerchant('owner', 'editor', 'cashier')
  @ApiOperation({
    operationId: 'getVoucherSummary',
    summary: 'Get the board of a voucher',
    description:
      'For a board that polls every second: stock, claims over time, how long it took to sell out, and how claims were answered, layer ' +
      'by layer, summed over all instances. What the gateway refused before is not in it.',
  })
  @Answers(200, 'The numbers', summarySchema, { 'Cache-Control': PRIVATE })
  @Refuses('not_found')
  async summary(
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.infer<typeof summarySchema>> {
    const voucher = await this.vouchers.own(currentMerchant(), id);
    void reply.header('cache-control', PRIVATE);
    return this.board.summary(voucher);
  }

  @Get('audit')
  @ForMerchant('owner')
  @ApiOperation({
    operationId: 'auditVoucher',
    summary: 'Audit a voucher',
    description:
      'Compares gate and ledger over consistent snapshots while claims go on. `ok` means that all hold. It reads every claim on ' +
      'the voucher: few audits run at once, and one whose client goes away is ended.',
  })
  @Answers(200, 'The equations with their numbers', auditSchema)
  @Refuses('not_found', 'overloaded', 'dependency_unavailable')
  async audit(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.infer<typeof auditSchema>> {
    await this.vouchers.own(currentMerchant(), id);
    const signal = whileClientWaits(request, reply);
    const equations = await this.slots.run(
      () => this.auditor.audit(id, { signal, waitMaxMs: AUDIT_WAIT_MAX_MS }),
      signal,
    );
    return {
      object: 'audit',
      voucher_id: id,
      ok: equations.every((equation) => equation.holds),
      equations,
      as_of: rfc3339(this.clock.now()),
    };
  }
}
