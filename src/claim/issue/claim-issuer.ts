import { Injectable, Logger } from '@nestjs/common';
import { isDataError, isDuplicateKey } from '../../database/database.js';
import { failpoint } from '../../common/failpoints.js';
import { Broadcast } from '../../broadcast/broadcast.js';
import { Metrics } from '../../observability/metrics.js';
import { Clock } from '../../common/clock.js';
import { modeOf } from '../../common/mode.js';
import { DeadLetters } from '../ledger/dead-letters.js';
import type { ClaimBatch, ClaimRecord, LoggedClaim } from '../domain/claim-record.js';
import { STOCK_CHANGED } from '../gate/sold-out-flag.js';
import { Ledger, StockRowMissingError, type IssueResult } from '../ledger/ledger.js';
import { StockGate, type ClaimEnd } from '../gate/stock-gate.js';
import { ClaimLoad } from './claim-load.js';

/** Broadcast channel of claims that reached an end: JSON array of claim ids. */
export const CLAIMS_ENDED = 'claims-ended';

/** Broadcast channel: the ledger had to refuse a claim of this epoch, so its gate is fenced. */
export const GATE_OVERSOLD = 'gate-fenced';

const DUPLICATE_RETRIES = 5;

/**
 * So long a voucher without a stock row is waited for: a node that lags has it soon, and a database that was restored never. Then its
 * claims are set aside, each with its name, and those of other vouchers behind them go on.
 */
const STOCK_ROW_WAIT_MS = 30_000;
const MISSING_MAX = 1_000;

/** Takes batches from the log or the intake to the ledger, and tells the gate afterwards. */
@Injectable()
export class ClaimIssuer {
  private readonly logger = new Logger('Claims');
  /** Vouchers without a stock row, with the time (monotonic, ms) when that was first seen. */
  private readonly missing = new Map<string, number>();

  constructor(
    private readonly ledger: Ledger,
    private readonly gate: StockGate,
    private readonly letters: DeadLetters,
    private readonly broadcast: Broadcast,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly load: ClaimLoad,
  ) {}

  /**
   * Returns when every claim of the batch is a row, void, or a dead letter.
   * @throws the driver's error when it says nothing against the data (the database is away, say): the batch must come again
   */
  async handle(batch: ClaimBatch): Promise<void> {
    for (const letter of batch.unreadable) await this.letters.keep(letter);
    if (batch.claims.length > 0) await this.issue(batch.claims);
  }

  /** Counts and tells the gate what the ledger did with a claim that was set aside; the gate knows it under `epoch` by now. */
  async conclude(result: IssueResult, epoch: number): Promise<void> {
    this.count(1, result);
    await this.confirm(result, epoch);
  }

  private async issue(claims: readonly LoggedClaim[]): Promise<void> {
    let result: IssueResult;
    try {
      result = await this.write(claims);
    } catch (error) {
      if (error instanceof StockRowMissingError) return this.withoutStockRow(claims, error);
      if (!isDataError(error)) throw error;
      return this.bisect(claims, error);
    }
    if (this.missing.size > 0) for (const { voucher_id } of result.issued) this.missing.delete(voucher_id);
    failpoint('consumer.after-commit');
    this.load.issued(claims);
    this.count(claims.length, result);
    await this.confirm(result);
    failpoint('consumer.after-confirm');
  }

  private async write(claims: readonly LoggedClaim[]): Promise<IssueResult> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.ledger.issue(claims);
      } catch (error) {
        // Another consumer wrote some of them at the same moment: the next attempt sees its rows.
        if (!isDuplicateKey(error) || attempt >= DUPLICATE_RETRIES) throw error;
        await this.clock.sleepUpTo(20 * attempt);
      }
    }
  }

  /** @throws StockRowMissingError while the voucher is waited for: the batch must come again, those of other vouchers are rows by then */
  private async withoutStockRow(claims: readonly LoggedClaim[], error: StockRowMissingError): Promise<void> {
    const { voucherId } = error;
    const others = claims.filter(({ record }) => record.voucher_id !== voucherId);
    if (others.length > 0) await this.issue(others);
    if (await this.ledger.isEndedShadow(voucherId)) {
      this.metrics.voided.inc(claims.length - others.length);
      return;
    }
    const now = this.clock.monotonic();
    const since = this.missing.get(voucherId) ?? now;
    this.missing.set(voucherId, since);
    for (const [oldest] of this.missing) if (this.missing.size > MISSING_MAX) this.missing.delete(oldest);
    if (now - since < STOCK_ROW_WAIT_MS) throw error;
    for (const entry of claims)
      if (entry.record.voucher_id === voucherId) await this.setAside(entry, error.message);
  }

  /** Halves a batch that cannot be written until the poison stands alone; everything else goes through. */
  private async bisect(claims: readonly LoggedClaim[], error: unknown): Promise<void> {
    const [only] = claims;
    if (claims.length === 1 && only) {
      const reason = error instanceof Error ? error.message : 'unknown fault';
      return this.setAside(only, reason);
    }
    const middle = Math.ceil(claims.length / 2);
    await this.issue(claims.slice(0, middle));
    await this.issue(claims.slice(middle));
  }

  /** The claim stays pending at the gate, and its unit with it, until an administrator retries or discards its letter. */
  private async setAside(entry: LoggedClaim, why: string): Promise<void> {
    const { record } = entry;
    const found = await this.letters.setAside(entry, why);
    const nothing = {
      issued: [],
      held: new Set<ClaimRecord>(),
      known: [],
      rejected: [],
      voided: [],
      at: this.clock.now(),
    };
    switch (found.kind) {
      case 'kept':
        return;
      case 'void':
        return this.count(1, { ...nothing, voided: [record] });
      case 'known': {
        const { kind: _kind, ...known } = found;
        return this.confirm({ ...nothing, known: [{ record, ...known }] });
      }
    }
  }

  private count(size: number, result: IssueResult): void {
    this.metrics.batchSize.observe({ stage: 'issue' }, size);
    const tests = result.issued.filter((record) => modeOf(record.voucher_id) === 'test').length;
    this.metrics.issued.inc(result.issued.length - tests);
    this.metrics.issuedInTests.inc(tests);
    this.metrics.duplicates.inc(result.known.length);
    this.metrics.voided.inc(result.voided.length);
    for (const record of result.voided) {
      this.logger.warn(
        { claim: record.id, epoch: record.epoch },
        'void: of an epoch that is over, and never answered',
      );
    }
    if (result.rejected.length > 0) {
      this.metrics.rejected.inc({ reason: 'stock_exhausted' }, result.rejected.length);
      this.logger.error(
        { voucher: result.rejected[0]?.voucher_id, claims: result.rejected.length },
        'the gate gave away more than the ledger has; rejected the last ones',
      );
      const { epoch } = result.rejected[0] ?? { epoch: 0 };
      void this.broadcast.publish(GATE_OVERSOLD, String(epoch));
    }
    if (result.issued.length > 0) {
      this.logger.debug({ event: 'claims.issued', claims: result.issued.length }, 'issued');
    }
  }

  /** Tells the gate; `epoch` where it knows the claims under another one than their records say. */
  async confirm(result: IssueResult, epoch?: number): Promise<void> {
    const at = (record: ClaimRecord): ClaimRecord => (epoch === undefined ? record : { ...record, epoch });
    await this.tellGate([
      ...result.issued.map((record) =>
        end(at(record), result.held.has(record) ? 'held' : 'issued', result.at),
      ),
      ...result.known.map(({ record, rejected, held, reason }) =>
        end(at(record), rejected ? 'rejected' : held ? 'held' : 'issued', result.at, reason),
      ),
      ...result.rejected.map((record) => end(at(record), 'rejected', result.at, 'stock_exhausted')),
    ]);
  }

  /** A gate that does not hear it keeps the claims pending, and the sweep sends them again: a no-op that tells it again. */
  private async tellGate(ends: readonly (ClaimEnd & { readonly record: ClaimRecord })[]): Promise<void> {
    const groups = new Map<string, (typeof ends)[number][]>();
    for (const ended of ends) {
      const key = `${ended.record.epoch}/${ended.record.voucher_id}`;
      const group = groups.get(key);
      if (group) group.push(ended);
      else groups.set(key, [ended]);
    }
    await Promise.all(
      [...groups.values()].map(async (group) => {
        const [first] = group;
        if (!first) return;
        try {
          await this.gate.confirm(first.record.epoch, first.record.voucher_id, group);
        } catch (error) {
          this.logger.warn(
            { voucher: first.record.voucher_id, err: error },
            'the gate was not told; the sweep will',
          );
        }
      }),
    );
    const freed = ends.filter(({ result }) => result === 'rejected').map(({ record }) => record.voucher_id);
    for (const voucherId of new Set(freed)) await this.broadcast.publish(STOCK_CHANGED, voucherId);
    if (ends.length > 0)
      await this.broadcast.publish(CLAIMS_ENDED, JSON.stringify(ends.map((e) => e.record.id)));
  }
}

const end = (
  record: ClaimRecord,
  result: ClaimEnd['result'],
  at: number,
  reason?: string,
): ClaimEnd & { readonly record: ClaimRecord } => {
  const { user_id: userId, ordinal } = record;
  return reason === undefined
    ? { record, userId, ordinal, result, at }
    : { record, userId, ordinal, result, at, reason };
};
