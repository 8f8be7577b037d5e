import { RedisStockGate } from '../../src/claim/gate/redis/stock-gate.redis.js';
import type { GoingOn, StockGateOptions } from '../../src/claim/gate/stock-gate.js';
import type { RedisClient } from '../../src/redis/redis.js';
import type { EpochMasters } from '../../src/claim/gate/epoch-masters.js';
import type { SlotSet } from '../../src/redis/slots.js';
import {
  withJoined,
  withoutSlots,
  type EpochMaster,
  type EpochOrigin,
} from '../../src/claim/domain/epoch-masters.js';

/** A gate whose epochs are written to a row as soon as they begin, as a recovery does. */
export class GateWithRow extends RedisStockGate {
  constructor(
    redis: RedisClient,
    options: StockGateOptions,
    private readonly row = new RowOfMasters(),
  ) {
    super(redis, options, row);
  }

  override async begin(epoch: number, goingOn?: GoingOn): Promise<EpochOrigin> {
    const origin = await super.begin(epoch, goingOn);
    this.row.begins(origin);
    return origin;
  }
}

/** The row of a cluster's epochs, in memory: for gates that are tested without a database. */
export class RowOfMasters implements EpochMasters {
  private masters: readonly EpochMaster[] = [];

  of(epoch: number): readonly EpochMaster[] {
    return this.masters.filter((master) => master.epoch === epoch);
  }

  /** What somebody else does just before a master joins. */
  beforeJoin: () => Promise<void> = async () => undefined;

  /** As a raise of the epoch does with a master that has lost something, where others go on. */
  takesAway(epoch: number, history: string): void {
    this.masters = this.masters.filter((each) => each.epoch !== epoch || each.history !== history);
  }

  begins({ masters }: EpochOrigin): void {
    this.masters = withJoined(this.masters, masters);
  }

  async joined(epoch: number, masters: readonly EpochMaster[]): Promise<readonly EpochMaster[]> {
    await this.beforeJoin();
    this.masters = withJoined(this.masters, masters);
    return this.of(epoch);
  }

  async moved(epoch: number, slots: SlotSet): Promise<readonly EpochMaster[]> {
    this.masters = withoutSlots(this.masters, epoch, slots);
    return this.of(epoch);
  }
}
