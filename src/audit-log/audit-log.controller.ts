import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Authenticated } from '../auth/index.js';
import { Answers, Refuses } from '../http/openapi/openapi.js';
import type { ListBody } from '../http/validation/validation.js';
import { PRIVATE } from '../http/private-answers.js';
import { RateLimited } from '../rate-limit/index.js';
import { auditLogAnswer, auditLogQuery, type AuditEntryBody, type AuditLogQuery } from './audit-log.dto.js';
import { AuditLogReader } from './audit-log.reader.js';

@ApiTags('Audit log')
@Controller('audit-log')
export class AuditLogController {
  constructor(private readonly reader: AuditLogReader) {}

  @Get()
  @RateLimited('status', 'user')
  @Authenticated()
  @ApiOperation({
    operationId: 'listAuditEntries',
    summary: 'List the entries of the audit log',
    description:
      'Newest first. A merchant’s owner and editors read what concerns the merchant, administrators everything. Entries are ' +
      'written with what they tell of and never changed; `RETENTION_AUDIT_LOG_DAYS` says how long they are kept. Of shoppers ' +
      'a merchant sees the id alone.',
  })
  @Answers(200, 'A page of entries', auditLogAnswer, { 'Cache-Control': PRIVATE })
  @Refuses('validation_failed', 'dependency_unavailable')
  list(
    @Query({ schema: auditLogQuery }) query: AuditLogQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ListBody<AuditEntryBody>> {
    void reply.header('cache-control', PRIVATE);
    return this.reader.list(query);
  }
}
