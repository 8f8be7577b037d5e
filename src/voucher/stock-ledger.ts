import { Inject, Injectable } from '@nestjs/common';
import { MoreThan, type EntityManager } from 'typeorm';
import { CONFIG, type Config } from '../config/index.js';
import { Database } from '../database/database.js';
import { insertPacks } from '../database/outbox.js';
import { Clock } from '../common/clock.js';
import { spareCodes } from './codes/code-rows.js';
import { unitsOfBudget } from './domain/budget.js';
import { unitsOfPattern } from './domain/code-pattern.js';
import { effectiveStatus, isRunning, type VoucherStatus } from './domain/lifecycle.js';
import { MAX_STOCK } from './domain/terms.js';
import { unitsToCome } from './domain/waves.js';
import { StockEntry } from './stock-entry.entity.js';
import { Stock } from './stock.entity.js';
import { voucherPack } from './voucher-events.js';
import type { Also } from './voucher-audit.js';
import { Voucher } from './voucher.entity.js';

export interface StockOrder {
  readonly voucherId: string;
  readonly delta: number;
  readonly reason: string;
  /** User id; `null` where time does it. */
  readonly actor: string | null;
  /** Of caller, voucher and `Idempotency-Key`. */
  readonly idempotency: string | undefined;
}

export type RecordOutcome =
  | { readonly kind: 'recorded'; readonly entry: StockEntry }
  /** An earlier request with the same key. */
  | { readonly kind: 'known'; readonly entry: StockEntry }
  | { readonly kind: 'key-reused' }
  /** One is still to be settled: that first. */
  | { readonly kind: 'busy'; readonly entry: StockEntry }
  | { readonly kind: 'wrong-state'; readonly status: VoucherStatus }
  | { readonly kind: 'too-many'; readonly most: number }
  /** `most` units more can be added within the voucher's budget. */
  | { readonly kind: 'budget-exceeded'; readonly most: number };

export type SettleOutcome = 'applied' | 'refused' | 'stale' | 'short';

/**
 * The append-only ledger of a voucher's stock: what it was published with, and every adjustment. At most one of a voucher is
 * pending. Stock that is added counts in `voucher_stock` from the moment it is recorded, stock that is taken away only once it
 * is settled: so the database's total is never below the gate's (docs/adr/0019).
 */
@Injectable()
export class StockLedger {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Writes an adjustment down, before the gate hears of it. */
  async record(order: StockOrder, also: Also): Promise<RecordOutcome> {
    return this.db.write(async (tx) => {
      const voucher = await this.hold(tx, order.voucherId);
      const now = this.clock.now();
      const known = await this.byKey(tx, order, now);
      if (known) {
        const same = known.delta === order.delta && known.reason === order.reason;
        return same ? { kind: 'known', entry: known } : { kind: 'key-reused' };
      }
      const status = effectiveStatus(voucher, now);
      if (!isRunning(status)) return { kind: 'wrong-state', status };
      const [last] = await tx.find(StockEntry, {
        where: { voucherId: order.voucherId },
        order: { number: 'DESC' },
        take: 1,
      });
      if (!last) throw new Error(`voucher ${order.voucherId} has no stock ledger`);
      if (last.state === 'pending') return { kind: 'busy', entry: last };
      const most = Math.min(MAX_STOCK - voucher.totalStock, await this.spare(tx, voucher));
      if (order.delta > most) return { kind: 'too-many', most };
      const affordable = affordableUnits(voucher, order);
      if (order.delta > affordable) return { kind: 'budget-exceeded', most: affordable };
      const entry: StockEntry = {
        voucherId: order.voucherId,
        number: last.number + 1,
        delta: order.delta,
        reason: order.reason,
        actor: order.actor,
        state: 'pending',
        idempotency: order.idempotency ?? null,
        createdAt: now,
        settledAt: null,
      };
      await tx.insert(StockEntry, entry);
      if (entry.delta > 0) await tx.increment(Stock, { voucherId: entry.voucherId }, 'total', entry.delta);
      await also(tx);
      return { kind: 'recorded', entry };
    });
  }

  /**
   * Writes down what the gate decided, and changes the voucher.
   * @param stands whether the decision's epoch is still the present one, held until the transaction ends
   * @returns what the ledger says now; `stale`: that epoch is over, the gate must decide anew; `short`: more is issued than would
   *   be left, nothing was changed
   */
  async settle(
    { voucherId, number, delta, reason }: StockEntry,
    verdict: 'applied' | 'refused',
    stands: (tx: EntityManager) => Promise<boolean>,
  ): Promise<SettleOutcome> {
    const outcome = await this.db
      .write(async (tx): Promise<SettleOutcome> => {
        if (!(await stands(tx))) return 'stale';
        const voucher = await this.hold(tx, voucherId);
        const now = this.clock.now();
        const settled = await tx.update(
          StockEntry,
          { voucherId, number, state: 'pending' },
          { state: verdict, settledAt: now },
        );
        if (settled.affected !== 1) {
          const { state } = await tx.findOneByOrFail(StockEntry, { voucherId, number });
          return state === 'applied' ? 'applied' : 'refused';
        }
        if (verdict === 'refused') return 'refused';
        await tx
          .createQueryBuilder()
          .update(Voucher)
          .set({ totalStock: () => 'total_stock + :delta', version: () => 'version + 1', updatedAt: now })
          .where('id = :voucherId', { voucherId, delta })
          .execute();
        if (delta < 0 && !(await this.takeAway(tx, voucherId, delta))) throw new ShortError();
        const { totalStock, version } = voucher;
        const changed = {
          ...voucher,
          totalStock: totalStock + delta,
          version: version + 1,
          updatedAt: now,
        };
        const adjustment = { number, delta, reason };
        await insertPacks(tx, [voucherPack('voucher.stock_adjusted', changed, now, { adjustment })]);
        return 'applied';
      })
      .catch((error: unknown): SettleOutcome => {
        if (error instanceof ShortError) return 'short';
        throw error;
      });
    return outcome;
  }

  /** Oldest first. */
  pending(limit: number): Promise<StockEntry[]> {
    return this.db.read.find(StockEntry, {
      where: { state: 'pending' },
      order: { createdAt: 'ASC' },
      take: limit,
    });
  }

  /** Whoever adjusts a voucher holds its row, so adjustments of one voucher come one after the other. */
  private async hold(tx: EntityManager, id: string): Promise<Voucher> {
    await tx.query(`SELECT id FROM vouchers WHERE id = ?${this.db.forUpdate}`, [id]);
    return tx.findOneByOrFail(Voucher, { id });
  }

  /** Units that the voucher's codes still suffice for, those of waves to come among them. */
  private async spare(
    tx: EntityManager,
    { id, codeSource, codePattern, totalStock }: Voucher,
  ): Promise<number> {
    if (codePattern !== null) return Math.max(0, unitsOfPattern(codePattern) - totalStock);
    if (codeSource === 'generated') return Infinity;
    return Math.max(0, await spareCodes(this.db, tx, id));
  }

  private async byKey(
    tx: EntityManager,
    { voucherId, idempotency }: StockOrder,
    now: number,
  ): Promise<StockEntry | null> {
    if (idempotency === undefined) return null;
    const since = now - this.config.IDEMPOTENCY_TTL_S * 1_000;
    return tx.findOneBy(StockEntry, { voucherId, idempotency, createdAt: MoreThan(since) });
  }

  private async takeAway(tx: EntityManager, voucherId: string, delta: number): Promise<boolean> {
    const taken = await tx
      .createQueryBuilder()
      .update(Stock)
      .set({ total: () => 'total + :delta' })
      .where('voucher_id = :voucherId AND issued <= total + :delta', { voucherId, delta })
      .execute();
    return taken.affected === 1;
  }
}

/** By how much the stock can grow within the budget. What somebody adds leaves enough for the waves to come. */
function affordableUnits(voucher: Voucher, { actor }: StockOrder): number {
  const kept = actor === null ? 0 : unitsToCome(voucher.waves);
  return Math.max(0, unitsOfBudget(voucher) - voucher.totalStock - kept);
}

class ShortError extends Error {}
