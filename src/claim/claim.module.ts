import { Global, Module } from '@nestjs/common';
import { RateLimitModule } from '../rate-limit/index.js';
import { VoucherGate, VoucherHolders, VoucherModule } from '../voucher/index.js';
import { ClaimAdmission } from './admission/claim-admission.js';
import { EligibilityProofs } from './admission/eligibility-proofs.js';
import { EligiblePeople } from './admission/eligible-people.js';
import { PersonAccounts } from './admission/person-accounts.js';
import { ProvenPeople } from './admission/proven-people.js';
import { ClaimCounters } from './outcomes/claim-counters.js';
import { ProtectedVouchers } from './admission/protected-vouchers.js';
import { ClaimAppender } from './log/claim-appender.js';
import { ClaimExpiry } from './expiry/claim-expiry.js';
import { FastClaimEndpoint } from './http/fast-claim-endpoint.js';
import { ConsumerBackpressure } from './issue/consumer-backpressure.js';
import { BackgroundPace } from './issue/background-pace.js';
import { ClaimLoad } from './issue/claim-load.js';
import { ClaimIssuer } from './issue/claim-issuer.js';
import { ClaimLookup } from './read/claim-lookup.js';
import { ClaimLists } from './read/claim-lists.js';
import { ClaimStatusService } from './read/claim-status.service.js';
import { ClaimConsumer } from './issue/claim.consumer.js';
import { ClaimEventsController } from './http/claim-events.controller.js';
import { ClaimController } from './http/claim.controller.js';
import { ClaimService } from './accept/claim.service.js';
import { DeadLetters } from './ledger/dead-letters.js';
import { DeadLetterService } from './recovery/dead-letter.service.js';
import { GateEpochs } from './ledger/gate-epochs.js';
import { GateKeeper } from './epoch/gate-keeper.js';
import { GateRecovery } from './epoch/gate-recovery.js';
import { VoucherLoader } from './epoch/voucher-loader.js';
import { LedgerReader } from './epoch/ledger-reader.js';
import { EpochedVoucherGate } from './epoch/voucher-gate.js';
import { WaitingStore } from './ledger/waiting-store.js';
import { Offers } from './waiting/offers.js';
import { WaitingGate } from './waiting/waiting-gate.js';
import { OwnWaitingListController, WaitingListController } from './waiting/waiting-list.controller.js';
import { WaitingPlacesController } from './waiting/waiting-places.controller.js';
import { WaitingPlaces } from './waiting/waiting-places.js';
import { WaitingListService } from './waiting/waiting-list.service.js';
import { ClaimCodes } from './ledger/claim-codes.js';
import { ClaimHolds } from './ledger/claim-holds.js';
import { Confirmations } from './holds/confirmations.js';
import { ConfirmationsController } from './holds/confirmations.controller.js';
import { HeldClaims } from './holds/held-claims.js';
import { Intake } from './log/intake.js';
import { LedgerHolders } from './read/ledger-holders.js';
import { ContactConsents } from './read/contact-consents.js';
import { EligibilityProofsController } from './http/eligibility-proofs.controller.js';
import { ContactConsentController } from './http/contact-consent.controller.js';
import { PendingOfUser } from './read/pending-of-user.js';
import { HolderClaims } from './read/holder-claims.js';
import { IntakeRelay } from './issue/intake-relay.js';
import { OutboxRelay } from './outbox/outbox-relay.js';
import { ClaimArchiver } from './recovery/claim-archiver.js';
import { ClaimSegments } from './ledger/claim-segments.js';
import { Retention } from './recovery/retention.js';
import { Sweep } from './recovery/sweep.js';
import { Ledger } from './ledger/ledger.js';
import { ClaimMoves } from './moves/claim-moves.js';
import { MovedClaims } from './moves/moved-claims.js';
import { BulkCancellations } from './returns/bulk-cancellations.js';
import { Cancellations } from './returns/cancellations.js';
import { CancellationsController } from './returns/cancellations.controller.js';
import { UnitReturns } from './returns/unit-returns.js';
import { SystemStatus } from './recovery/system-status.js';
import { SoldOutFlag } from './gate/sold-out-flag.js';

/** The way of a claim to the ledger and the gate before it; global, because vouchers are prepared at this gate. */
@Global()
@Module({
  imports: [RateLimitModule],
  providers: [
    GateEpochs,
    GateKeeper,
    GateRecovery,
    LedgerReader,
    VoucherLoader,
    ClaimHolds,
    ClaimCodes,
    WaitingStore,
    Ledger,
    Intake,
    DeadLetters,
    ClaimLoad,
    BackgroundPace,
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
    ClaimHolds,
    ClaimCodes,
    WaitingStore,
    Ledger,
    Intake,
    DeadLetters,
    BackgroundPace,
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
    ContactConsentController,
    EligibilityProofsController,
    ClaimEventsController,
    CancellationsController,
    ConfirmationsController,
    OwnWaitingListController,
    WaitingListController,
    WaitingPlacesController,
    ClaimConsumer,
  ],
  providers: [
    ConsumerBackpressure,
    ClaimAdmission,
    EligibilityProofs,
    EligiblePeople,
    PersonAccounts,
    ProvenPeople,
    ClaimAppender,
    ClaimService,
    FastClaimEndpoint,
    ClaimLookup,
    ClaimLists,
    ClaimStatusService,
    HolderClaims,
    PendingOfUser,
    ContactConsents,
    ProtectedVouchers,
    SoldOutFlag,
    ClaimCounters,
    Sweep,
    OutboxRelay,
    Retention,
    ClaimArchiver,
    ClaimSegments,
    DeadLetterService,
    WaitingGate,
    Offers,
    WaitingListService,
    WaitingPlaces,
    Confirmations,
    HeldClaims,
    Cancellations,
    BulkCancellations,
    SystemStatus,
  ],
  exports: [
    ContactConsents,
    EligibilityProofs,
    ClaimAppender,
    ClaimCounters,
    ClaimLists,
    ClaimService,
    ClaimStatusService,
    ProtectedVouchers,
    DeadLetterService,
    SystemStatus,
    Sweep,
    OutboxRelay,
    Retention,
    ClaimArchiver,
    ClaimSegments,
    BulkCancellations,
    HeldClaims,
    Offers,
  ],
})
export class ClaimModule {}
