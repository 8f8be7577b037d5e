export { AuditLogModule } from './audit-log.module.js';
export { AuditLogReader } from './audit-log.reader.js';
