import { Module } from '@nestjs/common';
import { AuditLogController } from './audit-log.controller.js';
import { AuditLogReader } from './audit-log.reader.js';
import { AuditLogStore } from './audit-log.store.js';

/** Reading of the audit log; it is written by `database/audit-log.ts`, in the transactions of those who act. */
@Module({
  controllers: [AuditLogController],
  providers: [AuditLogReader, AuditLogStore],
  exports: [AuditLogReader],
})
export class AuditLogModule {}
