export { AuditModule } from './audit.module.js';
export { AuditService, type AuditReport } from './audit.service.js';
export { AuditSlots } from './audit-slots.js';
export { Auditor } from './auditor.js';
export { Reconcile } from './reconcile.js';
