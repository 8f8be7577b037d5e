import { ClaimEntity } from './ledger/claim.entity.js';

export { AuditService, type AuditReport } from '../audit/audit.service.js';
export { ClaimExpiry } from './expiry/claim-expiry.js';
export { FastClaimEndpoint } from './http/fast-claim-endpoint.js';
export { countClaims } from './outcomes/count-claims.js';
export { Captchas, type Captcha } from '../challenge/captchas.js';
export { ClaimLinks } from '../challenge/claim-links.js';
export { asksForLink } from './admission/challenge-check.js';
export { attemptByRoute } from './admission/claim-attempt.js';
export { ProtectedVouchers } from './admission/protected-vouchers.js';
export { ClaimStatusService } from './read/claim-status.service.js';
export { type ClaimBody } from './read/claim.dto.js';
export { type AcceptedClaim } from './read/claim.presenter.js';
export { ClaimService } from './accept/claim.service.js';
export { DEAD_LETTER_STATUSES, type DeadLetter } from './ledger/dead-letters.js';
export { DeadLetterService } from './recovery/dead-letter.service.js';
export { CLAIM_MOVES, type ClaimMove, type ClaimStatus } from './domain/claim-move.js';
export {
  ClaimMoves,
  MOVES_MAX,
  type ClaimState,
  type MoveOutcome,
  type MoveRequest,
} from './moves/claim-moves.js';
export { Batcher } from '../common/batcher.js';
export { effectiveClaimStatus } from './domain/claim-status.js';
export { normalizeCode } from './domain/claim-code.js';
export { MovedClaims } from './moves/moved-claims.js';
export { SystemStatus } from './recovery/system-status.js';
export { ClaimModule, ClaimPathModule } from './claim.module.js';
export { CLAIM_TRANSPORT, ClaimTransport } from './log/claim-transport.js';
export { CaptchaStore } from '../challenge/ports/captcha-store.js';
export { ClaimCountsStore } from './outcomes/claim-counts.js';
export { ClaimLog } from './log/claim-log.js';
export { EventStream } from './outbox/event-stream.js';
export { StockGate } from './gate/stock-gate.js';
export { Intake } from './log/intake.js';

/** For the data source. */
export const CLAIM_ENTITIES = [ClaimEntity] as const;
export { ConsumedPositions } from './ledger/consumed-positions.js';
