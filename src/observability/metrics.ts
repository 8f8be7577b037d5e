import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { BufferedHistogram, BufferedCounter } from './buffered-metrics.js';

const LATENCY_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const SIZES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];

/** Every metric of the program in one place, so that names, units and labels stay of one kind. */
export class Metrics {
  readonly registry = new Registry();

  readonly http = new BufferedHistogram(
    {
      name: 'voucherconnect_http_request_duration_seconds',
      help: 'Time to answer',
      labelNames: ['method', 'route', 'status'],
      registers: [this.registry],
    },
    LATENCY_S,
  );
  readonly instanceInfo = this.gauge('instance_info', '1; its labels say which instance this process is', [
    'id',
    'role',
    'version',
  ]);
  readonly claims = this.bufferedCounter('claims_total', 'Answers to claims on live vouchers', ['outcome']);
  readonly testClaims = this.bufferedCounter('test_claims_total', 'Answers to claims on test vouchers', [
    'outcome',
  ]);
  readonly gateLatency = this.histogram(
    'gate_call_duration_seconds',
    'Time of one gate call',
    ['call'],
    LATENCY_S,
  );
  readonly batchSize = this.histogram('batch_size', 'Claims that travelled together', ['stage'], SIZES);
  readonly watchers = this.gauge('availability_watchers', 'Open streams of remaining stock', []);
  readonly watchersDropped = this.counter(
    'availability_watchers_dropped_total',
    'Streams cut off because their client fell behind',
    [],
  );
  readonly gateEpoch = this.gauge('gate_epoch', 'Fencing epoch that this process trusts', []);
  readonly gateOpen = this.gauge('gate_open', '1 while this process may accept claims', []);
  readonly gateVouchersLoading = this.gauge(
    'gate_vouchers_loading',
    'Vouchers that a rebuild led by this process has not opened yet',
    [],
  );
  readonly gateRecoveries = this.counter(
    'gate_recoveries_total',
    'Rebuilds of the gate led by this process',
    ['reason'],
  );
  readonly pending = this.gauge('claims_pending', 'Accepted claims that are not yet rows', []);
  readonly pendingAge = this.gauge('claims_pending_oldest_seconds', 'Age of the oldest pending claim', []);
  readonly logLag = this.gauge('claim_log_lag', 'Records of the log that are not yet consumed', []);
  readonly consumerPartitions = this.gauge(
    'consumer_partitions',
    'Partitions of the log that are assigned to this process',
    [],
  );
  readonly logAppend = this.counter('claim_log_appends_total', 'Claims made durable', ['sink']);
  readonly logFailures = this.counter('claim_log_failures_total', 'Sends that failed or timed out', ['sink']);
  readonly issued = this.counter('claims_issued_total', 'Claims on live vouchers written to the ledger', []);
  readonly issuedInTests = this.counter(
    'test_claims_issued_total',
    'Claims on test vouchers written to the ledger',
    [],
  );
  readonly duplicates = this.counter('claims_duplicate_total', 'Records that were already rows', []);
  readonly rejected = this.counter(
    'claims_rejected_total',
    'Accepted claims the ledger refused; must stay 0',
    ['reason'],
  );
  readonly voided = this.counter('claims_voided_total', 'Records of an old epoch behind its barrier', []);
  readonly logRewinds = this.counter(
    'claim_log_rewinds_total',
    'Partitions of the log read again because the database had forgotten what was consumed',
    [],
  );
  readonly deadLetters = this.counter(
    'claim_dead_letters_total',
    'Records set aside as unreadable or unwritable',
    [],
  );
  readonly intakeDepth = this.gauge('claim_intake_depth', 'Rows waiting in the intake', []);
  readonly outboxDepth = this.gauge('outbox_depth', 'Events not yet sent', []);
  readonly eventsSent = this.counter('events_sent_total', 'Events sent from the outbox', []);
  readonly retentionRemoved = this.counter(
    'retention_removed_total',
    'Events, dead letters, accounts of persons and test shoppers removed because of their age',
    ['kind'],
  );
  readonly claimsArchived = this.counter(
    'claims_archived_total',
    'Claims of archived vouchers moved to claims_archive',
    [],
  );
  readonly webhookAttempts = this.counter(
    'webhook_attempts_total',
    'Attempts to send an event to a webhook',
    ['outcome'],
  );
  readonly webhookEventsHeld = this.gauge(
    'webhook_events_held',
    'Events that are being sent to webhooks: what the senders hold in memory',
    [],
  );
  readonly mails = this.counter('mails_total', 'Attempts to send a mail', ['outcome']);
  readonly mailsWaiting = this.gauge('mails_waiting', 'Mails not yet sent', []);
  readonly mailsOldest = this.gauge(
    'mails_waiting_oldest_seconds',
    'Age of the oldest mail not yet sent',
    [],
  );
  readonly compensations = this.counter('compensations_total', 'Claims that a job sent again or moved on', [
    'job',
  ]);
  readonly jobs = this.counter('job_runs_total', 'Runs of scheduled jobs', ['job', 'outcome']);
  readonly drift = this.gauge(
    'audit_drift',
    'Distance between the sides of an equation at the last audit of each voucher',
    ['equation'],
  );
  readonly backgroundWaits = this.counter(
    'background_wait_seconds_total',
    'Time that pieces of audits, exports and boards waited because claims go first',
    ['work'],
  );
  readonly auditBroken = this.gauge(
    'audit_broken',
    'Vouchers for which an equation did not hold in two audits in a row',
    ['equation'],
  );
  readonly cache = this.bufferedCounter(
    'cache_reads_total',
    'Reads of the cache by the level that answered',
    ['family', 'level'],
  );
  readonly cacheRebuilds = this.counter('cache_rebuilds_total', 'Stale values rebuilt in the background', [
    'family',
    'outcome',
  ]);
  readonly cacheLockWaits = this.counter(
    'cache_lock_waits_total',
    'Reads that waited for the load of another instance',
    ['family', 'outcome'],
  );
  readonly cacheInvalidations = this.counter(
    'cache_invalidations_total',
    'Invalidations sent to, and heard from, other instances',
    ['family', 'direction'],
  );
  readonly cacheInvalidationLatency = this.histogram(
    'cache_invalidation_seconds',
    'From the change on one instance to another hearing of it, by both clocks',
    [],
    LATENCY_S,
  );
  /** Layers in order: block_list, address, user, challenge, sold_out_flag, gate. `reason` is empty for what passed. */
  readonly funnel = this.bufferedCounter('funnel_total', 'Requests that a layer between crowd and gate saw', [
    'layer',
    'outcome',
    'reason',
  ]);
  readonly captchas = this.counter('captchas_total', 'Captchas by what became of them', ['kind', 'outcome']);
  readonly blocks = this.counter('blocks_total', 'Entries added to the block list', ['kind', 'source']);
  readonly blocksHeld = this.gauge('blocks_held', 'Entries of the block list that this process holds', []);
  readonly rateLimits = this.bufferedCounter(
    'rate_limit_decisions_total',
    'Decisions of shared limits by where they were counted: shared, local or none with Redis away',
    ['policy', 'counted'],
  );
  /** Requests being answered. */
  inFlight = 0;
  readonly fastPath = this.gauge('http_fast_path', '1 while plain claims are answered before Fastify', []);
  readonly shed = this.counter('http_shed_total', 'Requests refused above MAX_IN_FLIGHT_REQUESTS', []);
  readonly logins = this.counter('auth_logins_total', 'Logins', ['outcome']);
  readonly phoneCodes = this.counter('auth_phone_codes_total', 'One-time codes for phones', ['outcome']);
  readonly sessionsRevoked = this.counter(
    'auth_sessions_revoked_total',
    'Sessions whose access tokens were revoked',
    ['reason'],
  );

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    const inFlight: Gauge = new Gauge({
      name: 'voucherconnect_http_in_flight',
      help: 'Requests being answered',
      registers: [this.registry],
      collect: () => inFlight.set(this.inFlight),
    });
  }

  private bufferedCounter<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
  ): BufferedCounter<L> {
    return new BufferedCounter({
      name: `voucherconnect_${name}`,
      help,
      labelNames,
      registers: [this.registry],
    });
  }

  private counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> {
    return new Counter({ name: `voucherconnect_${name}`, help, labelNames, registers: [this.registry] });
  }

  private gauge<L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> {
    return new Gauge({ name: `voucherconnect_${name}`, help, labelNames, registers: [this.registry] });
  }

  private histogram<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    buckets: number[],
  ): Histogram<L> {
    return new Histogram({
      name: `voucherconnect_${name}`,
      help,
      labelNames,
      buckets,
      registers: [this.registry],
    });
  }
}
