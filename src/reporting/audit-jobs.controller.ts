import { Body, Controller, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AUDIT_JOBS_KEPT, AuditJobs } from '../audit/index.js';
import { currentMerchant, ForMerchant } from '../auth/index.js';
import { Answers, Refuses } from '../http/openapi/openapi.js';
import { listBody, listSchema, type ListBody } from '../http/validation/validation.js';
import { PRIVATE } from '../http/private-answers.js';
import { RateLimited } from '../rate-limit/index.js';
import { VoucherCatalogue } from '../voucher/index.js';
import {
  auditJobAnswer,
  auditJobBody,
  auditJobSchema,
  type AuditJobAnswer,
  type AuditJobBody,
} from './audit-job.dto.js';

/** Audits that take longer than a gateway waits. Another merchant's voucher is a 404. */
@ApiTags('Vouchers: claims')
@RateLimited('status', 'user')
@Controller('vouchers/:id/audits')
export class AuditJobsController {
  constructor(
    private readonly jobs: AuditJobs,
    private readonly vouchers: VoucherCatalogue,
  ) {}

  @Post()
  @HttpCode(202)
  @RateLimited('write', 'user')
  @ForMerchant('owner')
  @ApiOperation({
    operationId: 'createAudit',
    summary: 'Start an audit in the background',
    description:
      'For vouchers with hundreds of thousands of claims; read its progress at `Location`. One that is under way and reads as much is ' +
      'answered in place of a second one.',
  })
  @ApiParam({ name: 'id', example: 'vch_01k9z3v8f0abcdef' })
  @Answers(202, 'The audit, which has started', auditJobSchema, { Location: 'Where to read its progress.' })
  @Refuses('not_found', 'validation_failed')
  async begin(
    @Param('id') id: string,
    @Body({ schema: auditJobBody }) body: AuditJobBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AuditJobAnswer> {
    await this.vouchers.own(currentMerchant(), id);
    const job = await this.jobs.begin(id, body?.full ?? false);
    void reply.header('location', `/v1/vouchers/${id}/audits/${job.id}`);
    return auditJobAnswer(job);
  }

  @Get()
  @ForMerchant('owner')
  @ApiOperation({
    operationId: 'listAudits',
    summary: 'List recent audits',
    description: `The last ${AUDIT_JOBS_KEPT} of the voucher that were begun by \`createAudit\`, newest first.`,
  })
  @ApiParam({ name: 'id', example: 'vch_01k9z3v8f0abcdef' })
  @Answers(200, 'Newest first', listSchema(auditJobSchema, '/v1/vouchers/vch_01k9z3v8f0abcdef/audits'))
  @Refuses('not_found')
  async latest(@Param('id') id: string): Promise<ListBody<AuditJobAnswer>> {
    await this.vouchers.own(currentMerchant(), id);
    const jobs = await this.jobs.latest(id);
    return listBody(`/v1/vouchers/${id}/audits`, AUDIT_JOBS_KEPT, jobs.map(auditJobAnswer));
  }

  @Get(':audit')
  @ForMerchant('owner')
  @ApiOperation({
    operationId: 'getAudit',
    summary: 'Get the progress and the result of an audit',
    description: 'An audit that is `done` or `failed` no longer changes.',
  })
  @ApiParam({ name: 'id', example: 'vch_01k9z3v8f0abcdef' })
  @ApiParam({ name: 'audit', example: 'adt_01k9z3v8f0abcdef' })
  @Answers(200, 'The audit', auditJobSchema)
  @Refuses('not_found')
  async find(
    @Param('id') id: string,
    @Param('audit') audit: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AuditJobAnswer> {
    await this.vouchers.own(currentMerchant(), id);
    void reply.header('cache-control', PRIVATE);
    return auditJobAnswer(await this.jobs.find(id, audit));
  }
}
