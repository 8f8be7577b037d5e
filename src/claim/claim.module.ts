import { Global, Module } from '@nestjs/common';
import { RateLimitModule } from '../rate-limit/index.js';
import { VoucherGate, VoucherHolders, VoucherModule } from '../voucher/index.js';
import { ClaimAdmission } from './admission/claim-admission.js';
import { AuditFindings } from './audit-findings.js';
import { AuditRepair } from './audit-repair.js';
import { AuditService } from './audit.service.js';
import { Auditor } from './auditor.js';
import { Board } from './board/board.service.js';
import { ClaimExport } from './board/claim-export.js';
import { ClaimSearch } from './board/claim-search.js';
import { ClaimCounters } from './board/claim-counters.js';
import { IssueHistories } from './board/issue-history.js';
import { Captchas } from './challenge/captchas.js';
import { ChallengeController } from './challenge/challenge.controller.js';
import { ClaimLinks } from './challenge/claim-links.js';
import { ProtectedVouchers } from './challenge/protected-vouchers.js';
import { ClaimAppender } from './claim-appender.js';
import { ClaimExpiry } from './expiry/claim-expiry.js';
import { FastClaimEndpoint } from './fast-claim-endpoint.js';
import { ConsumerBackpressure } from './consumer-backpressure.js';
import { ClaimIssuer } from './claim-issuer.js';
import { ClaimStatusService } from './claim-status.service.js';
import { ClaimConsumer } from './claim.consumer.js';
import { ClaimController } from './claim.controller.js';
import { ClaimService } from './claim.service.js';
import { DeadLetters } from './dead-letters.js';
import { DeadLetterService } from './dead-letter.service.js';
import { GateEpochs } from './gate/gate-epochs.js';
import { GateKeeper } from './gate/gate-keeper.js';
import { GateRecovery } from './gate/gate-recovery.js';
import { LedgerReader } from './gate/ledger-reader.js';
import { EpochedVoucherGate } from './gate/epoched-voucher-gate.js';
import { Intake } from './intake.js';
import { LedgerHolders } from './holders.js';
import { HolderClaims } from './holder-claims.js';
import { IntakeRelay } from './intake-relay.js';
import { ClaimJobs } from './jobs/claim-jobs.js';
import { OutboxRelay } from './jobs/outbox-relay.js';
import { Reconcile } from './jobs/reconcile.js';
import { Sweep } from './jobs/sweep.js';
import { Ledger } from './ledger.js';
import { MerchantClaimsController } from './merchant-claims.controller.js';
import { ClaimMoves } from './moves/claim-moves.js';
import { MovedClaims } from './moves/moved-claims.js';
import { BulkCancellations } from './returns/bulk-cancellations.js';
import { Cancellations } from './returns/cancellations.js';
import { CancellationsController } from './returns/cancellations.controller.js';
import { UnitReturns } from './returns/unit-returns.js';
import { SystemStatus } from './system-status.js';
import { SoldOutFlag } from './sold-out-flag.js';

/** The way of a claim to the ledger and the gate before it; global, because vouchers are prepared at this gate. */
@Global()
@Module({
  imports: [RateLimitModule],
  providers: [
    GateEpochs,
    GateKeeper,
    GateRecovery,
    LedgerReader,
    Ledger,
    Intake,
    DeadLetters,
    ClaimIssuer,
    IntakeRelay,
    ClaimMoves,
    ClaimExpiry,
    MovedClaims,
    UnitReturns,
    { provide: VoucherGate, useClass: EpochedVoucherGate },
    { provide: VoucherHolders, useClass: LedgerHolders },
  ],
  exports: [
    GateEpochs,
    GateKeeper,
    Ledger,
    Intake,
    DeadLetters,
    ClaimIssuer,
    IntakeRelay,
    ClaimMoves,
    ClaimExpiry,
    MovedClaims,
    UnitReturns,
    VoucherGate,
    VoucherHolders,
  ],
})
export class ClaimPathModule {}

@Module({
  imports: [VoucherModule, RateLimitModule],
  controllers: [
    ClaimController,
    ChallengeController,
    MerchantClaimsController,
    CancellationsController,
    ClaimConsumer,
  ],
  providers: [
    ConsumerBackpressure,
    ClaimAdmission,
    ClaimAppender,
    ClaimService,
    FastClaimEndpoint,
    ClaimStatusService,
    HolderClaims,
    ProtectedVouchers,
    Captchas,
    ClaimLinks,
    SoldOutFlag,
    Board,
    ClaimCounters,
    IssueHistories,
    ClaimSearch,
    ClaimExport,
    Auditor,
    AuditFindings,
    AuditRepair,
    AuditService,
    ClaimJobs,
    Sweep,
    OutboxRelay,
    Reconcile,
    DeadLetterService,
    Cancellations,
    BulkCancellations,
    SystemStatus,
  ],
  exports: [
    ClaimService,
    ClaimStatusService,
    ClaimLinks,
    Captchas,
    ProtectedVouchers,
    DeadLetterService,
    SystemStatus,
  ],
})
export class ClaimModule {}
