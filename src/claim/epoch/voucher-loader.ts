import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { failpoint } from '../../common/failpoints.js';
import { inLanes } from '../../common/lanes.js';
import { Metrics } from '../../observability/metrics.js';
import type { GateVoucher } from '../../voucher/index.js';
import type { RebuildUser, RebuildUsers } from '../gate/gate-rebuild.js';
import { StockGate } from '../gate/stock-gate.js';
import { GateEpochs } from '../ledger/gate-epochs.js';
import { LedgerReader, type LedgerVoucher } from './ledger-reader.js';

/** Vouchers that one statement names. */
const VOUCHERS_A_BATCH = 500;
/** Claims that one statement reads, and a voucher with more is read in pieces, in a lane of its own. */
const CLAIMS_A_BATCH = 5_000;
/** Batches, and large vouchers, that are loaded at a time; each takes a connection of the database. */
const BATCH_LANES = 2;
const LARGE_LANES = 2;
/** What opens within this time counts as open: the crowd is there before. */
const SOON_MS = 60_000;

/** Which process opens which epoch, until it is told to stop. */
export interface Lead {
  readonly epoch: number;
  readonly leader: string;
  readonly signal: AbortSignal;
  /** Whether a voucher goes on in an older epoch: it is not loaded anew. */
  readonly goesOn: (voucherId: string) => boolean;
}

interface Sized {
  readonly voucher: GateVoucher;
  /** Claims that it has at most. */
  readonly size: number;
}

/**
 * Loads the vouchers of an epoch into the gate, each open as soon as it is loaded (docs/adr/0071). Those that take claims now come
 * first. Small ones are loaded many at once; large ones beside them, the smaller first, so that none waits for one that is larger.
 *
 *     announced -> (does this process still lead?) -> loaded, open -> (were the terms changed meanwhile?)
 *
 * The question between the two is what keeps a leader that was stopped from opening a voucher in an epoch that is over: what was
 * announced before a revocation is removed by it, and after it the answer is no.
 */
@Injectable()
export class VoucherLoader {
  private readonly logger = new Logger('VoucherLoader');

  constructor(
    private readonly epochs: GateEpochs,
    private readonly gate: StockGate,
    private readonly ledger: LedgerReader,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  /**
   * @returns how many there are
   * @throws Error where this process leads no more; GateLostError where the gate forgot. The epoch is given up then: what was loaded of
   *   a voucher cannot be told from what was claimed since
   */
  async loadAll(lead: Lead): Promise<number> {
    const known = new Set<string>();
    try {
      for (;;) {
        // Once more at the end: a voucher may have been published under the last epoch, and stored since.
        const found = await this.vouchers();
        const fresh = found.filter(({ id }) => !known.has(id) && !lead.goesOn(id));
        if (fresh.length === 0) return known.size;
        this.metrics.gateVouchersLoading.set(fresh.length);
        await this.loadThese(lead, fresh);
        for (const { id } of fresh) known.add(id);
      }
    } finally {
      this.metrics.gateVouchersLoading.set(0);
    }
  }

  /** Every voucher that the gate may be asked for. */
  vouchers(): Promise<GateVoucher[]> {
    return this.ledger.openVouchers(this.clock.now());
  }

  /** @throws Error where another process leads, the epoch is over, or this process stops */
  protected async requireLead({ epoch, leader, signal }: Lead): Promise<void> {
    signal.throwIfAborted();
    const row = await this.epochs.current();
    if (row.epoch !== epoch || row.leader !== leader)
      throw new Error('another instance took the recovery over');
  }

  private async loadThese(lead: Lead, vouchers: readonly GateVoucher[]): Promise<void> {
    const sized = await this.sized(vouchers);
    const now = this.clock.now();
    const takesClaims = ({ voucher: { state, opensAt, closesAt } }: Sized): boolean =>
      state === 'open' && opensAt <= now + SOON_MS && closesAt > now;
    const small = sized.filter(({ size }) => size <= CLAIMS_A_BATCH);
    const large = sized.filter(({ size }) => size > CLAIMS_A_BATCH).sort((a, b) => a.size - b.size);
    const firstFirst = (all: readonly Sized[]): Sized[] => [
      ...all.filter(takesClaims),
      ...all.filter((each) => !takesClaims(each)),
    ];
    let stopped = false;
    const guarded = async (work: () => Promise<void>): Promise<void> => {
      if (stopped) return;
      await work().catch((error: unknown) => {
        stopped = true; // the other lanes begin nothing more either
        throw error;
      });
    };
    const ended = await Promise.allSettled([
      inLanes(BATCH_LANES, batches(firstFirst(small)), (batch) => guarded(() => this.loadBatch(lead, batch))),
      inLanes(LARGE_LANES, firstFirst(large), (one) => guarded(() => this.loadLarge(lead, one))),
    ]);
    for (const each of ended) if (each.status === 'rejected') throw each.reason as Error;
  }

  private async sized(vouchers: readonly GateVoucher[]): Promise<Sized[]> {
    const sized: Sized[] = [];
    for (let from = 0; from < vouchers.length; from += VOUCHERS_A_BATCH) {
      const some = vouchers.slice(from, from + VOUCHERS_A_BATCH);
      const sizes = await this.ledger.sizes(some.map(({ id }) => id));
      for (const voucher of some) sized.push({ voucher, size: sizes.get(voucher.id) ?? 0 });
    }
    return sized;
  }

  private async loadBatch(lead: Lead, vouchers: readonly GateVoucher[]): Promise<void> {
    const found = await this.ledger.forRebuild(vouchers);
    await this.open(lead, found, await this.ledger.usersOf(found));
  }

  private async loadLarge(lead: Lead, { voucher, size }: Sized): Promise<void> {
    const began = this.clock.monotonic();
    const found = await this.ledger.forRebuild([voucher]);
    const users = found.map((one) => {
      const all = this.ledger.allUsers(one);
      return { ...all, users: this.whileLeading(lead, all.users) };
    });
    await this.open(lead, found, users);
    const tookMs = Math.round(this.clock.monotonic() - began);
    this.logger.log(
      { epoch: lead.epoch, voucher: voucher.id, claims: size, tookMs },
      'a large voucher is open',
    );
  }

  private async open(
    lead: Lead,
    found: readonly LedgerVoucher[],
    users: readonly RebuildUsers[],
  ): Promise<void> {
    const counters = found.map((one) => one.counters);
    await this.gate.announce(lead.epoch, counters);
    failpoint('recovery.after-announce');
    await this.requireLead(lead);
    await this.gate.load(lead.epoch, users);
    this.metrics.gateVouchersLoading.dec(found.length);
    // Who changed terms before the voucher was open found it unknown to the gate, and left it to this.
    for (const changed of await this.ledger.changed(counters.map(({ voucher }) => voucher)))
      await this.gate.configure(lead.epoch, changed);
  }

  /** A leader that has been followed by another spares the database the rest. */
  private async *whileLeading(
    lead: Lead,
    chunks: AsyncIterable<readonly RebuildUser[]>,
  ): AsyncIterable<readonly RebuildUser[]> {
    for await (const chunk of chunks) {
      await this.requireLead(lead);
      yield chunk;
    }
  }
}

/** In their order, as many together as one statement reads. */
function batches(all: readonly Sized[]): GateVoucher[][] {
  const made: GateVoucher[][] = [];
  let room = 0;
  for (const { voucher, size } of all) {
    const last = made.at(-1);
    if (last && last.length < VOUCHERS_A_BATCH && size <= room) {
      last.push(voucher);
      room -= size;
    } else {
      made.push([voucher]);
      room = CLAIMS_A_BATCH - size;
    }
  }
  return made;
}
