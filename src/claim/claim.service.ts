import { createHash } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { Database } from '../platform/database/database.js';
import { failpoint } from '../platform/failpoints.js';
import { Metrics } from '../platform/ops/metrics.js';
import { Clock, rfc3339 } from '../shared/clock.js';
import { ClaimIds, isId } from '../shared/ids.js';
import { Problem, type ProblemOptions } from '../shared/problems.js';
import {
  Offences,
  rateLimited,
  LocalRateLimiter,
  type JudgedLimit,
  type RateLimitRule,
} from '../rate-limit/index.js';
import { Vouchers } from '../voucher/index.js';
import { Batcher } from './batcher.js';
import { ClaimAppender } from './claim-appender.js';
import type { ClaimBody } from './claim.dto.js';
import { ClaimEntity } from './claim.entity.js';
import { claimRecord, type ClaimRecord } from './domain/claim-record.js';
import { GateKeeper } from './gate/gate-keeper.js';
import {
  GateLostError,
  GateUnreachableError,
  StockGate,
  UNKNOWN_VOUCHER,
  type GateDecision,
  type GateRequest,
} from './ports/stock-gate.js';
import { SoldOutFlag } from './sold-out-flag.js';

export interface AcceptedClaim {
  readonly claim: ClaimBody;
  /** The answer repeats that of an earlier request with the same `Idempotency-Key`. */
  readonly replayed: boolean;
  /** How the user stands with the limit on claims, where this process judged it. */
  readonly limit?: JudgedLimit | undefined;
}

interface Judged {
  readonly decision: GateDecision | typeof UNKNOWN_VOUCHER;
  readonly epoch: number;
  /** Monotonic clock before the gate was asked. */
  readonly askedAt: number;
  /** What has to be stored before the answer; stored with all of its batch. */
  readonly record?: ClaimRecord | undefined;
  readonly stored?: Promise<void> | undefined;
}

/** Hashes are cut to what is needed: 120 bits of the key, 60 of the fingerprint. */
const hash = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, length);

/** From a user's wish to the answer: gate, log, `202`; or a refusal that explains itself. */
@Injectable()
export class ClaimService {
  private readonly logger = new Logger('Claims');
  private readonly batcher: Batcher<GateRequest, Judged>;
  /** The gate counts for all instances by voucher; this process, before it, what it saw itself, over all vouchers. */
  private readonly localRate: RateLimitRule | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly gate: StockGate,
    private readonly keeper: GateKeeper,
    private readonly appender: ClaimAppender,
    private readonly vouchers: Vouchers,
    private readonly soldOut: SoldOutFlag,
    private readonly limiter: LocalRateLimiter,
    private readonly db: Database,
    private readonly ids: ClaimIds,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly offences: Offences,
  ) {
    const rate = config.rateLimits.claim;
    this.localRate = rate && { ...rate, algorithm: 'sliding-window', scope: 'local' };
    this.batcher = new Batcher(
      { maxBatch: config.GATE_BATCH_MAX, maxWaiting: config.GATE_QUEUE_MAX, concurrency: 4 },
      (voucherId, requests) => this.askGate(voucherId, requests),
      (work) => clock.soon(work),
    );
  }

  /**
   * Claims one unit for a user.
   * @param idempotencyKey of the request's header, if any
   * @param body what counts as the request besides user and voucher
   * @throws Problem for every refusal; a refusal of the gate has changed nothing
   */
  async claim(voucherId: string, userId: string, idempotencyKey?: string, body = ''): Promise<AcceptedClaim> {
    try {
      const accepted = await this.attempt(voucherId, userId, idempotencyKey, body);
      this.metrics.claims.inc({ outcome: accepted.replayed ? 'replayed' : 'accepted' });
      return accepted;
    } catch (error) {
      this.metrics.claims.inc({ outcome: error instanceof Problem ? error.code : 'error' });
      throw error;
    }
  }

  private async attempt(
    voucherId: string,
    userId: string,
    idempotencyKey: string | undefined,
    body: string,
  ): Promise<AcceptedClaim> {
    if (!isId('vch', voucherId)) throw new Problem('not_found', { detail: 'There is no such voucher' });
    const present = this.keeper.require();
    if (!this.appender.healthy) {
      throw new Problem('overloaded', {
        detail: 'No claim can be stored safely right now; nothing was taken',
      });
    }
    // Whether a key makes this a replay, which is never limited, only the gate knows.
    const limit = idempotencyKey === undefined ? this.requireRate(userId) : undefined;
    if (this.soldOut.refuses(present, voucherId, userId)) {
      this.metrics.funnel.inc({ layer: 'sold_out_flag', outcome: 'refused', reason: 'sold_out' });
      throw new Problem('sold_out');
    }
    this.metrics.funnel.inc({ layer: 'sold_out_flag', outcome: 'passed', reason: '' });
    const idempotency =
      idempotencyKey === undefined
        ? undefined
        : { key: hash(idempotencyKey, 20), fingerprint: hash(body, 10) };
    const added = this.batcher.add(voucherId, { userId, idempotency });
    if (!added) throw new Problem('overloaded');
    const judged = await added;
    const { decision, epoch, askedAt } = judged;
    if (decision === UNKNOWN_VOUCHER) return this.unknown(voucherId, epoch);
    const taken = decision.kind === 'accepted' || decision.kind === 'replayed';
    this.metrics.funnel.inc({
      layer: 'gate',
      outcome: taken ? 'passed' : 'refused',
      reason: taken ? '' : decision.kind.replaceAll('-', '_'),
    });
    switch (decision.kind) {
      case 'accepted': {
        const record = await this.requireStored(judged);
        return { claim: pendingBody(record), replayed: false, limit };
      }
      case 'replayed': {
        // The first request may not have reached the log yet: this one sends the claim again, which is a no-op if it has.
        const record = decision.pending
          ? await this.requireStored(judged)
          : this.recordOf(epoch, voucherId, { userId, idempotency }, decision);
        const claim = decision.sequence > 0 ? pendingBody(record) : await this.firstAnswer(record);
        return { claim, replayed: true };
      }
      case 'limit-reached':
        throw new Problem('claim_limit_reached', this.naming(voucherId, userId, decision.ordinal));
      case 'not-started': {
        const waitMs = decision.opensAt - decision.now;
        throw new Problem('not_started', {
          detail: `The voucher opens at ${rfc3339(decision.opensAt)}`,
          retryAfterS: waitMs / 1_000,
          extensions: { opens_at: rfc3339(decision.opensAt) },
        });
      }
      case 'paused':
        throw new Problem('paused');
      case 'ended':
        throw new Problem('voucher_ended');
      case 'sold-out':
        this.soldOut.heard(epoch, voucherId, decision, askedAt);
        throw new Problem('sold_out');
      case 'rate-limited':
        this.offences.note('rate_limited', { userId });
        throw this.tooFast(decision.retryAfterMs);
      case 'overloaded':
        throw new Problem('overloaded');
      case 'key-reused':
        throw new Problem('idempotency_key_reused', this.naming(voucherId, userId, decision.ordinal));
    }
  }

  /** Tells which claim of the user a refusal is about; ordinal 0 is none. */
  private naming(voucherId: string, userId: string, ordinal: number): ProblemOptions {
    if (ordinal === 0) return {};
    const id = this.ids.id(voucherId, userId, ordinal);
    return { extensions: { claim_id: id, claim: { object: 'claim', id, url: `/v1/claims/${id}` } } };
  }

  /** @throws Problem rate_limited */
  private requireRate(userId: string): JudgedLimit | undefined {
    const rule = this.localRate;
    if (!rule) return undefined;
    const decision = this.limiter.judge(rule, userId);
    const outcome = decision.allowed ? 'passed' : 'refused';
    this.metrics.funnel.inc({ layer: 'user', outcome, reason: decision.allowed ? '' : rule.name });
    if (!decision.allowed) {
      this.offences.note('rate_limited', { userId });
      throw rateLimited({ rule, decision });
    }
    return { rule, decision };
  }

  /** The gate counted too many attempts of this user in the window. */
  private tooFast(retryAfterMs: number): Problem {
    const rule = this.config.rateLimits.claim;
    if (!rule) return new Problem('rate_limited', { retryAfterS: retryAfterMs / 1_000 });
    const refusal = { allowed: false, limit: rule.limit, remaining: 0, resetMs: rule.windowMs, retryAfterMs };
    return rateLimited({ rule, decision: refusal });
  }

  private async askGate(voucherId: string, requests: readonly GateRequest[]): Promise<readonly Judged[]> {
    const epoch = this.keeper.require();
    const askedAt = this.clock.monotonic();
    const stop = this.metrics.gateLatency.startTimer({ call: 'claim' });
    this.metrics.batchSize.observe({ stage: 'gate' }, requests.length);
    try {
      failpoint('claim.before-gate');
      const decisions = await this.gate.claim(epoch, voucherId, requests);
      failpoint('claim.after-gate');
      if (decisions === UNKNOWN_VOUCHER) return requests.map(() => ({ decision: decisions, epoch, askedAt }));
      const records = decisions.map((decision, index) => {
        const due = decision.kind === 'accepted' || (decision.kind === 'replayed' && decision.pending);
        const request = requests[index];
        return due && request ? this.recordOf(epoch, voucherId, request, decision) : undefined;
      });
      const stored = this.store(records.filter((record) => record !== undefined));
      return decisions.map((decision, index) => ({
        decision,
        epoch,
        askedAt,
        record: records[index],
        stored,
      }));
    } catch (error) {
      if (error instanceof GateLostError) {
        this.keeper.lost(epoch, error.message);
        throw new Problem('gate_recovering', { cause: error });
      }
      if (error instanceof GateUnreachableError) {
        throw error.sent
          ? new Problem('claim_unconfirmed', { detail: 'The gate did not answer; ask again', cause: error })
          : new Problem('gate_recovering', { cause: error });
      }
      throw error;
    } finally {
      stop();
    }
  }

  private recordOf(
    epoch: number,
    voucherId: string,
    { userId, idempotency }: GateRequest,
    taken: Extract<GateDecision, { kind: 'accepted' | 'replayed' }>,
  ): ClaimRecord {
    const tag = idempotency && `${idempotency.key}.${idempotency.fingerprint}`;
    const { ordinal, sequence, at } = taken;
    return claimRecord(this.ids, epoch, voucherId, { ordinal, sequence, at, userId, idempotency: tag });
  }

  /** @returns what an answer has to wait for; nothing where the gate's memory alone is promised: the log follows, and the sweep where that fails */
  private store(records: readonly ClaimRecord[]): Promise<void> | undefined {
    if (records.length === 0) return undefined;
    const appended = this.appender.append(records);
    if (this.config.CLAIM_DURABILITY !== 'gate') return appended.then(() => failpoint('claim.after-log'));
    appended.catch(() => undefined);
    return undefined;
  }

  /** Only after this a claim may be answered `202`. */
  private async requireStored({ record, stored, askedAt }: Judged): Promise<ClaimRecord> {
    if (!record) throw new Error('a claim that was taken has a record');
    if (!stored) return record;
    try {
      await stored;
    } catch (error) {
      this.logger.warn(
        { claim: record.id, voucher: record.voucher_id, err: error },
        'taken but not stored yet',
      );
      throw unconfirmed(record, error);
    }
    if (!this.keeper.mayAnswer(record.epoch, askedAt)) throw unconfirmed(record);
    return record;
  }

  /** The gate does not know the voucher: it never was open, it is over, or the gate lost it. */
  private async unknown(voucherId: string, epoch: number): Promise<never> {
    const voucher = await this.vouchers.find(voucherId);
    if (!voucher || voucher.status === 'draft')
      throw new Problem('not_found', { detail: 'There is no such voucher' });
    if (voucher.status === 'ended' || voucher.status === 'archived') throw new Problem('voucher_ended');
    this.keeper.lost(epoch, `voucher ${voucherId} is missing`);
    throw new Problem('gate_recovering');
  }

  /** The gate was rebuilt since: it knows that the key was used, the ledger knows the rest. */
  private async firstAnswer(record: ClaimRecord): Promise<ClaimBody> {
    const row = await this.db.read.getRepository(ClaimEntity).findOneBy({ id: record.id });
    return pendingBody({ ...record, sequence: row?.sequence ?? 0, at: row?.createdAt ?? 0 });
  }
}

const unconfirmed = (record: ClaimRecord, cause?: unknown): Problem =>
  new Problem('claim_unconfirmed', {
    cause,
    extensions: { claim_id: record.id, url: `/v1/claims/${record.id}` },
  });

/** What the first answer said, so that a replay says the same. */
const pendingBody = (record: ClaimRecord): ClaimBody => ({
  object: 'claim',
  id: record.id,
  voucher_id: record.voucher_id,
  user_id: record.user_id,
  status: 'pending',
  sequence: record.sequence,
  ordinal: record.ordinal,
  code: null,
  reject_reason: null,
  created_at: rfc3339(record.at),
  issued_at: null,
});
