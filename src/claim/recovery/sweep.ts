import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/index.js';
import { Database } from '../../database/database.js';
import { Metrics } from '../../observability/metrics.js';
import { ClaimIds } from '../../common/ids.js';
import { ClaimAppender } from '../log/claim-appender.js';
import { claimRecord } from '../domain/claim-record.js';
import { GateKeeper } from '../epoch/gate-keeper.js';
import { parkedClaims } from '../ledger/parked-claims.js';
import { Intake } from '../log/intake.js';
import type { LogPosition } from '../domain/log-position.js';
import { ClaimLog } from '../log/claim-log.js';
import { StockGate } from '../gate/stock-gate.js';

const BATCH = 500;
const MAX_MARKS = 1_000;

interface Mark {
  /** The gate's clock, read before the position. */
  readonly at: number;
  readonly end: LogPosition;
}

/**
 * Sends pending claims again that were lost between gate and log. Whether one is still in flight is judged by the log, not
 * by age: at each run the end of the log is marked with the gate's time; once the consumer has passed a mark, everything
 * sent before it has been consumed, so what is older and still pending was not in the log. While the database is away the
 * consumer passes nothing, and the sweep sends nothing.
 */
@Injectable()
export class Sweep {
  private readonly logger = new Logger('Sweep');
  private marks: Mark[] = [];
  /** Everything sent before this time of the gate has been consumed. */
  private consumedUntil = 0;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly gate: StockGate,
    private readonly keeper: GateKeeper,
    private readonly log: ClaimLog,
    private readonly intake: Intake,
    private readonly appender: ClaimAppender,
    private readonly ids: ClaimIds,
    private readonly metrics: Metrics,
    private readonly db: Database,
  ) {}

  async run(): Promise<void> {
    if (!this.keeper.isOpen) return;
    const epoch = this.keeper.known;
    const now = await this.gate.now();
    const oldest = await this.measure(epoch, now);
    await this.look(now);
    if ((await this.intake.depth()) > 0) return; // those claims are safe, and on their way
    const before = Math.min(now, this.consumedUntil) - this.config.SWEEP_AFTER_MS;
    for (const [voucherId, oldestAt] of oldest) {
      if (oldestAt < before) await this.resend(epoch, voucherId, before);
    }
  }

  /** @returns the time of the oldest pending claim by voucher */
  private async measure(epoch: number, now: number): Promise<Map<string, number>> {
    const oldest = new Map<string, number>();
    let size = 0;
    const vouchers = await this.gate.vouchers(epoch);
    const [pending] = await Promise.all([
      this.gate.pendingSizes(epoch, vouchers),
      this.gate.tidy(epoch, vouchers),
    ]);
    vouchers.forEach((voucherId, index) => {
      const found = pending[index];
      size += found?.size ?? 0;
      if (found?.oldestAt !== undefined) oldest.set(voucherId, found.oldestAt);
    });
    this.metrics.pending.set(size);
    this.metrics.pendingAge.set((now - Math.min(now, ...oldest.values())) / 1_000);
    return oldest;
  }

  private async look(now: number): Promise<void> {
    const end = await this.log.end();
    this.marks.push({ at: now, end });
    if (this.marks.length > MAX_MARKS) this.marks = this.marks.filter((_mark, index) => index % 2 === 0);
    while (this.marks[0] && (await this.log.passed(this.marks[0].end))) {
      this.consumedUntil = this.marks[0].at;
      this.marks.shift();
    }
  }

  private async resend(epoch: number, voucherId: string, before: number): Promise<void> {
    // What waits in a dead letter waits for people; it must not crowd out what was lost.
    const held = new Set((await parkedClaims(this.db.read, voucherId)).map(({ id }) => id));
    const old = await this.gate.pendingBefore(epoch, voucherId, before, BATCH + held.size);
    const lost = old
      .map((entry) => claimRecord(this.ids, epoch, voucherId, entry))
      .filter(({ id }) => !held.has(id))
      .slice(0, BATCH);
    if (lost.length === 0) return;
    await this.appender.append(lost);
    this.metrics.compensations.inc({ job: 'sweep' }, lost.length);
    this.logger.warn(
      { voucher: voucherId, claims: lost.length },
      'pending claims were not in the log; sent again',
    );
  }
}
