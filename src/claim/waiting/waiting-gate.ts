import { Injectable } from '@nestjs/common';
import { Broadcast } from '../../broadcast/broadcast.js';
import { askGate } from '../epoch/ask-gate.js';
import { GateKeeper } from '../epoch/gate-keeper.js';
import type { WaitingListAtGate } from '../gate/gate-offers.js';
import { STOCK_CHANGED } from '../gate/sold-out-flag.js';
import { StockGate, UNKNOWN_VOUCHER } from '../gate/stock-gate.js';
import { WaitingStore } from '../ledger/waiting-store.js';

/** Brings waiting lists to the gate, as the database has them. Whoever brings one again changes nothing. */
@Injectable()
export class WaitingGate {
  constructor(
    private readonly gate: StockGate,
    private readonly keeper: GateKeeper,
    private readonly store: WaitingStore,
    private readonly broadcast: Broadcast,
  ) {}

  /**
   * Tells the gate, where the database has something newer.
   * @returns the list as the gate has it; `undefined` where it has put the voucher away, or does not know it yet
   * @throws Problem gate_recovering, dependency_unavailable
   */
  async bring(voucherId: string): Promise<WaitingListAtGate | undefined> {
    return askGate(this.keeper, voucherId, async (epoch) => {
      const told = await this.store.told(voucherId);
      const before = await this.gate.offer(epoch, voucherId);
      if (before === UNKNOWN_VOUCHER) return undefined;
      if (!told || told.version <= before.version) return before;
      const found = await this.gate.offer(epoch, voucherId, told);
      // Who was told "sold out" may hear something else now, and the other way round.
      await this.broadcast.publish(STOCK_CHANGED, voucherId);
      return found === UNKNOWN_VOUCHER ? undefined : found;
    });
  }
}
