import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/index.js';
import { Database } from '../../database/database.js';
import { Metrics } from '../../observability/metrics.js';
import { ClaimIds } from '../../common/ids.js';
import { ClaimAppender } from '../log/claim-appender.js';
import { claimRecord } from '../domain/claim-record.js';
import { GateKeeper } from '../epoch/gate-keeper.js';
import { vouchersAtGate } from '../epoch/vouchers-at-gate.js';
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

interface Pending {
  readonly epoch: number;
  readonly voucherId: string;
  /** When the oldest was taken, by the gate's clock. */
  readonly oldestAt: number;
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
    const now = await this.gate.now();
    const pending = await this.measure(now);
    await this.look(now);
    if ((await this.intake.depth()) > 0) return; // those claims are safe, and on their way
    const before = Math.min(now, this.consumedUntil) - this.config.SWEEP_AFTER_MS;
    for (const { epoch, voucherId, oldestAt } of pending) {
      if (oldestAt < before) await this.resend(epoch, voucherId, before);
    }
  }

  /** @returns vouchers with pending claims, and when the oldest of each was taken */
  private async measure(now: number): Promise<readonly Pending[]> {
    const found: Pending[] = [];
    let size = 0;
    for (const [epoch, vouchers] of await vouchersAtGate(this.gate, this.keeper)) {
      const [sizes] = await Promise.all([
        this.gate.pendingSizes(epoch, vouchers),
        this.gate.tidy(epoch, vouchers),
      ]);
      vouchers.forEach((voucherId, index) => {
        const { size: more = 0, oldestAt } = sizes[index] ?? {};
        size += more;
        if (oldestAt !== undefined) found.push({ epoch, voucherId, oldestAt });
      });
    }
    this.metrics.pending.set(size);
    const oldestAt = found.reduce((oldest, each) => Math.min(oldest, each.oldestAt), now);
    this.metrics.pendingAge.set((now - oldestAt) / 1_000);
    return found;
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
    const of = this.keeper.inLog(epoch);
    const old = await this.gate.pendingBefore(epoch, voucherId, before, BATCH + held.size);
    const lost = old
      .map((entry) => claimRecord(this.ids, of, voucherId, entry))
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
