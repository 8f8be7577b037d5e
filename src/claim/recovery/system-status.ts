import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { DeadLetters } from '../ledger/dead-letters.js';
import { GateEpochs, type EpochState } from '../ledger/gate-epochs.js';
import { GateKeeper } from '../epoch/gate-keeper.js';
import { vouchersAtGate } from '../epoch/vouchers-at-gate.js';
import { Intake } from '../log/intake.js';
import { ClaimLog } from '../log/claim-log.js';
import { StockGate } from '../gate/stock-gate.js';

export interface Backlog {
  /** Records of the log that are not yet consumed. */
  readonly logLag: number | undefined;
  readonly pending: { readonly size: number; readonly oldestMs: number | undefined } | undefined;
  readonly intakeDepth: number | undefined;
  readonly outboxDepth: number | undefined;
  readonly deadLettersOpen: number | undefined;
}

export interface GateStatus {
  readonly epoch: number;
  readonly state: EpochState;
  readonly scriptsVersion: number;
  /** The process that rebuilds it, or did so last. */
  readonly leader: string | undefined;
}

const WAIT_MS = 2_000;

/** What waits where on the way of a claim. Each number is asked of its own store; one that is away leaves the others readable. */
@Injectable()
export class SystemStatus {
  constructor(
    private readonly gate: StockGate,
    private readonly keeper: GateKeeper,
    private readonly epochs: GateEpochs,
    private readonly log: ClaimLog,
    private readonly intake: Intake,
    private readonly letters: DeadLetters,
    private readonly db: Database,
  ) {}

  /** Whether the instance that is asked takes claims. */
  get isOpenHere(): boolean {
    return this.keeper.takesClaims;
  }

  /** What the database says; `undefined` where it does not answer. */
  async gateStatus(): Promise<GateStatus | undefined> {
    return known(
      this.epochs
        .current()
        .then(({ epoch, state, scriptsVersion, leader }) => ({ epoch, state, scriptsVersion, leader })),
    );
  }

  async backlog(): Promise<Backlog> {
    const [logLag, pending, intakeDepth, outboxDepth, deadLettersOpen] = await Promise.all([
      known(this.log.lag()),
      known(this.pending()),
      known(this.intake.depth()),
      known(this.outbox()),
      known(this.letters.open()),
    ]);
    return { logLag, pending, intakeDepth, outboxDepth, deadLettersOpen };
  }

  private async pending(): Promise<{ size: number; oldestMs: number | undefined }> {
    const [now, all] = await Promise.all([this.gate.now(), vouchersAtGate(this.gate, this.keeper)]);
    let size = 0;
    let oldestAt = now;
    for (const [epoch, vouchers] of all)
      for (const found of await this.gate.pendingSizes(epoch, vouchers)) {
        size += found.size;
        oldestAt = Math.min(oldestAt, found.oldestAt ?? now);
      }
    return { size, oldestMs: size > 0 ? now - oldestAt : undefined };
  }

  private async outbox(): Promise<number> {
    const rows: { n: number | string }[] = await this.db.read.query(
      'SELECT COALESCE(SUM(events), 0) AS n FROM outbox WHERE status = 0',
    );
    return Number(rows[0]?.n ?? 0);
  }
}

/** The answer, or `undefined` where the store failed or took too long: an operator must see the rest just then. */
async function known<T>(asked: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), WAIT_MS);
  });
  try {
    return await Promise.race([asked, late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
