import { StatusIndexEntry } from './ledger/status-index.js';

export { ClaimExpiry } from './expiry/claim-expiry.js';
export { Offers } from './waiting/offers.js';
export { WaitingStore } from './ledger/waiting-store.js';
export { HeldClaims } from './holds/held-claims.js';
export { ClaimHolds } from './ledger/claim-holds.js';
export { timesOf } from './read/claim.presenter.js';
export { FastClaimEndpoint } from './http/fast-claim-endpoint.js';
export { countClaims } from './outcomes/count-claims.js';
export { ELIGIBILITY_TOKEN_MAX, EligibilityProofs } from './admission/eligibility-proofs.js';
export { asksForLink } from './admission/challenge-check.js';
export { attemptByRoute } from './admission/claim-attempt.js';
export { ProtectedVouchers } from './admission/protected-vouchers.js';
export { ContactConsents, type ContactConsent } from './read/contact-consents.js';
export { ClaimLists } from './read/claim-lists.js';
export { ClaimStatusService } from './read/claim-status.service.js';
export { type ClaimBody } from './read/claim.dto.js';
export { type AcceptedClaim } from './read/claim.presenter.js';
export { ClaimService } from './accept/claim.service.js';
export { DEAD_LETTER_STATUSES, type DeadLetter } from './ledger/dead-letters.js';
export { DeadLetterService } from './recovery/dead-letter.service.js';
export type { ClaimStatus } from './domain/claim-move.js';
export { ClaimMoves } from './moves/claim-moves.js';
export { Batcher } from '../common/batcher.js';
export { effectiveClaimStatus } from './domain/claim-status.js';
export { normalizeCode } from './domain/claim-code.js';
export { MovedClaims } from './moves/moved-claims.js';
export { SystemStatus } from './recovery/system-status.js';
export { ClaimModule, ClaimPathModule } from './claim.module.js';
export { CLAIM_TRANSPORT, ClaimTransport } from './log/claim-transport.js';
export { ClaimCountsStore } from './outcomes/claim-counts.js';
export { ClaimLog } from './log/claim-log.js';
export { EventStream, type EventPack } from './outbox/event-stream.js';
export { OutboxSubscriber, OutboxSubscribers } from './outbox/outbox-subscriber.js';
export { GateLostError } from './gate/gate-errors.js';
export { StockGate, UNKNOWN_VOUCHER } from './gate/stock-gate.js';
export { type WaitingListAtGate } from './gate/gate-offers.js';
export { Intake } from './log/intake.js';

// For the modules that audit, protect and report claims.
export { needs, refusedLink } from './admission/challenge-check.js';
export { type ClaimAttempt, type Link } from './admission/claim-attempt.js';
export { claimRecord } from './domain/claim-record.js';
export { claimIdsOf, linesOf } from './domain/event-pack.js';
export { EVENT_TYPES, EVENTS, type EventType } from './outbox/event-catalogue.js';
export { eventSchemas } from './outbox/event-schemas.js';
export { GateKeeper } from './epoch/gate-keeper.js';
export { GateEpochs } from './ledger/gate-epochs.js';
export { vouchersAtGate } from './epoch/vouchers-at-gate.js';
export { gateRetentionMs } from './epoch/ledger-reader.js';
export { type PendingEntry } from './gate/gate-pending.js';
export { type GateSnapshot, type IssuedAtGate } from './gate/stock-gate.js';
export { BackgroundPace } from './issue/background-pace.js';
export { GATE_OVERSOLD } from './issue/claim-issuer.js';
export { IntakeRelay } from './issue/intake-relay.js';
export { isArchiving } from './ledger/claim-archive.js';
export {
  countUsersAbove,
  endOfPiece,
  sumsOfRanges,
  usersAboveInStretch,
  CLAIM_SUMS,
  type ClaimSums,
} from './ledger/rows/audited-claims.js';
export { ClaimPacking, PackingRefused, type PackingProgress } from './ledger/claim-packing.js';
export { learnClaimRows, prepareClaimRows } from './ledger/claim-rows-setting.js';
export { deleteClaims } from './ledger/rows/change-claims.js';
export { CLAIM_FACTS, ClaimColumns } from './ledger/rows/claim-columns.js';
export { type ListedClaim } from './ledger/rows/claim-pages.js';
export { layoutOfSnapshot } from './ledger/rows/claim-layout.js';
export { sumsOfWindow } from './ledger/rows/claim-windows.js';
export {
  claimsAndClock,
  countCodesHeld,
  searchClaims,
  type ClaimSought,
} from './ledger/rows/claims-by-code.js';
export { claimsById } from './ledger/rows/claims-by-id.js';
export { claimsInLineAnywhere, endOfLine, walkClaims } from './ledger/rows/claims-in-line.js';
export { claimsByHolderAnywhere, countOfUsers, ordinalsOf } from './ledger/rows/claims-of-holders.js';
export { LISTED_STATUSES } from './domain/listed-claims.js';
export { rebuildStatusIndex, STATUS_OF_VOUCHER } from './ledger/status-index.js';
export { Ledger } from './ledger/ledger.js';
export { parkedClaims } from './ledger/parked-claims.js';
export { ClaimAppender } from './log/claim-appender.js';
export { OutboxRelay } from './outbox/outbox-relay.js';
export { ClaimCounters } from './outcomes/claim-counters.js';
export { type ClaimCounts } from './outcomes/claim-counts.js';
export { quantilesOf } from './outcomes/latencies.js';
export { funnelOf, LAYERS } from './outcomes/outcomes.js';
export {
  auditSchema,
  claimRequest,
  claimSchema,
  type MerchantClaimBody,
  merchantClaimListSchema,
  merchantClaimsQuery,
  type MerchantClaimsQuery,
} from './read/claim.dto.js';
export { acceptedHeaders } from './read/claim.presenter.js';
export { ClaimArchiver } from './recovery/claim-archiver.js';
export { ClaimSegments } from './ledger/claim-segments.js';
export { Retention } from './recovery/retention.js';
export { Sweep } from './recovery/sweep.js';
export { isLive } from './domain/live-claims.js';
export { BulkCancellations } from './returns/bulk-cancellations.js';
export { UnitReturns } from './returns/unit-returns.js';

/** For the data source. */
export const CLAIM_ENTITIES = [StatusIndexEntry] as const;
export { ConsumedPositions } from './ledger/consumed-positions.js';
