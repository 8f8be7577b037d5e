export { AuditModule } from './audit.module.js';
export { AuditService, type AuditReport } from './audit.service.js';
export { AUDIT_JOBS_KEPT, AuditJobs, type AuditJob } from './audit-jobs.js';
export { AuditSlots } from './audit-slots.js';
export { allHold, Auditor, type Equation } from './auditor.js';
export { Reconcile } from './reconcile.js';
