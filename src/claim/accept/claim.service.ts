import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/index.js';
import { Database } from '../../database/database.js';
import { failpoint } from '../../common/failpoints.js';
import { Metrics } from '../../observability/metrics.js';
import { byName } from '../../observability/buffered-metrics.js';
import { Clock, rfc3339 } from '../../common/clock.js';
import { ClaimIds } from '../../common/ids.js';
import { Problem, type ProblemOptions } from '../../common/problems.js';
import { Offences, rateLimited, type JudgedLimit } from '../../rate-limit/index.js';
import { VoucherCatalogue } from '../../voucher/index.js';
import { answerCounts } from '../outcomes/answer-counts.js';
import { ClaimAdmission } from '../admission/claim-admission.js';
import { gateKeyOf, type Admission, type ClaimAttempt } from '../admission/claim-attempt.js';
import { Batcher } from '../../common/batcher.js';
import { ClaimAppender } from '../log/claim-appender.js';
import type { ClaimBody } from '../read/claim.dto.js';
import { ClaimColumns } from '../ledger/rows/claim-columns.js';
import { claimById } from '../ledger/rows/claims-by-id.js';
import { claimBody, type AcceptedClaim } from '../read/claim.presenter.js';
import { claimRecord, type ClaimRecord, type EpochInLog } from '../domain/claim-record.js';
import { isEndedShadow } from '../ledger/ended-shadows.js';
import { GateKeeper } from '../epoch/gate-keeper.js';
import { GateLostError, GateUnreachableError } from '../gate/gate-errors.js';
import { StockGate, UNKNOWN_VOUCHER, type GateDecision, type GateRequest } from '../gate/stock-gate.js';
import { BatchLinger } from '../../common/batch-linger.js';
import { SharedOutcome } from '../../common/shared-outcome.js';
import { SoldOutFlag } from '../gate/sold-out-flag.js';

/** A claim that was taken, a refusal, or what broke. */
export type ClaimAnswer = AcceptedClaim | Error;

interface AdmittedRequest extends GateRequest {
  readonly limit: JudgedLimit | undefined;
}

interface Judged {
  readonly decision: GateDecision | typeof UNKNOWN_VOUCHER;
  readonly epoch: number;
  /** Whether the gate held all vouchers before it was asked. */
  readonly isWhole: boolean;
  /** Monotonic clock before the gate was asked. */
  readonly askedAt: number;
  /** What has to be stored before the answer; stored with all of its batch. */
  readonly record?: ClaimRecord | undefined;
  readonly stored?: SharedOutcome | undefined;
}

/** A script call costs Redis and this process much the same for one claim and for many (docs/adr/0036). */
const FIRST_ANSWER = new ClaimColumns('id', 'sequence', 'createdAt');
const GATE_LINGER_MS = 2;

/** Said by the ten thousand, and always the same. */
const SOLD_OUT = new Problem('sold_out');

/** From a user's request to the answer: gate, log, `202`; or a refusal that explains itself. */
@Injectable()
export class ClaimService {
  private readonly logger = new Logger('Claims');
  private readonly batcher: Batcher<AdmittedRequest, Judged>;
  private readonly count;
  private readonly decisions;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly admission: ClaimAdmission,
    private readonly gate: StockGate,
    private readonly keeper: GateKeeper,
    private readonly appender: ClaimAppender,
    private readonly vouchers: VoucherCatalogue,
    private readonly soldOut: SoldOutFlag,
    private readonly db: Database,
    private readonly ids: ClaimIds,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly offences: Offences,
  ) {
    this.count = answerCounts(metrics);
    this.decisions = byName((kind) =>
      metrics.funnel.labels({
        layer: 'gate',
        outcome: kind === '' ? 'passed' : 'refused',
        reason: kind.replaceAll('-', '_'),
      }),
    );
    this.batcher = new Batcher(
      { maxBatch: config.GATE_BATCH_MAX, maxWaiting: config.GATE_QUEUE_MAX, concurrency: 4 },
      (voucherId, requests) => this.askGate(voucherId, requests),
      new BatchLinger(clock, GATE_LINGER_MS).soon,
    );
  }

  /**
   * Claims one unit for a user.
   * @throws Problem for every refusal; a refusal of the gate has changed nothing
   */
  claim(attempt: ClaimAttempt): Promise<AcceptedClaim> {
    return new Promise((resolve, reject) => {
      this.decide(attempt, (answer) => {
        if (answer instanceof Error) reject(answer);
        else resolve(answer);
      });
    });
  }

  /**
   * `claim` with its end told to `done`, once, and possibly before it returns: of a claim that is refused here no promise is made, of
   * one that is taken none of its own. On Node 20 each costs a microsecond or two while contexts are tracked (docs/adr/0026).
   * @param done must not throw
   */
  decide(attempt: ClaimAttempt, done: (answer: ClaimAnswer) => void): void {
    const end = (answer: ClaimAnswer): void => {
      this.count(attempt.voucherId, answer);
      done(answer);
    };
    const admission: Admission = { epoch: 0 };
    let refused: Problem | undefined;
    try {
      refused = this.admission.refusal(attempt, admission);
    } catch (error) {
      return end(asError(error));
    }
    if (refused) return end(refused);
    if (!admission.open) return this.ask(attempt, admission, end);
    admission.open.then(
      (problem) => (problem ? end(problem) : this.ask(attempt, admission, end)),
      (error: unknown) => end(asError(error)),
    );
  }

  /** A claim that passed every check goes to the gate. */
  private ask(attempt: ClaimAttempt, { limit }: Admission, end: (answer: ClaimAnswer) => void): void {
    const { userId } = attempt.actor;
    const asked: AdmittedRequest = { userId, idempotency: gateKeyOf(attempt), limit };
    const added = this.batcher.push(attempt.voucherId, asked, {
      resolve: (judged) => this.conclude(attempt.voucherId, asked, judged, end),
      reject: (error) => end(asError(error)),
    });
    if (!added) end(new Problem('overloaded'));
  }

  /** From the gate's decision to the answer. */
  private conclude(
    voucherId: string,
    { userId, idempotency, limit }: AdmittedRequest,
    judged: Judged,
    end: (answer: ClaimAnswer) => void,
  ): void {
    const { decision, epoch, isWhole } = judged;
    if (decision === UNKNOWN_VOUCHER) {
      this.unknown(voucherId, epoch, isWhole).then(end, (error: unknown) => end(asError(error)));
      return;
    }
    const taken = decision.kind === 'accepted' || decision.kind === 'replayed';
    this.decisions(taken ? '' : decision.kind).inc();
    switch (decision.kind) {
      case 'accepted':
        return this.whenStored(judged, end, (record) =>
          end({ claim: pendingBody(record), replayed: false, limit }),
        );
      case 'replayed': {
        const replay = (record: ClaimRecord): void => {
          if (decision.sequence > 0) return end({ claim: pendingBody(record), replayed: true });
          this.firstAnswer(record).then(
            (claim) => end({ claim, replayed: true }),
            (error: unknown) => end(asError(error)),
          );
        };
        // The first request may not have reached the log yet: this one sends the claim again, which is a no-op if it has.
        if (decision.pending) return this.whenStored(judged, end, replay);
        // Not for the log: it names the claim.
        return replay(
          this.recordOf({ epoch, slots: undefined }, voucherId, { userId, idempotency }, decision),
        );
      }
      default:
        return end(this.refusal(voucherId, userId, judged, decision));
    }
  }

  private refusal(
    voucherId: string,
    userId: string,
    { epoch, askedAt }: Judged,
    decision: Exclude<GateDecision, { kind: 'accepted' | 'replayed' }>,
  ): Problem {
    switch (decision.kind) {
      case 'limit-reached':
        return new Problem('claim_limit_reached', this.naming(voucherId, userId, decision.ordinal));
      case 'not-started': {
        const waitMs = decision.opensAt - decision.now;
        return new Problem('not_started', {
          detail: `The voucher opens at ${rfc3339(decision.opensAt)}`,
          retryAfterS: waitMs / 1_000,
          extensions: { opens_at: rfc3339(decision.opensAt) },
        });
      }
      case 'paused':
        return new Problem('paused');
      case 'ended':
        return new Problem('voucher_ended');
      case 'sold-out':
        this.soldOut.heard(epoch, voucherId, decision, askedAt);
        return SOLD_OUT;
      case 'rate-limited':
        this.offences.note('rate_limited', { userId });
        return this.tooFast(decision.retryAfterMs);
      case 'overloaded':
        return new Problem('overloaded');
      case 'key-reused':
        return new Problem('idempotency_key_reused', this.naming(voucherId, userId, decision.ordinal));
    }
  }

  /** Tells which claim of the user a refusal is about; ordinal 0 is none. */
  private naming(voucherId: string, userId: string, ordinal: number): ProblemOptions {
    if (ordinal === 0) return {};
    const id = this.ids.id(voucherId, userId, ordinal);
    return { extensions: { claim_id: id, claim: { object: 'claim', id, url: `/v1/claims/${id}` } } };
  }

  /** The gate counted too many attempts of this user in the window. */
  private tooFast(retryAfterMs: number): Problem {
    const rule = this.config.rateLimits.claim;
    if (!rule) return new Problem('rate_limited', { retryAfterS: retryAfterMs / 1_000 });
    const refusal = { allowed: false, limit: rule.limit, remaining: 0, resetMs: rule.windowMs, retryAfterMs };
    return rateLimited({ rule, decision: refusal });
  }

  private async askGate(voucherId: string, requests: readonly GateRequest[]): Promise<readonly Judged[]> {
    const epoch = this.keeper.requireForClaims(voucherId);
    const of = this.keeper.inLog(epoch);
    const asked = { epoch, isWhole: this.keeper.isOpenFor(voucherId), askedAt: this.clock.monotonic() };
    const stop = this.metrics.gateLatency.startTimer({ call: 'claim' });
    this.metrics.batchSize.observe({ stage: 'gate' }, requests.length);
    try {
      failpoint('claim.before-gate');
      const decisions = await this.gate.claim(epoch, voucherId, requests);
      failpoint('claim.after-gate');
      if (decisions === UNKNOWN_VOUCHER) return requests.map(() => ({ decision: decisions, ...asked }));
      const records = decisions.map((decision, index) => {
        const due = decision.kind === 'accepted' || (decision.kind === 'replayed' && decision.pending);
        const request = requests[index];
        return due && request ? this.recordOf(of, voucherId, request, decision) : undefined;
      });
      const stored = this.store(records.filter((record) => record !== undefined));
      return decisions.map((decision, index) => ({ decision, ...asked, record: records[index], stored }));
    } catch (error) {
      if (error instanceof GateLostError) {
        this.keeper.lostOf(voucherId, epoch, error);
        throw new Problem('gate_recovering', { cause: error });
      }
      if (error instanceof GateUnreachableError) {
        throw error.sent
          ? new Problem('claim_unconfirmed', { detail: 'The gate did not answer; try again', cause: error })
          : new Problem('gate_recovering', { cause: error });
      }
      throw error;
    } finally {
      stop();
    }
  }

  private recordOf(
    of: EpochInLog,
    voucherId: string,
    { userId, idempotency }: GateRequest,
    taken: Extract<GateDecision, { kind: 'accepted' | 'replayed' }>,
  ): ClaimRecord {
    const tag = idempotency && `${idempotency.key}.${idempotency.fingerprint}`;
    const { ordinal, sequence, at } = taken;
    return claimRecord(this.ids, of, voucherId, { ordinal, sequence, at, userId, idempotency: tag });
  }

  /** @returns what an answer has to wait for; nothing where the gate's memory alone is promised: the log follows, and the sweep where that fails */
  private store(records: readonly ClaimRecord[]): SharedOutcome | undefined {
    if (records.length === 0) return undefined;
    const appended = this.appender.append(records);
    if (this.config.CLAIM_DURABILITY !== 'gate')
      return new SharedOutcome(appended.then(() => failpoint('claim.after-log')));
    appended.catch(() => undefined);
    return undefined;
  }

  /** Only `answer` may say `202` of it. */
  private whenStored(
    { record, stored, askedAt }: Judged,
    refuse: (problem: Error) => void,
    answer: (record: ClaimRecord) => void,
  ): void {
    if (!record) return refuse(new Error('a claim that was taken has a record'));
    if (!stored) return answer(record);
    stored.onSettled(
      () => {
        if (this.keeper.mayAnswer(record.epoch, askedAt, record.voucher_id)) answer(record);
        else refuse(unconfirmed(record));
      },
      (error) => {
        this.logger.warn(
          { claim: record.id, voucher: record.voucher_id, err: error },
          'taken but not stored yet',
        );
        refuse(unconfirmed(record, error));
      },
    );
  }

  /** The gate does not know the voucher: it never was open, it is over, it is not loaded yet, or the gate lost it. */
  private async unknown(voucherId: string, epoch: number, isWhole: boolean): Promise<never> {
    const voucher = await this.vouchers.find(voucherId);
    if (!voucher || voucher.status === 'draft')
      throw new Problem('not_found', { detail: 'There is no such voucher' });
    if (voucher.status === 'ended' || voucher.status === 'archived') throw new Problem('voucher_ended');
    if (await isEndedShadow(this.db, voucherId)) throw new Problem('voucher_ended');
    if (isWhole) this.keeper.missing(voucherId, epoch);
    throw new Problem('gate_recovering');
  }

  /** The gate was rebuilt since: it knows that the key was used, the ledger knows the rest. */
  private async firstAnswer(record: ClaimRecord): Promise<ClaimBody> {
    const row = await claimById(this.db.read, FIRST_ANSWER, record.id, this.clock.now());
    return pendingBody({ ...record, sequence: row?.sequence ?? 0, at: row?.createdAt ?? 0 });
  }
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

const unconfirmed = (record: ClaimRecord, cause?: unknown): Problem =>
  new Problem('claim_unconfirmed', {
    cause,
    extensions: { claim_id: record.id, url: `/v1/claims/${record.id}` },
  });

/** What the first answer said, so that a replay says the same. */
const pendingBody = (record: ClaimRecord): ClaimBody =>
  claimBody({
    id: record.id,
    voucherId: record.voucher_id,
    userId: record.user_id,
    ordinal: record.ordinal,
    status: 'pending',
    sequence: record.sequence,
    createdAt: record.at,
  });
