import { ClaimEntity } from './claim.entity.js';

export { AuditService, type AuditReport } from './audit.service.js';
export { setUpClaimLane } from './claim-lane.js';
export { Captchas, type Captcha } from './challenge/captchas.js';
export { ClaimLinks } from './challenge/claim-links.js';
export { asksForLink } from './challenge/protected-vouchers.js';
export { ClaimStatusService } from './claim-status.service.js';
export { type ClaimBody } from './claim.dto.js';
export { ClaimService } from './claim.service.js';
export { ClaimModule, ClaimPathModule } from './claim.module.js';
export { CLAIM_TRANSPORT, ClaimTransport } from './ports/claim-transport.js';
export { CaptchaStore } from './ports/captcha-store.js';
export { ClaimLog } from './ports/claim-log.js';
export { EventStream } from './ports/event-stream.js';
export { StockGate } from './ports/stock-gate.js';
export { Intake } from './intake.js';

/** For the data source. */
export const CLAIM_ENTITIES = [ClaimEntity] as const;
