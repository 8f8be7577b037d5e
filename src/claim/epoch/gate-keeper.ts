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
import { Problem } from '../../common/problems.js';
import type { EpochInLog } from '../domain/claim-record.js';
import { epochInLog, epochsInUse, standingOf, type SlotEpochs } from '../domain/slot-epochs.js';
import { GATE_OVERSOLD } from '../issue/claim-issuer.js';
import { GateLostError, GateUnreachableError } from '../gate/gate-errors.js';
import { StockGate } from '../gate/stock-gate.js';
import { GateEpochs, SCRIPTS_VERSION, type EpochRow } from '../ledger/gate-epochs.js';
import { EMBEDDED_START, GateRecovery } from './gate-recovery.js';

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
export class GateKeeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Gate');
  /** The newest row that was seen, open or not. */
  private row: SlotEpochs = { epoch: 0, state: 'lost', openedEpoch: 0, groups: [] };
  private state: 'closed' | 'opening' | 'open' = 'closed';
  /** Whether this process has had the gate open before. */
  private wasOpen = false;
  /** Epochs up to this one are lost: whatever the database says of them, they are not used again. */
  private distrusted = 0;
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
   * The epoch of a voucher, in a gate that holds all vouchers.
   * @throws Problem gate_recovering
   */
  require(voucherId: string): number {
    if (!this.isOpen) throw new Problem('gate_recovering');
    return this.epochOf(voucherId);
  }

  /**
   * The epoch that claims of a voucher may use now. While it is not open as a whole (`isOpen`, read before the gate is asked), a voucher
   * that the gate does not know may be one that is still loaded.
   * @throws Problem gate_recovering
   */
  requireForClaims(voucherId: string): number {
    if (!this.takesClaims) throw new Problem('gate_recovering');
    return this.epochOf(voucherId);
  }

  /** The newest epoch, also while it is closed. */
  get known(): number {
    return this.row.epoch;
  }

  /** The epoch of a voucher, also while it is closed: for reading what the gate still knows. */
  epochOf(voucherId: string): number {
    return standingOf(this.row, voucherId).epoch;
  }

  /** An epoch in use, as records of it name it. */
  inLog(epoch: number): EpochInLog {
    return epochInLog(this.row, epoch);
  }

  /** Every epoch that some voucher is in. */
  get epochsInUse(): readonly number[] {
    return epochsInUse(this.row);
  }

  /** Whether the gate holds all vouchers. */
  get isOpen(): boolean {
    return this.state === 'open';
  }

  /** Whether the gate may be asked for a claim: it holds all vouchers, or some. */
  get takesClaims(): boolean {
    return this.state !== 'closed';
  }

  /**
   * Whether a claim of a voucher that the gate took at `askedAt` (this process's monotonic clock, ms, read before the gate was asked)
   * may still be answered `202`. The gate was of the epoch at that moment; a recovery revokes the epoch at the gate and then
   * waits a lease before it draws the barrier, so what is answered within the lease lies before the barrier.
   */
  mayAnswer(epoch: number, askedAt: number, voucherId: string): boolean {
    return (
      this.takesClaims &&
      this.epochOf(voucherId) === epoch &&
      this.clock.monotonic() - askedAt < this.config.GATE_LEASE_MS
    );
  }

  /** Someone found the gate without what it must hold. Closes it at once; the recovery follows by itself. */
  lost(epoch: number, reason: string): void {
    if (epoch < this.known && !this.epochsInUse.includes(epoch)) return;
    const newest = Math.max(epoch, this.known);
    if (newest <= this.distrusted) return;
    this.logger.error({ epoch, reason }, 'the gate may have forgotten claims; closed until it is rebuilt');
    this.distrusted = newest;
    this.reason = reason;
    this.close(`lost: ${reason}`);
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
        if (this.takesClaims) return;
        this.close(error instanceof Error ? error.message : 'unknown fault');
        // It is tried twice a second: a reason is worth one line, however long it lasts.
        if (this.why !== this.told)
          this.logger.warn({ reason: this.why }, 'the gate stays closed; trying again');
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
    const row = await this.epochs.current();
    if (row.epoch > this.known) this.state = 'closed';
    if (row.epoch >= this.known) this.row = row;
    else this.lost(this.known, 'the database has forgotten epochs');
    if (row.scriptsVersion > SCRIPTS_VERSION)
      return this.close('a newer version of this program owns the gate');
    const others = row.leader !== this.recovery.name && row.leaderUntil > this.clock.now();
    if (row.state === 'recovering' && others) return this.close('another instance is rebuilding the gate');
    const state = usable(row, others || this.recovery.isLoading(row.epoch));
    if (state && row.epoch > this.distrusted) {
      const why = await this.lostBecause(row, state);
      if (why === undefined) return this.open(row.epoch, state);
      // The gate of embedded mode begins empty with every process: that is no loss, and rebuilt in the same way.
      if (this.wasOpen || this.config.stack) this.lost(row.epoch, why);
      else this.distrusted = row.epoch;
    }
    this.close('being rebuilt');
    const begun = await this.recovery.run(row.epoch, this.reason, this.known);
    if (!begun) return;
    this.row = begun.row;
    this.open(begun.row.epoch, begun.state);
  }

  /** Rejects when the gate can take no claim now; then it is closed, and opens again when it can and still holds the epoch. */
  private async lostBecause(
    { epoch, history, masters }: EpochRow,
    state: 'opening' | 'open',
  ): Promise<string | undefined> {
    try {
      this.gate.trust(epoch, {
        history: history ?? '',
        masters: masters.filter((master) => master.epoch === epoch),
      });
      const why = await this.gate.lostBecause(epoch, state);
      if (why === undefined) await this.gate.requireWritable();
      return why;
    } catch (error) {
      if (error instanceof GateLostError) return error.message;
      // Each master of a cluster is fenced by itself: vouchers of the others go on while one cannot be asked.
      const goesOn = error instanceof GateUnreachableError && error.partly;
      if (goesOn && this.takesClaims && this.known === epoch) return undefined;
      this.close(error instanceof Error ? error.message : 'unknown fault');
      throw error;
    }
  }

  private open(epoch: number, state: 'opening' | 'open'): void {
    if (epoch <= this.distrusted || (this.state === state && this.known === epoch)) return;
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

/** Vouchers are loaded by a process that is alive, or the next one has to begin anew. */
const usable = ({ state }: EpochRow, isLoaded: boolean): 'opening' | 'open' | undefined => {
  if (state === 'open') return 'open';
  return state === 'opening' && isLoaded ? 'opening' : undefined;
};
