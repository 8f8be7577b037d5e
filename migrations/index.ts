import { Init1764000000000 } from './1764000000000-init.js';
import { BlockList1764000200000 } from './1764000200000-block-list.js';
import { StockLedger1764000300000 } from './1764000300000-stock-ledger.js';
import { OpenedEpoch1764000600000 } from './1764000600000-opened-epoch.js';
import { ClaimSearch1764000700000 } from './1764000700000-claim-search.js';
import { DeadLetters1764000800000 } from './1764000800000-dead-letters.js';
import { OutboxPacks1764000900000 } from './1764000900000-outbox-packs.js';
import { ShortEvents1764001000000 } from './1764001000000-short-events.js';
import { ClaimMoves1764001100000 } from './1764001100000-claim-moves.js';
import { VoucherTerms1764001110000 } from './1764001110000-voucher-terms.js';
import { UnitReturns1764001200000 } from './1764001200000-unit-returns.js';
import { PageIndexes1764001310000 } from './1764001310000-page-indexes.js';
import { ConsumedPositions1764001320000 } from './1764001320000-consumed-positions.js';
import { GateHistory1764001340000 } from './1764001340000-gate-history.js';
import { ClaimHolds1764001400000 } from './1764001400000-claim-holds.js';
import { WaitingLists1764001410000 } from './1764001410000-waiting-lists.js';
import { ApiKeys1764001700000 } from './1764001700000-api-keys.js';
import { Webhooks1764001710000 } from './1764001710000-webhooks.js';
import { ClaimExpiry1764001900000 } from './1764001900000-claim-expiry.js';
import { Mails1764002100000 } from './1764002100000-mails.js';
import { AccountRecovery1764002110000 } from './1764002110000-account-recovery.js';
import { AuditLogIndexes1764002200000 } from './1764002200000-audit-log-indexes.js';
import { StaffInvitations1764002210000 } from './1764002210000-staff-invitations.js';
import { MerchantProfile1764002300000 } from './1764002300000-merchant-profile.js';
import { MailWishes1764002400000 } from './1764002400000-mail-wishes.js';
import { DisabledAccounts1764002410000 } from './1764002410000-disabled-accounts.js';
import { TakeDowns1764002420000 } from './1764002420000-take-downs.js';
import { OutboxRetention1764002500000 } from './1764002500000-outbox-retention.js';
import { ClaimWindows1764002510000 } from './1764002510000-claim-windows.js';
import { Eligibility1764002700000 } from './1764002700000-eligibility.js';
import { StockWaves1764002710000 } from './1764002710000-stock-waves.js';
import { ClaimStatusIndex1764002800000 } from './1764002800000-claim-status-index.js';
import { WebhookBatches1764002810000 } from './1764002810000-webhook-batches.js';
import { ImportedCodes1764002811000 } from './1764002811000-imported-codes.js';
import { ProvenPeople1764002830000 } from './1764002830000-proven-people.js';
import { AuditRanges1764002902000 } from './1764002902000-audit-ranges.js';
import { AuditJobs1764002902010 } from './1764002902010-audit-jobs.js';
import { MerchantMessages1764002903000 } from './1764002903000-merchant-messages.js';
import { SharedContacts1764002904000 } from './1764002904000-shared-contacts.js';
import { ApiKeyModes1764002905000 } from './1764002905000-api-key-modes.js';
import { CodePatterns1764002906000 } from './1764002906000-code-patterns.js';
import { VoucherBudgets1764002907000 } from './1764002907000-voucher-budgets.js';
import { Rehearsals1764002912000 } from './1764002912000-rehearsals.js';
import { SlotEpochs1764002913000 } from './1764002913000-slot-epochs.js';
import { ListIndexes1764002914000 } from './1764002914000-list-indexes.js';
import { UserNameWords1764002916000 } from './1764002916000-user-name-words.js';
import { EpochMasters1764002918000 } from './1764002918000-epoch-masters.js';
import { NarrowLists1764002919000 } from './1764002919000-narrow-lists.js';
import { ClaimsArchive1764002925000 } from './1764002925000-claims-archive.js';
import { EligibilityTokens1764002926000 } from './1764002926000-eligibility-tokens.js';
import { PackedEvents1764002927000 } from './1764002927000-packed-events.js';
import { PackedClaims1764002928000 } from './1764002928000-packed-claims.js';
import { PackingOfClaims1764002929000 } from './1764002929000-packing-of-claims.js';
import { ClaimSegments1764002930000 } from './1764002930000-claim-segments.js';

/** All migrations, oldest first. Append only. */
export const migrations = [
  Init1764000000000,
  BlockList1764000200000,
  StockLedger1764000300000,
  OpenedEpoch1764000600000,
  ClaimSearch1764000700000,
  DeadLetters1764000800000,
  OutboxPacks1764000900000,
  ShortEvents1764001000000,
  ClaimMoves1764001100000,
  VoucherTerms1764001110000,
  UnitReturns1764001200000,
  PageIndexes1764001310000,
  ConsumedPositions1764001320000,
  GateHistory1764001340000,
  ClaimHolds1764001400000,
  WaitingLists1764001410000,
  ApiKeys1764001700000,
  Webhooks1764001710000,
  ClaimExpiry1764001900000,
  Mails1764002100000,
  AccountRecovery1764002110000,
  AuditLogIndexes1764002200000,
  StaffInvitations1764002210000,
  MerchantProfile1764002300000,
  MailWishes1764002400000,
  DisabledAccounts1764002410000,
  TakeDowns1764002420000,
  OutboxRetention1764002500000,
  ClaimWindows1764002510000,
  Eligibility1764002700000,
  StockWaves1764002710000,
  ClaimStatusIndex1764002800000,
  WebhookBatches1764002810000,
  ImportedCodes1764002811000,
  ProvenPeople1764002830000,
  AuditRanges1764002902000,
  AuditJobs1764002902010,
  MerchantMessages1764002903000,
  SharedContacts1764002904000,
  ApiKeyModes1764002905000,
  CodePatterns1764002906000,
  VoucherBudgets1764002907000,
  Rehearsals1764002912000,
  SlotEpochs1764002913000,
  ListIndexes1764002914000,
  UserNameWords1764002916000,
  EpochMasters1764002918000,
  NarrowLists1764002919000,
  ClaimsArchive1764002925000,
  EligibilityTokens1764002926000,
  PackedEvents1764002927000,
  PackedClaims1764002928000,
  PackingOfClaims1764002929000,
  ClaimSegments1764002930000,
];
