import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Database } from '../../database/database.js';
import { failpoint } from '../../common/failpoints.js';
import { Broadcast } from '../../broadcast/broadcast.js';
import { Metrics } from '../../observability/metrics.js';
import { Clock } from '../../common/clock.js';
import { Problem } from '../../common/problems.js';
import { GateEpochs } from '../ledger/gate-epochs.js';
import { askGate } from '../epoch/ask-gate.js';
import { GateKeeper } from '../epoch/gate-keeper.js';
import { GIVE_BACK_MAX, StockGate, UNKNOWN_VOUCHER, type GiveBack } from '../gate/stock-gate.js';
import { STOCK_CHANGED } from '../gate/sold-out-flag.js';

/** Why something was given back. */
type ReturnCause = 'cancelled' | 'released';

export interface UnitReturn {
  readonly voucherId: string;
  readonly cause: ReturnCause;
  /** Claims that hold no unit any more, 1 to `GIVE_BACK_MAX`. */
  readonly claims: readonly { readonly userId: string; readonly ordinal: number }[];
}

interface Row {
  readonly voucher_id: string;
  readonly number: number | string;
  readonly units: number | string;
  readonly claims: string;
}

const VOUCHERS_A_RUN = 100;
const ROWS_A_READ = 20;

/**
 * Gives units and places in users' limits back: the ledger first, then the gate (docs/adr/0044). Each give-back of a voucher has a
 * number, in the order of the commits, and the gate takes each number once: so whoever finds one that is pending may bring it.
 *
 *     pending (the ledger has it, a rebuild of the gate counts it in) -> taken (a gate has it, too)
 */
@Injectable()
export class UnitReturns {
  private readonly logger = new Logger('UnitReturns');
  /** Vouchers that could not be finished last time; each is logged once. */
  private readonly failing = new Set<string>();

  constructor(
    private readonly db: Database,
    private readonly gate: StockGate,
    private readonly keeper: GateKeeper,
    private readonly epochs: GateEpochs,
    private readonly broadcast: Broadcast,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Holds the epoch until the transaction ends: what is recorded while a gate is rebuilt would be counted in part.
   * First in the transaction, since recoveries wait for it.
   * @throws Problem gate_recovering while a gate is rebuilt
   */
  async begin(tx: EntityManager): Promise<void> {
    if ((await this.epochs.hold(tx)).state !== 'open') throw new Problem('gate_recovering');
  }

  /**
   * Writes a give-back down, within the transaction that ended its claims and that has called `begin`. The last statement of it:
   * the stock's row is hot.
   */
  async record(tx: EntityManager, { voucherId, cause, claims }: UnitReturn): Promise<void> {
    if (claims.length > GIVE_BACK_MAX)
      throw new RangeError(`${claims.length} claims are too many to give back`);
    const units = claims.length;
    const [stock] = await tx.query<{ issued: number | string; returns: number | string }[]>(
      `SELECT issued, returns FROM voucher_stock WHERE voucher_id = ?${this.db.forUpdate}`,
      [voucherId],
    );
    if (!stock || Number(stock.issued) < units)
      throw new Error(`voucher ${voucherId} has fewer units issued`);
    const number = Number(stock.returns) + 1;
    await tx.query('UPDATE voucher_stock SET issued = ?, returns = ? WHERE voucher_id = ?', [
      Number(stock.issued) - units,
      number,
      voucherId,
    ]);
    await tx.query(
      `INSERT INTO unit_returns (voucher_id, number, cause, units, claims_count, claims, state, created_at) VALUES (?,?,?,?,?,?,'pending',?)`,
      [
        voucherId,
        number,
        cause,
        units,
        claims.length,
        JSON.stringify(claims.map(({ userId, ordinal }) => [userId, ordinal])),
        this.clock.now(),
      ],
    );
  }

  /**
   * Brings what is pending of a voucher to the gate. After the commit: a failure leaves it to the job, and the caller's work is done.
   */
  async finishSoon(voucherId: string): Promise<void> {
    failpoint('return.after-commit');
    await this.finish(voucherId).catch((error: unknown) => this.waits(voucherId, error));
  }

  /** Brings everything that is pending, of all vouchers. @throws the database's error */
  async finishPending(): Promise<void> {
    const rows: { voucher_id: string }[] = await this.db.read.query(
      `SELECT voucher_id FROM unit_returns WHERE state = 'pending' GROUP BY voucher_id ORDER BY MIN(created_at) LIMIT ${VOUCHERS_A_RUN}`,
    );
    for (const { voucher_id: voucherId } of rows) {
      try {
        const taken = await this.finish(voucherId);
        if (taken > 0) this.metrics.compensations.inc({ job: 'unit-returns' }, taken);
        this.failing.delete(voucherId);
      } catch (error) {
        this.waits(voucherId, error);
      }
    }
    const waiting = new Set(rows.map((row) => row.voucher_id));
    for (const id of this.failing) if (!waiting.has(id)) this.failing.delete(id);
  }

  /** @returns how many were pending; @throws Problem gate_recovering, dependency_unavailable */
  private async finish(voucherId: string): Promise<number> {
    let taken = 0;
    for (;;) {
      const rows: Row[] = await this.db.read.query(
        `SELECT voucher_id, number, units, claims FROM unit_returns
          WHERE voucher_id = ? AND state = 'pending' ORDER BY number LIMIT ${ROWS_A_READ}`,
        [voucherId],
      );
      for (const row of rows) await this.bring(voucherId, giveBackOf(row));
      taken += rows.length;
      if (rows.length < ROWS_A_READ) return taken;
    }
  }

  /**
   * Gate, then ledger. In whichever epoch the gate took it: the ledger had it before, so every later gate is rebuilt with it.
   */
  private async bring(voucherId: string, giveBack: GiveBack): Promise<void> {
    await askGate(this.keeper, voucherId, async (epoch) => {
      const outcome = await this.gate.giveBack(epoch, voucherId, giveBack);
      if (outcome !== UNKNOWN_VOUCHER || (await this.isPutAway(epoch, voucherId))) return;
      this.keeper.missing(voucherId, epoch);
      throw new Problem('gate_recovering');
    });
    failpoint('return.after-gate');
    await this.db.write(async (tx) => {
      await tx.query(
        `UPDATE unit_returns SET state = 'taken', settled_at = ? WHERE voucher_id = ? AND number = ? AND state = 'pending'`,
        [this.clock.now(), voucherId, giveBack.number],
      );
    });
    if (giveBack.units > 0) await this.broadcast.publish(STOCK_CHANGED, voucherId);
  }

  /** The gate forgets vouchers that ended long ago; one that lost its data would not hold the epoch. */
  private async isPutAway(epoch: number, voucherId: string): Promise<boolean> {
    const [row] = await this.db.read.query<{ status: string }[]>('SELECT status FROM vouchers WHERE id = ?', [
      voucherId,
    ]);
    const ended = row?.status === 'ended' || row?.status === 'archived';
    return ended && (await this.gate.holds(epoch));
  }

  private waits(voucherId: string, error: unknown): void {
    if (!this.failing.has(voucherId))
      this.logger.warn({ voucher: voucherId, err: error }, 'units that were given back wait for the gate');
    this.failing.add(voucherId);
  }
}

const giveBackOf = ({ number, units, claims }: Row): GiveBack => ({
  number: Number(number),
  units: Number(units),
  claims: (JSON.parse(claims) as [string, number][]).map(([userId, ordinal]) => ({ userId, ordinal })),
});
