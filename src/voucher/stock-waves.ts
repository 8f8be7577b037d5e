import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../common/clock.js';
import { afterRelease, dueWave, type Wave } from './domain/waves.js';
import { StockAdjustments } from './stock-adjustments.service.js';
import { VoucherAudit } from './voucher-audit.js';
import { Voucher } from './voucher.entity.js';

const REASON = 'released at its time';

/**
 * Releases units whose time has come. That a wave is released is written in the transaction that records the stock adjustment, under
 * the lock of the voucher's row: so each is released once, whoever tries, and what was recorded is finished like every adjustment
 * (docs/adr/0084).
 */
@Injectable()
export class StockWaves {
  private readonly logger = new Logger('Stock');
  /** Not released last time; logged once. */
  private readonly failing = new Set<string>();

  constructor(
    private readonly adjustments: StockAdjustments,
    private readonly audit: VoucherAudit,
    private readonly clock: Clock,
  ) {}

  /** @param now by the gate's clock; what cannot be released now comes again with the next run */
  async release(vouchers: readonly Voucher[], now: number): Promise<void> {
    for (const voucher of vouchers) {
      try {
        await this.releaseDue(voucher, now);
        this.failing.delete(voucher.id);
      } catch (error) {
        if (!this.failing.has(voucher.id))
          this.logger.warn({ voucherId: voucher.id, err: error }, 'units could not be released; tried again');
        this.failing.add(voucher.id);
      }
    }
  }

  private async releaseDue(voucher: Voucher, now: number): Promise<void> {
    let { waves } = voucher;
    for (let wave = dueWave(waves, now); wave; wave = dueWave(waves, now)) {
      const order = { voucherId: voucher.id, delta: wave.units, reason: REASON };
      const details = { delta: wave.units, reason: REASON };
      const audited = this.audit.byTime(voucher.merchantId, 'stock_adjusted', voucher.id, details);
      const due = wave;
      await this.adjustments
        .addByTime(order, async (tx) => {
          await this.mark(tx, voucher.id, due);
          await audited(tx);
        })
        .catch((error: unknown) => {
          if (!(error instanceof ReleasedError)) throw error;
        });
      waves = afterRelease(waves, wave) ?? [];
    }
  }

  /** @throws ReleasedError where somebody was faster, or the merchant took the wave back */
  private async mark(tx: EntityManager, id: string, wave: Wave): Promise<void> {
    const { waves, version } = await tx.findOneByOrFail(Voucher, { id });
    const after = afterRelease(waves, wave);
    if (!after) throw new ReleasedError();
    // The version as well: an edit that has not seen the release must not undo it.
    await tx.update(Voucher, { id }, { waves: after, version: version + 1, updatedAt: this.clock.now() });
  }
}

class ReleasedError extends Error {}
