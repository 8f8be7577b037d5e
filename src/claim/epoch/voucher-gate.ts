import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Broadcast } from '../../broadcast/broadcast.js';
import { Database } from '../../database/database.js';
import { Problem } from '../../common/problems.js';
import {
  VoucherGate,
  type GateVoucher,
  type JudgedAdjustment,
  type StockAdjustment,
} from '../../voucher/index.js';
import { standingOf } from '../domain/slot-epochs.js';
import { StockGate, UNKNOWN_VOUCHER } from '../gate/stock-gate.js';
import { STOCK_CHANGED } from '../gate/sold-out-flag.js';
import { isEndedShadow } from '../ledger/ended-shadows.js';
import { GateEpochs } from '../ledger/gate-epochs.js';
import { askGate } from './ask-gate.js';
import { GateKeeper } from './gate-keeper.js';

/** The voucher module's gate: the stock gate in the epoch that this process trusts. */
@Injectable()
export class EpochedVoucherGate extends VoucherGate {
  constructor(
    private readonly gate: StockGate,
    private readonly keeper: GateKeeper,
    private readonly epochs: GateEpochs,
    private readonly broadcast: Broadcast,
    private readonly db: Database,
  ) {
    super();
  }

  async now(): Promise<number> {
    try {
      return await this.gate.now();
    } catch (error) {
      throw new Problem('dependency_unavailable', { cause: error });
    }
  }

  isOpen(): Promise<boolean> {
    if (!this.keeper.isOpen) return Promise.resolve(false);
    return this.gate.now().then(
      () => true,
      () => false,
    );
  }

  async prepare(voucher: GateVoucher): Promise<number> {
    // While others are rebuilt, the set that names a voucher may be on a master of which nobody knows yet that it lost something.
    if (!this.keeper.isOpen) throw new Problem('gate_recovering');
    const { known: newest } = this.keeper;
    await this.call(voucher.id, (epoch) => this.gate.prepare(epoch, voucher));
    return newest;
  }

  async isNewest(tx: EntityManager, epoch: number): Promise<boolean> {
    return (await this.epochs.hold(tx)).epoch === epoch;
  }

  /** A voucher that is not loaded yet gets its terms from whoever loads it, who looks at them once more afterwards. */
  async configure(voucher: GateVoucher): Promise<void> {
    const isWhole = this.keeper.isOpenFor(voucher.id);
    await this.callEarly(voucher.id, async (epoch) => {
      if (await this.gate.configure(epoch, voucher)) {
        await this.broadcast.publish(STOCK_CHANGED, voucher.id);
        return;
      }
      // What has ended takes no claims, here or elsewhere; a rebuild leaves it out after a while.
      if (voucher.state === 'ended' || !isWhole) return;
      // Whoever read it before that brings it here late.
      if (await isEndedShadow(this.db, voucher.id)) return;
      this.keeper.missing(voucher.id, epoch);
      throw new Problem('gate_recovering');
    });
  }

  async adjust({ voucherId, number, delta, ended }: StockAdjustment): Promise<JudgedAdjustment> {
    return this.call(voucherId, async (epoch) => {
      const verdict = await this.gate.adjust(epoch, voucherId, number, delta);
      if (verdict !== UNKNOWN_VOUCHER) {
        if (verdict === 'applied') await this.broadcast.publish(STOCK_CHANGED, voucherId);
        return { verdict, epoch };
      }
      // Put away, then: a gate that forgot it would not hold the epoch either.
      if (ended && (await this.gate.holds(epoch))) return { verdict: 'by-ledger', epoch };
      this.keeper.missing(voucherId, epoch);
      throw new Problem('gate_recovering');
    });
  }

  async stands(tx: EntityManager, epoch: number, voucherId: string): Promise<boolean> {
    return standingOf(await this.epochs.hold(tx), voucherId).epoch === epoch;
  }

  distrust(epoch: number, reason: string): void {
    this.keeper.lost(epoch, reason);
  }

  async remaining(voucherId: string): Promise<number | undefined> {
    return this.callEarly(voucherId, (epoch) => this.gate.remaining(epoch, voucherId));
  }

  private call<T>(voucherId: string, work: (epoch: number) => Promise<T>): Promise<T> {
    return askGate(this.keeper, voucherId, work);
  }

  /** Also while vouchers are still loaded. */
  private callEarly<T>(voucherId: string, work: (epoch: number) => Promise<T>): Promise<T> {
    return askGate(this.keeper, voucherId, work, (id) => this.keeper.requireForClaims(id));
  }
}
