import { ClaimEntity } from './claim.entity.js';

export { AuditService, type AuditReport } from './audit.service.js';
export { ClaimExpiry } from './expiry/claim-expiry.js';
export { FastClaimEndpoint } from './fast-claim-endpoint.js';
export { countClaims } from './board/count-claims.js';
export { Captchas, type Captcha } from './challenge/captchas.js';
export { ClaimLinks } from './challenge/claim-links.js';
export { asksForLink } from './admission/challenge-check.js';
export { attemptByRoute } from './admission/claim-attempt.js';
export { ProtectedVouchers } from './challenge/protected-vouchers.js';
export { ClaimStatusService } from './claim-status.service.js';
export { type ClaimBody } from './claim.dto.js';
export { type AcceptedClaim } from './claim.presenter.js';
export { ClaimService } from './claim.service.js';
export { DEAD_LETTER_STATUSES, type DeadLetter } from './dead-letters.js';
export { DeadLetterService } from './dead-letter.service.js';
export { CLAIM_MOVES, type ClaimMove, type ClaimStatus } from './domain/claim-move.js';
export {
  ClaimMoves,
  MOVES_MAX,
  type ClaimState,
  type MoveOutcome,
  type MoveRequest,
} from './moves/claim-moves.js';
export { Batcher } from './batcher.js';
export { effectiveClaimStatus } from './domain/claim-status.js';
export { normalizeCode } from './domain/claim-code.js';
export { MovedClaims } from './moves/moved-claims.js';
export { SystemStatus } from './system-status.js';
export { ClaimModule, ClaimPathModule } from './claim.module.js';
export { CLAIM_TRANSPORT, ClaimTransport } from './ports/claim-transport.js';
export { CaptchaStore } from './ports/captcha-store.js';
export { ClaimCountsStore } from './ports/claim-counts.js';
export { ClaimLog } from './ports/claim-log.js';
export { EventStream } from './ports/event-stream.js';
export { StockGate } from './ports/stock-gate.js';
export { Intake } from './intake.js';

/** For the data source. */
export const CLAIM_ENTITIES = [ClaimEntity] as const;
export { ConsumedPositions } from './consumed-positions.js';
