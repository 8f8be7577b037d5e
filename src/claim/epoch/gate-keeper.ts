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
import { GATE_OVERSOLD } from '../issue/claim-issuer.js';
import { GateLostError, StockGate } from '../gate/stock-gate.js';
import { GateEpochs, SCRIPTS_VERSION, type EpochRow } from '../ledger/gate-epochs.js';
import { GateRecovery } from './gate-recovery.js';

const LOOK_MS = 500;

/**
 * What this process believes of the gate: the epoch it may use, or that it is closed. It looks at the database's epoch
 * several times in a lease, and starts a recovery when the gate is found to have forgotten.
 */
@Injectable()
export class GateKeeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Gate');
  /** The newest epoch that was seen, open or not. */
  private epoch = 0;
  private opened = false;
  /** Epochs up to this one are lost: whatever the database says of them, they are not used again. */
  private distrusted = 0;
  private reason = 'first start';
  private why = 'not looked at yet';
  /** The last reason that was logged. */
  private told = '';
  private stopLooking: () => void = () => undefined;
  private looking: Promise<void> | undefined;
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
    broadcast.subscribe(GATE_OVERSOLD, (epoch) => this.lost(Number(epoch), 'the ledger refused a claim'));
    health.register('gate', () => {
      if (!this.opened) throw new Error(this.why);
    });
  }

  /** Opens the gate, or rebuilds it when it is empty, in the background: a rebuild needs the consumer, which starts later. */
  onApplicationBootstrap(): void {
    void this.tick();
    const everyMs = Math.min(LOOK_MS, this.config.GATE_LEASE_MS / 4);
    this.stopLooking = this.clock.every(everyMs, () => void this.tick());
  }

  /**
   * The epoch that claims may use now.
   * @throws Problem gate_recovering
   */
  require(): number {
    if (!this.opened) throw new Problem('gate_recovering');
    return this.epoch;
  }

  /** The epoch, also while it is closed: for reading what the gate still knows. */
  get known(): number {
    return this.epoch;
  }

  get isOpen(): boolean {
    return this.opened;
  }

  /**
   * Whether a claim that the gate took at `askedAt` (this process's monotonic clock, ms, read before the gate was asked)
   * may still be answered `202`. The gate was of the epoch at that moment; a recovery revokes the epoch at the gate and then
   * waits a lease before it draws the barrier, so what is answered within the lease lies before the barrier.
   */
  mayAnswer(epoch: number, askedAt: number): boolean {
    return (
      this.opened && this.epoch === epoch && this.clock.monotonic() - askedAt < this.config.GATE_LEASE_MS
    );
  }

  /** Someone found the gate without what it must hold. Closes it at once; the recovery follows by itself. */
  lost(epoch: number, reason: string): void {
    if (epoch < this.epoch || epoch <= this.distrusted) return;
    this.logger.error({ epoch, reason }, 'the gate may have forgotten claims; closed until it is rebuilt');
    this.distrusted = epoch;
    this.reason = reason;
    this.close(`lost: ${reason}`);
    void this.tick();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.stopLooking();
    await this.looking;
  }

  private async tick(): Promise<void> {
    if (this.looking || this.stopped) return;
    this.looking = this.look()
      .catch((error: unknown) => {
        // The database is away: nobody can raise the epoch in it either, so what is open stays open.
        if (this.opened) return;
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

  private async look(): Promise<void> {
    const row = await this.epochs.current();
    if (row.epoch > this.epoch) {
      this.opened = false;
      this.epoch = row.epoch;
    }
    if (row.epoch < this.epoch) this.lost(this.epoch, 'the database has forgotten epochs');
    if (row.scriptsVersion > SCRIPTS_VERSION)
      return this.close('a newer version of this program owns the gate');
    const others = row.leader !== this.recovery.name && row.leaderUntil > this.clock.now();
    if (row.state === 'recovering' && others) return this.close('another instance is rebuilding the gate');
    if (row.state === 'open' && row.epoch > this.distrusted) {
      const why = await this.lostBecause(row);
      if (why === undefined) return this.open(row.epoch);
      this.lost(row.epoch, why);
    }
    this.close('being rebuilt');
    const epoch = await this.recovery.run(row.epoch, this.reason, this.epoch);
    if (epoch !== undefined) this.open(epoch);
  }

  /** Rejects when the gate can take no claim now; then it is closed, and opens again when it can and still holds the epoch. */
  private async lostBecause({ epoch, history }: EpochRow): Promise<string | undefined> {
    try {
      this.gate.trust(epoch, history ?? '');
      const why = await this.gate.lostBecause(epoch);
      if (why === undefined) await this.gate.requireWritable();
      return why;
    } catch (error) {
      if (error instanceof GateLostError) return error.message;
      this.close(error instanceof Error ? error.message : 'unknown fault');
      throw error;
    }
  }

  private open(epoch: number): void {
    if (epoch <= this.distrusted || (this.opened && this.epoch === epoch)) return;
    this.epoch = epoch;
    this.opened = true;
    this.why = '';
    this.told = '';
    this.metrics.gateEpoch.set(epoch);
    this.metrics.gateOpen.set(1);
    this.logger.log({ epoch }, 'gate open');
  }

  private close(why: string): void {
    this.opened = false;
    this.why = why;
    this.metrics.gateOpen.set(0);
  }
}
