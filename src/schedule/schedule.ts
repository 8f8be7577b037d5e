import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { AuditJobs, Reconcile } from '../audit/index.js';
import { AccountTokens, PasswordResets, Staff, TestShoppers, UserNames } from '../auth/index.js';
import {
  BulkCancellations,
  ClaimArchiver,
  ClaimExpiry,
  ClaimSegments,
  GateKeeper,
  HeldClaims,
  Offers,
  Intake,
  IntakeRelay,
  OutboxRelay,
  Retention,
  Sweep,
  UnitReturns,
} from '../claim/index.js';
import { CONFIG, type Config } from '../config/index.js';
import { IdempotencyKeys } from '../http/idempotency/idempotency.js';
import { Metrics } from '../observability/metrics.js';
import { Blocks } from '../rate-limit/index.js';
import { StockAdjustments, TakeDowns, VoucherLifecycle } from '../voucher/index.js';
import { Rehearsals } from '../rehearsal/index.js';
import { AuditLogReader } from '../audit-log/index.js';
import { WebhookDeliverer } from '../webhook/index.js';
import { MessageMails, OpeningMails, VoucherMessages } from '../notice/index.js';
import { MailRelay } from '../mail/index.js';
import { JobRunner } from '../jobs/job-runner.js';
import { SecretRenewal } from './secret-renewal.js';

const PRUNE_INTERVAL_MS = 600_000;
const PRUNE_BLOCKS_INTERVAL_MS = 600_000;
/** A fraction of the time in which a drop fills a segment. */
const SEGMENT_INTERVAL_MS = 15_000;
/** Soon after a start, which is when a key was changed; from its first success on it does nothing. */
const SEAL_INTERVAL_MS = 15_000;

/** Every scheduled job of the program, and how often it runs. Each job is safe when two instances run it at once. */
@Injectable()
export class Schedule implements OnApplicationBootstrap {
  private readonly logger = new Logger('Jobs');
  private preloadedEpoch = 0;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly jobs: JobRunner,
    private readonly keeper: GateKeeper,
    private readonly sweep: Sweep,
    private readonly intake: Intake,
    private readonly intakeRelay: IntakeRelay,
    private readonly outboxRelay: OutboxRelay,
    private readonly lifecycle: VoucherLifecycle,
    private readonly takeDowns: TakeDowns,
    private readonly reconcile: Reconcile,
    private readonly audits: AuditJobs,
    private readonly rehearsals: Rehearsals,
    private readonly adjustments: StockAdjustments,
    private readonly returns: UnitReturns,
    private readonly cancellations: BulkCancellations,
    private readonly expiry: ClaimExpiry,
    private readonly held: HeldClaims,
    private readonly offers: Offers,
    private readonly idempotency: IdempotencyKeys,
    private readonly blocks: Blocks,
    private readonly webhooks: WebhookDeliverer,
    private readonly auditLog: AuditLogReader,
    private readonly mails: MailRelay,
    private readonly openings: OpeningMails,
    private readonly messages: VoucherMessages,
    private readonly messageMails: MessageMails,
    private readonly resets: PasswordResets,
    private readonly accountTokens: AccountTokens,
    private readonly retention: Retention,
    private readonly archiver: ClaimArchiver,
    private readonly segments: ClaimSegments,
    private readonly staff: Staff,
    private readonly names: UserNames,
    private readonly testShoppers: TestShoppers,
    private readonly secrets: SecretRenewal,
    private readonly metrics: Metrics,
  ) {}

  onApplicationBootstrap(): void {
    const { config } = this;
    if (config.APP_ROLE !== 'all' && config.APP_ROLE !== 'jobs') return;
    this.jobs.every('sweep', config.SWEEP_INTERVAL_MS, () => this.sweep.run());
    this.jobs.every('intake-relay', config.INTAKE_INTERVAL_MS, () => this.relayIntake());
    this.jobs.every('outbox-relay', config.OUTBOX_INTERVAL_MS, () => this.outboxRelay.run());
    this.jobs.every('webhooks', config.WEBHOOK_INTERVAL_MS, () => this.webhooks.run());
    this.jobs.every('mails', config.MAIL_INTERVAL_MS, () => this.mails.run());
    this.jobs.every('opening-mails', config.MAIL_INTERVAL_MS, () => this.openings.run());
    this.jobs.every('message-mails', config.MAIL_INTERVAL_MS, () => this.messageMails.run());
    this.jobs.every('prune-messages', PRUNE_INTERVAL_MS, () => this.messages.prune());
    this.jobs.every('prune-mail-wishes', PRUNE_INTERVAL_MS, () => this.openings.prune());
    this.jobs.every('password-resets', config.MAIL_INTERVAL_MS, () => this.resets.run());
    this.jobs.every('prune-account-tokens', PRUNE_INTERVAL_MS, () => this.accountTokens.prune());
    this.jobs.every('prune-staff-invitations', PRUNE_INTERVAL_MS, () => this.staff.prune());
    this.jobs.every('user-names', PRUNE_INTERVAL_MS, () => this.names.fill());
    this.jobs.every('prune-test-shoppers', PRUNE_INTERVAL_MS, () => this.testShoppers.prune());
    this.jobs.every('prune-mails', PRUNE_INTERVAL_MS, () => this.mails.prune());
    this.jobs.every('prune-webhooks', PRUNE_INTERVAL_MS, () => this.webhooks.prune());
    this.jobs.every('prune-audit-log', PRUNE_INTERVAL_MS, () => this.auditLog.prune());
    this.jobs.every('lifecycle', config.LIFECYCLE_INTERVAL_MS, () => this.advanceVouchers());
    this.jobs.every('take-downs', config.LIFECYCLE_INTERVAL_MS, () => this.takeDowns.followMerchants());
    this.jobs.every('stock-adjustments', config.LIFECYCLE_INTERVAL_MS, () => this.finishAdjustments());
    this.jobs.every('unit-returns', config.LIFECYCLE_INTERVAL_MS, () => this.finishReturns());
    this.jobs.every('cancellations', config.LIFECYCLE_INTERVAL_MS, () => this.cancelClaims());
    this.jobs.every('claim-expiry', config.LIFECYCLE_INTERVAL_MS, () => this.expiry.run());
    this.jobs.every('held-claims', config.LIFECYCLE_INTERVAL_MS, () => this.releaseClaims());
    this.jobs.every('offers', config.LIFECYCLE_INTERVAL_MS, () => this.makeOffers());
    this.jobs.every('reconcile', config.RECONCILE_INTERVAL_MS, () => this.reconcile.run());
    this.jobs.every('audits', config.LIFECYCLE_INTERVAL_MS, () => this.auditVouchers());
    this.jobs.every('rehearsals', config.LIFECYCLE_INTERVAL_MS, () => this.rehearse());
    this.jobs.every('retention', PRUNE_INTERVAL_MS, () => this.retention.run());
    this.jobs.every('claims-archive', PRUNE_INTERVAL_MS, () => this.archiver.run());
    this.jobs.every('claim-segments', SEGMENT_INTERVAL_MS, () => this.segments.run());
    this.jobs.every('prune', PRUNE_INTERVAL_MS, () => this.idempotency.prune());
    this.jobs.every('prune-blocks', PRUNE_BLOCKS_INTERVAL_MS, () => this.blocks.prune());
    this.jobs.every('seal-secrets', SEAL_INTERVAL_MS, () => this.secrets.run());
    this.logger.log({ role: config.APP_ROLE }, 'jobs scheduled');
  }

  /** In embedded mode the transport reads the intake; this is for what the log would not take. */
  private async relayIntake(): Promise<void> {
    if (this.config.stack) while ((await this.intakeRelay.drain({ paced: true })) > 0);
    this.metrics.intakeDepth.set(await this.intake.depth());
  }

  private async finishAdjustments(): Promise<void> {
    if (this.keeper.isOpen) await this.adjustments.finishPending();
  }

  private async finishReturns(): Promise<void> {
    if (this.keeper.isOpen) await this.returns.finishPending();
  }

  private async cancelClaims(): Promise<void> {
    if (this.keeper.isOpen) await this.cancellations.run();
  }

  /** With the gate closed its equation would be left out. */
  private async auditVouchers(): Promise<void> {
    if (this.keeper.isOpen) await this.audits.run();
  }

  private async rehearse(): Promise<void> {
    if (this.keeper.isOpen) await this.rehearsals.run();
  }

  private async makeOffers(): Promise<void> {
    if (this.keeper.isOpen) await this.offers.run();
  }

  private async releaseClaims(): Promise<void> {
    if (this.keeper.isOpen) await this.held.run();
  }

  private async advanceVouchers(): Promise<void> {
    if (!this.keeper.isOpen) return this.lifecycle.run();
    const epoch = this.keeper.known;
    await this.lifecycle.run({ all: epoch !== this.preloadedEpoch });
    this.preloadedEpoch = epoch;
  }
}
