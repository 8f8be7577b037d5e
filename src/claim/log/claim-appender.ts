import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/index.js';
import { Health } from '../../observability/health.js';
import { Metrics } from '../../observability/metrics.js';
import { Clock } from '../../common/clock.js';
import { Batcher } from '../../common/batcher.js';
import { CircuitBreaker } from '../../common/circuit-breaker.js';
import type { ClaimRecord } from '../domain/claim-record.js';
import { Intake, StaleEpochError } from './intake.js';
import { BatchLinger } from '../../common/batch-linger.js';
import { ClaimLog } from './claim-log.js';

/**
 * A produce request costs this process and the broker much the same, however little is in it (docs/adr/0036). With `gate` nobody waits
 * for it.
 */
const LOG_LINGER_MS = { log: 4, gate: 20 };

/** Makes accepted claims durable: in the log, and when the log does not answer in time, in the intake. */
@Injectable()
export class ClaimAppender {
  private readonly logger = new Logger('ClaimLog');
  private readonly logBreaker: CircuitBreaker;
  private readonly intakeBreaker: CircuitBreaker;
  private readonly batcher: Batcher<readonly ClaimRecord[], undefined>;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly log: ClaimLog,
    private readonly intake: Intake,
    clock: Clock,
    private readonly metrics: Metrics,
    health: Health,
  ) {
    health.register('storage', () => {
      if (!this.healthy) throw new Error('neither the log nor the intake takes claims');
    });
    this.logBreaker = new CircuitBreaker(clock, config.KAFKA_BREAKER_RESET_MS);
    this.intakeBreaker = new CircuitBreaker(clock, config.KAFKA_BREAKER_RESET_MS);
    this.batcher = new Batcher(
      {
        maxBatch: config.LOG_BATCH_MAX,
        maxWaiting: config.GATE_QUEUE_MAX,
        concurrency: 2,
        weigh: (records) => records.length,
      },
      async (_key, parts) => {
        await this.appendBatch(parts.flat());
        return parts.map(() => undefined);
      },
      new BatchLinger(clock, LOG_LINGER_MS[config.CLAIM_DURABILITY]).soon,
    );
  }

  /** Whether a claim that is taken now has a durable place to go. */
  get healthy(): boolean {
    return (this.log.sink !== 'intake' && this.logBreaker.allows) || this.intakeBreaker.allows;
  }

  /**
   * Resolves when the claims are durable. A rejection leaves that unknown: they stay pending, the sweep finishes them.
   * @param records of one epoch
   */
  async append(records: readonly ClaimRecord[]): Promise<void> {
    if (records.length === 0) return;
    const added = this.batcher.add(`epoch ${records[0]?.epoch}`, records);
    if (!added) throw new Error('too many claims wait for the log');
    await added;
  }

  private async appendBatch(records: readonly ClaimRecord[]): Promise<void> {
    this.metrics.batchSize.observe({ stage: 'log' }, records.length);
    if (this.log.sink === 'intake') return this.toIntake(records);
    if (this.logBreaker.allows) {
      try {
        await this.logBreaker.run(() => this.log.append(records));
        this.metrics.logAppend.inc({ sink: this.log.sink }, records.length);
        return;
      } catch (error) {
        this.metrics.logFailures.inc({ sink: this.log.sink });
        this.logger.warn(
          { claims: records.length, err: error },
          'the log did not take claims; the intake does',
        );
      }
    }
    await this.toIntake(records);
  }

  private async toIntake(records: readonly ClaimRecord[]): Promise<void> {
    let stale: StaleEpochError | undefined;
    try {
      await this.intakeBreaker.run(async () => {
        try {
          await this.intake.append(records);
        } catch (error) {
          if (!(error instanceof StaleEpochError)) throw error;
          stale = error; // says nothing about the database's health
        }
      });
      if (stale) throw stale;
      this.metrics.logAppend.inc({ sink: 'intake' }, records.length);
    } catch (error) {
      this.metrics.logFailures.inc({ sink: 'intake' });
      throw error;
    }
  }
}
