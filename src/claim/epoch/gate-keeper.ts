import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { CONFIG, type Config } from '../../config/index.js';
import { Broadcast } from '../../broadcast/broadcast.js';
import { Health } from '../../observability/health.js';
import { Metrics } from '../../observability/metrics.js';
import { Clock } from '../../common/clock.js';
import { epochsInUse, slotsIn } from '../domain/slot-epochs.js';
import { GATE_OVERSOLD } from '../issue/claim-issuer.js';
import { SlotSet } from '../../redis/slots.js';
import type { GateLostError } from '../gate/gate-errors.js';
import { StockGate, type GateLoss } from '../gate/stock-gate.js';
import { GateEpochs, SCRIPTS_VERSION, type EpochRow } from '../ledger/gate-epochs.js';
import { EMBEDDED_START, GateRecovery } from './gate-recovery.js';
import { isPartly, lossOfEpoch, trustByRow } from './loss-of-epoch.js';
import { GateView } from './gate-view.js';

const LOOK_MS = 500;
/** While vouchers are loaded: what has to wait for the last of them waits no longer than it must. */
const LOOK_OPENING_MS = 100;

/**
 * What this process believes of the gate: the epoch it may use, or that it is closed. It looks at the database's epoch
 * several times in a lease, and starts a recovery when the gate is found to have forgotten.
 *
 *     closed (nothing may be asked) -> opening (claims of the vouchers that are loaded) -> open (everything of all vouchers)
 *
 * From both it is closed by a sign of loss, and by a newer epoch.
 */
@Injectable()
export class GateKeeper extends GateView implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Gate');
  /** Whether this process has had the gate open before. */
  private wasOpen = false;
  /** Vouchers that were missed since the row was read last, and the epoch of each. */
  private missed = new Map<string, number>();
  private reason: string;
  private why = 'not looked at yet';
  /** The last reason that was logged. */
  private told = '';
  private stopLooking: () => void = () => undefined;
  private looking: Promise<void> | undefined;
  private isLookingSoon = false;
  private stopped = false;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly gate: StockGate,
    private readonly epochs: GateEpochs,
    private readonly recovery: GateRecovery,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    broadcast: Broadcast,
    health: Health,
  ) {
    super();
    this.reason = config.stack ? 'first start' : EMBEDDED_START;
    broadcast.subscribe(GATE_OVERSOLD, (epoch) => this.lost(Number(epoch), 'the ledger refused a claim'));
    health.register('gate', () => {
      if (!this.takesClaims) throw new Error(this.why);
    });
  }

  /** Opens the gate, or rebuilds it when it is empty, in the background: a rebuild needs the consumer, which starts later. */
  onApplicationBootstrap(): void {
    void this.tick();
    const everyMs = Math.min(LOOK_MS, this.config.GATE_LEASE_MS / 4);
    this.stopLooking = this.clock.every(everyMs, () => void this.tick());
  }

  /**
   * Whether a claim of a voucher that the gate took at `askedAt` (this process's monotonic clock, ms, read before the gate was asked)
   * may still be answered `202`. The gate was of the epoch at that moment; a recovery revokes the epoch at the gate and then
   * waits a lease before it draws the barrier, so what is answered within the lease lies before the barrier.
   */
  mayAnswer(epoch: number, askedAt: number, voucherId: string): boolean {
    return (
      this.epochForClaims(voucherId) === epoch && this.clock.monotonic() - askedAt < this.config.GATE_LEASE_MS
    );
  }

  /**
   * Someone found the gate without what it must hold. Closes it at once; the recovery follows by itself.
   * @param slots which are closed, where it is known that others have lost nothing, or that the gate proves it before they go on
   */
  lost(epoch: number, reason: string, slots = SlotSet.ALL): void {
    if (epoch < this.known && !this.epochsInUse.includes(epoch)) return;
    const some = this.config.GATE_KEEPS_SLOTS === 'on' ? slots : SlotSet.ALL;
    if (!this.lostSlots.add(Math.max(epoch, this.known), some)) return;
    const isAll = SlotSet.ALL.without(some).isEmpty;
    const which = isAll ? {} : { slots: some.toString() };
    this.logger.error(
      { epoch, reason, ...which },
      'the gate may have forgotten claims; closed until it is rebuilt',
    );
    this.reason = reason;
    if (isAll) {
      this.keptOpen.clear();
      this.close(`lost: ${reason}`);
    }
    void this.tick();
  }

  /**
   * The same, of what is not proved to be whole in an epoch.
   * @returns false where that is nothing: a master is gone to which no slot of the epoch was moved
   */
  lostPart(epoch: number, { why, slots }: GateLoss): boolean {
    const part = this.config.GATE_KEEPS_SLOTS === 'on' ? slots.within(slotsIn(this.row, epoch)) : SlotSet.ALL;
    if (!part.isEmpty) this.lost(epoch, why, part);
    return !part.isEmpty;
  }

  /**
   * The same, found at a voucher: what its server has of the epoch is closed, where nothing more is known. Of an epoch that the voucher is in
   * no longer it tells nothing.
   */
  lostOf(
    voucherId: string,
    epoch: number,
    { message, slots }: Pick<GateLostError, 'message' | 'slots'>,
  ): void {
    if (epoch < this.known && this.epochOf(voucherId) !== epoch) return;
    this.lostPart(epoch, { why: message, slots: slots ?? this.gate.slotsBeside(epoch, voucherId) });
  }

  /**
   * The gate does not know a voucher that it must hold. Where others may go on, that is a loss only if the row still says so: whoever has
   * raised the epoch removes what does not go on, and that tells nothing of the others.
   */
  missing(voucherId: string, epoch: number): void {
    const slots = this.gate.slotsBeside(epoch, voucherId);
    if (this.config.GATE_KEEPS_SLOTS === 'off' || SlotSet.ALL.without(slots).isEmpty)
      return this.lostOf(voucherId, epoch, missed(voucherId));
    this.missed.set(voucherId, epoch);
    void this.tick();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.stopLooking();
    await this.looking;
    await this.recovery.stop();
  }

  private async tick(): Promise<void> {
    if (this.looking || this.stopped) return;
    this.looking = this.look()
      .then(() => this.lookSoon())
      .catch((error: unknown) => {
        // The database is away: nobody can raise the epoch in it either, so what is open stays open.
        if (this.state !== 'closed' && this.lostSlots.isNoneOf(this.row)) return;
        const why = error instanceof Error ? error.message : 'unknown fault';
        // Where some slots are lost, the others go on.
        if (this.state === 'closed') this.close(why);
        else this.why = why;
        // It is tried twice a second: a reason is worth one line, however long it lasts.
        if (this.why !== this.told)
          this.logger.warn({ reason: this.why, err: error }, 'the gate stays closed; trying again');
        this.told = this.why;
      })
      .finally(() => {
        this.looking = undefined;
      });
    await this.looking;
  }

  private lookSoon(): void {
    if (this.state !== 'opening' || this.isLookingSoon) return;
    this.isLookingSoon = true;
    void this.clock.sleep(LOOK_OPENING_MS).then(() => {
      this.isLookingSoon = false;
      return this.tick();
    });
  }

  private async look(): Promise<void> {
    // Before the row is read: what is loaded may end with a row that is open, and a voucher be removed after a row was raised.
    const [loads, missing] = [this.recovery.loads, this.missed];
    this.missed = new Map();
    const row = await this.epochs.current();
    if (row.epoch >= this.known) this.take(row);
    else this.lost(this.known, 'the database has forgotten epochs');
    for (const [voucherId, epoch] of missing) this.lostOf(voucherId, epoch, missed(voucherId));
    if (row.scriptsVersion > SCRIPTS_VERSION) {
      this.keptOpen.clear();
      return this.close('a newer version of this program owns the gate');
    }
    const lost = (epoch: number): SlotSet => this.lostSlots.in(row, epoch);
    const kept = epochsInUse(row).filter((epoch) => epoch !== row.epoch);
    for (const epoch of kept) await this.lookAtKept(row, epoch);
    const isKeptWhole = kept.every((epoch) => lost(epoch).isEmpty);
    const others = row.leader !== this.recovery.name && row.leaderUntil > this.clock.now();
    if (row.state === 'recovering' && others) return this.close('another instance is rebuilding the gate');
    const state = usable(row, others || loads === row.epoch);
    if (state && lost(row.epoch).isEmpty && row.epoch >= this.known) {
      const loss = await this.lossOfNewest(row, state);
      // The gate of embedded mode begins empty with every process: that is no loss, and rebuilt in the same way.
      if (loss && !this.wasOpen && !this.config.stack) this.lostSlots.add(row.epoch, SlotSet.ALL);
      else if (loss === undefined || !this.lostPart(row.epoch, loss)) {
        this.open(row.epoch, state);
        if (isKeptWhole) return;
      }
    }
    // Of an epoch that is open others go on until the row says which, and that is at once.
    const isOver = slotsIn(row, row.epoch).without(lost(row.epoch)).isEmpty || row.epoch < this.known;
    if (state !== 'open' || isOver) this.close('being rebuilt');
    const begun = await this.recovery.run(row, this.reason, {
      above: this.known,
      lost,
      raised: (raised) => this.goesOn(raised),
    });
    if (!begun) return;
    this.take(begun.row);
    this.open(begun.row.epoch, begun.state);
  }

  /** A row as it was read: what is of an epoch that is over is closed. */
  private take(row: EpochRow): void {
    if (row.epoch > this.known) {
      // What goes on of it does so at once: it was trusted until now, and each master is fenced by itself.
      if (this.state === 'open') this.keptOpen.add(this.known);
      this.close('being rebuilt');
    }
    this.row = row;
    for (const epoch of this.keptOpen)
      if (epoch === row.epoch || !epochsInUse(row).includes(epoch)) this.keptOpen.delete(epoch);
    this.lostSlots.forget(row);
  }

  /** A row that this process has raised: what it keeps was proved just now. */
  private goesOn(row: EpochRow): void {
    this.take(row);
    for (const epoch of epochsInUse(row).filter((each) => each !== row.epoch)) {
      trustByRow(this.gate, row, epoch);
      this.keptOpen.add(epoch);
    }
  }

  /** Slots that go on in an older epoch. Where one master cannot be asked they stay as they are: each is fenced by itself. */
  private async lookAtKept(row: EpochRow, epoch: number): Promise<void> {
    try {
      const loss = await lossOfEpoch(this.gate, row, epoch, 'open');
      if (loss && this.lostPart(epoch, loss)) return;
      if (this.lostSlots.in(row, epoch).isEmpty) this.keptOpen.add(epoch);
    } catch (error) {
      if (!isPartly(error)) this.keptOpen.delete(epoch);
      this.logger.debug({ epoch, err: error }, 'what is kept of an epoch cannot be asked');
    }
  }

  /** Rejects when the gate can take no claim now; then it is closed, and opens again when it can and still holds the epoch. */
  private async lossOfNewest(row: EpochRow, state: 'opening' | 'open'): Promise<GateLoss | undefined> {
    try {
      return await lossOfEpoch(this.gate, row, row.epoch, state);
    } catch (error) {
      // Each master of a cluster is fenced by itself: vouchers of the others go on while one cannot be asked.
      if (isPartly(error) && this.state !== 'closed' && this.known === row.epoch) return undefined;
      this.close(error instanceof Error ? error.message : 'unknown fault');
      throw error;
    }
  }

  private open(epoch: number, state: 'opening' | 'open'): void {
    if (!this.lostSlots.in(this.row, epoch).isEmpty || (this.state === state && this.known === epoch)) return;
    this.state = state;
    this.wasOpen = true;
    this.why = '';
    this.told = '';
    this.metrics.gateEpoch.set(epoch);
    this.metrics.gateOpen.set(1);
    this.logger.log({ epoch }, state === 'open' ? 'gate open' : 'gate open for the vouchers that are loaded');
  }

  private close(why: string): void {
    this.state = 'closed';
    this.why = why;
    this.metrics.gateOpen.set(0);
  }
}

const missed = (voucherId: string) => ({ message: `voucher ${voucherId} is missing`, slots: undefined });

/** Vouchers are loaded by a process that is alive, or the next one has to begin anew. */
const usable = ({ state }: EpochRow, isLoaded: boolean): 'opening' | 'open' | undefined => {
  if (state === 'open') return 'open';
  return state === 'opening' && isLoaded ? 'opening' : undefined;
};
