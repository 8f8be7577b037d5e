import { Inject, Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { CONFIG, type Config } from '../../config/index.js';
import { Broadcast } from '../../broadcast/broadcast.js';
import { BloomFilter } from '../../common/bloom-filter.js';
import { Clock } from '../../common/clock.js';
import { StockGate, type GateDecision } from './stock-gate.js';

/** Broadcast channel: id of a voucher whose gate may answer otherwise than before: restocked, a unit freed, paused, ended. */
export const STOCK_CHANGED = 'stock-changed';

/** Of those who could be refused here, so many are sent to the gate all the same. */
const WRONG_RATE = 0.01;

interface Flag {
  readonly epoch: number;
  readonly stockVersion: number;
  /** Times of this process's monotonic clock, ms. */
  confirmedAt: number;
  until: number;
  askAgainAt: number;
  /** Who holds or held a claim, and so gets another answer than "sold out". Without it nobody is refused here. */
  holders?: BloomFilter;
}

/**
 * What this process knows of vouchers that are sold out, so that a crowd which comes too late costs the gate nothing. While no
 * unit is freed, the users whom the gate knows are final: whoever is none of them can only hear `sold_out`, so they are loaded
 * once a stock version, and only the others are refused here. A flag lives as long as a recent answer of the gate bears it
 * out; one request in half its life goes through to ask again (docs/adr/0020).
 */
@Injectable()
export class SoldOutFlag {
  private readonly logger = new Logger('SoldOutFlag');
  private readonly flags: LRUCache<string, Flag>;
  /** Answers to what was asked before then may be of the time before a restock. */
  private clearedAt = -Infinity;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly gate: StockGate,
    private readonly clock: Clock,
    broadcast: Broadcast,
  ) {
    const { SOLD_OUT_FLAG_VOUCHERS: max, SOLD_OUT_FLAG_USERS: maxSize } = config;
    this.flags = new LRUCache({ max, maxSize: Math.max(max, maxSize) });
    broadcast.subscribe(STOCK_CHANGED, (voucherId) => this.clear(voucherId));
  }

  /** Whether the gate of this epoch would tell this user that all is sold. */
  refuses(epoch: number, voucherId: string, userId: string): boolean {
    const flag = this.flags.get(voucherId);
    const now = this.clock.monotonic();
    if (!stands(flag, now) || flag.epoch !== epoch || flag.holders.has(userId)) return false;
    if (now < flag.askAgainAt) return true;
    flag.askAgainAt = now + this.config.SOLD_OUT_FLAG_MS / 2;
    return false;
  }

  /** Whether nearly everybody is refused here. */
  isKnown(voucherId: string): boolean {
    return stands(this.flags.peek(voucherId), this.clock.monotonic());
  }

  /**
   * The gate has just answered so.
   * @param askedAt monotonic clock before the gate was asked
   */
  heard(
    epoch: number,
    voucherId: string,
    { stockVersion, closesInMs }: Extract<GateDecision, { kind: 'sold-out' }>,
    askedAt: number,
  ): void {
    const lifetime = this.config.SOLD_OUT_FLAG_MS;
    if (lifetime === 0 || askedAt <= this.clearedAt) return;
    const known = this.flags.peek(voucherId);
    if (known && isOlder({ epoch, stockVersion }, known)) return;
    const times = {
      confirmedAt: askedAt,
      until: askedAt + Math.min(lifetime, closesInMs),
      askAgainAt: askedAt + lifetime / 2,
    };
    if (known?.epoch === epoch && known.stockVersion === stockVersion) {
      if (askedAt > known.confirmedAt) Object.assign(known, times);
      return;
    }
    const flag: Flag = { epoch, stockVersion, ...times };
    this.flags.set(voucherId, flag, { size: 1 });
    void this.load(voucherId, flag);
  }

  /** Somebody got a unit, or the voucher's gate changed. */
  clear(voucherId: string): void {
    this.clearedAt = this.clock.monotonic();
    this.flags.delete(voucherId);
  }

  private async load(voucherId: string, flag: Flag): Promise<void> {
    try {
      const { count, ids } = await this.gate.holders(flag.epoch, voucherId);
      if (count > this.config.SOLD_OUT_FLAG_USERS) return; // too many to remember: everybody asks the gate
      if (this.flags.peek(voucherId) !== flag) return;
      // Before they are read: vouchers that nobody has asked for longest make room. The cache takes no new size of a value it has.
      this.flags.delete(voucherId);
      this.flags.set(voucherId, flag, { size: Math.max(1, count) });
      const holders = BloomFilter.sized(count, WRONG_RATE);
      for await (const chunk of ids) {
        if (this.flags.peek(voucherId) !== flag) return;
        for (const id of chunk) holders.add(id);
      }
      flag.holders = holders;
    } catch (error) {
      this.logger.debug({ voucherId, err: error }, 'the holders could not be loaded');
      if (this.flags.peek(voucherId) === flag) this.flags.delete(voucherId);
    }
  }
}

/** Whether those who hold nothing are refused by it. */
const stands = (flag: Flag | undefined, now: number): flag is Flag & { holders: BloomFilter } =>
  flag?.holders !== undefined && now < flag.until;

const isOlder = (
  a: { readonly epoch: number; readonly stockVersion: number },
  b: { readonly epoch: number; readonly stockVersion: number },
): boolean => a.epoch < b.epoch || (a.epoch === b.epoch && a.stockVersion < b.stockVersion);
