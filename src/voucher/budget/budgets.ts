import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { MerchantActor } from '../../auth/index.js';
import { Database } from '../../database/database.js';
import { budgetBreach } from '../domain/terms.js';
import { unitsToCome } from '../domain/waves.js';
import { Stock } from '../stock.entity.js';
import { requireNoBreach } from '../term-problems.js';
import type { Voucher } from '../voucher.entity.js';
import { VoucherRepository } from '../voucher.repository.js';

export interface VoucherBudget {
  readonly voucher: Voucher;
  /** Minor units; `null` without a budget. */
  readonly committed: number | null;
  readonly issued: number | null;
}

/** What a voucher costs at most, and what of that is spoken for (docs/adr/0095). Another merchant's voucher is not there. */
@Injectable()
export class Budgets {
  constructor(
    private readonly store: VoucherRepository,
    private readonly db: Database,
  ) {}

  /** @throws Problem not_found */
  async find(actor: MerchantActor, voucherId: string): Promise<VoucherBudget> {
    const voucher = await this.store.own(actor.merchantId, voucherId);
    const { faceAmount: each, budgetMinor, waves } = voucher;
    if (budgetMinor === null || each === null) return { voucher, committed: null, issued: null };
    const { total, issued } = await this.db.read.findOneByOrFail(Stock, { voucherId });
    return { voucher, committed: (total + unitsToCome(waves)) * each, issued: issued * each };
  }

  /**
   * Once more in the transaction of an edit, which holds the voucher's row: stock that was recorded to be added counts by now, and the
   * voucher shows it later.
   * @throws Problem validation_failed
   */
  async require(tx: EntityManager, voucher: Voucher): Promise<void> {
    if (voucher.budgetMinor === null) return;
    const { total } = await tx.findOneByOrFail(Stock, { voucherId: voucher.id });
    const breach = budgetBreach({ ...voucher, totalStock: total });
    requireNoBreach(breach ? [breach] : []);
  }
}
