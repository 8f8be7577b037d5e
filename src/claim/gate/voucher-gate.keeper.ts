import { Injectable } from '@nestjs/common';
import { Problem } from '../../shared/problems.js';
import { VoucherGate, type GateVoucher } from '../../voucher/index.js';
import { GateLostError, GateUnreachableError, StockGate } from '../ports/stock-gate.js';
import { GateKeeper } from './gate-keeper.js';

/** The voucher module's gate: the stock gate in the epoch that this process trusts. */
@Injectable()
export class KeptVoucherGate extends VoucherGate {
  constructor(
    private readonly gate: StockGate,
    private readonly keeper: GateKeeper,
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

  async prepare(voucher: GateVoucher): Promise<void> {
    await this.call((epoch) => this.gate.prepare(epoch, voucher));
  }

  async configure(voucher: GateVoucher): Promise<void> {
    await this.call(async (epoch) => {
      if (await this.gate.configure(epoch, voucher)) return;
      // What has ended takes no claims, here or elsewhere; a rebuild leaves it out after a while.
      if (voucher.state === 'ended') return;
      this.keeper.lost(epoch, `voucher ${voucher.id} is missing`);
      throw new Problem('gate_recovering');
    });
  }

  async remaining(voucherId: string): Promise<number | undefined> {
    return this.call((epoch) => this.gate.remaining(epoch, voucherId));
  }

  private async call<T>(work: (epoch: number) => Promise<T>): Promise<T> {
    const epoch = this.keeper.require();
    try {
      return await work(epoch);
    } catch (error) {
      if (error instanceof GateLostError) {
        this.keeper.lost(epoch, error.message);
        throw new Problem('gate_recovering', { cause: error });
      }
      if (error instanceof GateUnreachableError)
        throw new Problem('dependency_unavailable', { cause: error });
      throw error;
    }
  }
}
