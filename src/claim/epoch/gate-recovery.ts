import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/index.js';
import { failpoint } from '../../common/failpoints.js';
import { Metrics } from '../../observability/metrics.js';
import { Clock } from '../../common/clock.js';
import { doublingPause } from '../../common/doubling-pause.js';
import { InstanceId } from '../../common/instance-id.js';
import { ConsumedPositions } from '../ledger/consumed-positions.js';
import { IntakeRelay } from '../issue/intake-relay.js';
import type { LogPosition } from '../domain/log-position.js';
import { ClaimLog } from '../log/claim-log.js';
import { SlotSet } from '../../redis/slots.js';
import type { EpochMaster } from '../domain/epoch-masters.js';
import { epochsInUse, groupsAfterLoss, slotsIn, standingOf } from '../domain/slot-epochs.js';
import { StockGate, type GoingOn } from '../gate/stock-gate.js';
import { GateEpochs, type EpochRow } from '../ledger/gate-epochs.js';
import { VoucherLoader, type Lead } from './voucher-loader.js';

/** The reason of a rebuild that every start of embedded mode makes. */
export const EMBEDDED_START = 'start of embedded mode';

/** A leader that died is followed by another after this time. */
const LEADER_LEASE_MS = 10_000;
const POLL_MS = 100;
const TAKEN_OVER = 'another instance took the recovery over';
const MARGIN_MS = 250;
/** So many raises that came to no end are followed by the next at once: most faults are over by then. */
const TRIES_AT_ONCE = 3;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
/** Where all is loaded within this time, the gate opens as a whole. */
const AT_ONCE_MS = 100;

/** An epoch that this process has begun: some vouchers take claims, or all of them do. */
export interface Begun {
  readonly row: EpochRow;
  readonly state: 'opening' | 'open';
}

/** Why the gate is rebuilt, as its keeper knows it. */
export interface Loss {
  /** The newest epoch that is known of, where the database has forgotten it. */
  readonly above: number;
  /** Slots of an epoch that are believed lost. */
  readonly lost: (epoch: number) => SlotSet;
  /** Called once the row says which slots go on; not on one server. */
  readonly raised: (row: EpochRow) => void;
}

/** Raises of this process, one behind the other, that came to no end. */
interface Failed {
  /** The last of them: the row is still this process's own. */
  readonly epoch: number;
  readonly times: number;
  readonly error: unknown;
  /** No other before this time of the monotonic clock, ms. */
  readonly until: number;
}

interface Loading {
  readonly epoch: number;
  readonly abort: AbortController;
  /** Whether all vouchers are open. Never rejects. */
  readonly ended: Promise<boolean>;
}

/**
 * Rebuilds the gate from the ledger (docs/adr/0003). In order: raise the epoch, revoke the old one at the gate, wait until
 * nobody can answer for it, draw a barrier in the log, write everything before the barrier to the ledger, begin the new epoch;
 * then load its vouchers in the background, each open as soon as it is loaded (docs/adr/0071).
 *
 *     recovering (nobody claims) -> opening (of the vouchers that are loaded) -> open
 */
@Injectable()
export class GateRecovery {
  private readonly logger = new Logger('GateRecovery');
  /** Which process leads, for the others and for a second try of its own. */
  readonly name: string;
  private loading: Loading | undefined;
  private failed: Failed | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly epochs: GateEpochs,
    private readonly gate: StockGate,
    private readonly log: ClaimLog,
    private readonly relay: IntakeRelay,
    private readonly loader: VoucherLoader,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly positions: ConsumedPositions,
    instance: InstanceId,
  ) {
    this.name = instance.value;
  }

  /** The epoch of which this process is loading vouchers. */
  get loads(): number | undefined {
    return this.loading?.epoch;
  }

  /** Leaves what is not loaded yet to another process, which need not wait for the lease to end. */
  async stop(): Promise<void> {
    const { loading } = this;
    if (!loading) return;
    loading.abort.abort(new Error('this process stops'));
    if (!(await loading.ended)) await this.epochs.extend(loading.epoch, 0).catch(() => undefined);
  }

  /**
   * @param seen the row, as it was read last
   * @returns the new epoch, or `undefined` where another instance leads, or not all could be loaded
   * @throws what the last tries ended with, while the next one waits for some time; and what this one ends with
   */
  async run(seen: EpochRow, reason: string, found: Loss): Promise<Begun | undefined> {
    this.loading?.abort.abort(new Error('the gate forgot'));
    await this.gate.requireWritable(); // without a gate there is nothing to rebuild yet
    this.requireTime(seen);
    const above = Math.max(found.above, await this.positions.newestEpoch());
    const kept = above > seen.epoch ? [] : await this.keptMasters(seen, found);
    const epoch = await this.epochs.raise(seen.epoch, this.name, LEADER_LEASE_MS, { above, kept });
    if (epoch === undefined) return undefined;
    failpoint('recovery.after-raise');
    const started = this.clock.monotonic();
    // A gate that begins with its process, or with its installation, has lost nothing.
    const tell = seen.epoch === 0 || reason === EMBEDDED_START ? 'log' : 'warn';
    this.logger[tell]({ epoch, reason }, 'rebuilding the gate');
    const letGo = this.clock.every(
      LEADER_LEASE_MS / 4,
      () => void this.epochs.extend(epoch, LEADER_LEASE_MS).catch(() => undefined),
    );
    let begun = false;
    let row: EpochRow;
    let goingOn: GoingOn | undefined;
    try {
      if (seen.masters.length === 0) await this.gate.revokeBelow(epoch);
      else {
        const raised = await this.stillLeading(epoch);
        found.raised(raised);
        goingOn = await this.goingOn(raised, seen);
        await this.gate.revokeBelow(epoch, goingOn);
      }
      failpoint('recovery.after-revoke');
      if (this.config.stack && seen.epoch > 0) await this.clock.sleep(this.config.GATE_LEASE_MS + MARGIN_MS);
      await this.drain(epoch, goingOn !== undefined && goingOn.epochs.length > 0);
      const origin = await this.gate.begin(epoch, goingOn);
      if (!(await this.epochs.setOrigin(epoch, origin))) throw new Error(TAKEN_OVER);
      if (!(await this.epochs.opening(epoch))) return undefined;
      row = await this.epochs.current();
      begun = row.epoch === epoch;
      if (!begun) return undefined;
    } catch (error) {
      this.failed = this.afterFailure(seen, epoch, error);
      throw error;
    } finally {
      if (!begun) letGo();
    }
    this.metrics.gateRecoveries.inc({ reason: seen.epoch === 0 ? 'first start' : 'lost' });
    const abort = new AbortController();
    const goesOn = (id: string): boolean => standingOf(row, id).kept;
    const lead = { epoch, leader: this.name, signal: abort.signal, goesOn };
    const loading = { epoch, abort, ended: this.load(lead, started, tell).finally(letGo) };
    this.loading = loading;
    void loading.ended.then(() => {
      if (this.loading === loading) this.loading = undefined;
    });
    const soon = this.clock.sleep(AT_ONCE_MS).then(() => 'opening' as const);
    const ended = loading.ended.then((all) => (all ? ('open' as const) : undefined));
    const state = await Promise.race([ended, soon]);
    return state && { row, state };
  }

  /** A fault that stays, as keys that cannot be removed, would raise the epoch at each look. @throws the last error */
  private requireTime({ epoch }: EpochRow): void {
    const { failed } = this;
    if (failed?.epoch === epoch && this.clock.monotonic() < failed.until) throw failed.error;
  }

  private afterFailure(seen: EpochRow, epoch: number, error: unknown): Failed {
    const times = this.failed?.epoch === seen.epoch ? this.failed.times + 1 : 1;
    const late = times - TRIES_AT_ONCE + 1;
    const pauseMs = late < 1 ? 0 : doublingPause(late, FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
    return { epoch, times, error, until: this.clock.monotonic() + pauseMs };
  }

  private async load(lead: Lead, started: number, tell: 'log' | 'warn'): Promise<boolean> {
    const { epoch } = lead;
    try {
      const vouchers = await this.loader.loadAll(lead);
      await this.gate.finish(epoch);
      failpoint('recovery.after-rebuild');
      if (!(await this.epochs.open(epoch))) throw new Error(TAKEN_OVER);
      const tookMs = Math.round(this.clock.monotonic() - started);
      this.logger[tell]({ epoch, vouchers, tookMs }, 'gate rebuilt from the ledger');
      return true;
    } catch (error) {
      this.logger.warn({ epoch, err: error }, 'not all vouchers were loaded; whoever leads next begins anew');
      return false;
    }
  }

  /** Everything that was accepted under older epochs becomes a row; what comes behind the barrier is void. */
  private async drain(epoch: number, keepsSlots: boolean): Promise<void> {
    const barrier = await this.log.end();
    if (!(await this.epochs.setBarrier(epoch, barrier))) throw new Error(TAKEN_OVER);
    failpoint('recovery.after-barrier');
    for (;;) {
      const isKnown = !keepsSlots || (await this.isReadable(epoch));
      if ((await this.passed(barrier)) && isKnown) break;
      await this.stillLeading(epoch);
      await this.clock.sleep(POLL_MS);
    }
    // At full speed: until this is done nobody can claim.
    while ((await this.relay.drain({ paced: false })) > 0) {
      const row = await this.stillLeading(epoch);
      // While the log is away, those that go on add as fast as this takes.
      if (row.groups.length > 0 && (await this.relay.isEmptyBut((id) => standingOf(row, id).kept))) break;
    }
    // Only a log that was read again shows epochs that the database has forgotten: the next try begins above them.
    if ((await this.positions.newestEpoch()) >= epoch)
      throw new Error('the log holds records of a newer epoch: the database has forgotten it');
  }

  /** A log that does not answer now has not been passed: the barrier stands, so the recovery waits instead of starting anew. */
  private async passed(barrier: LogPosition): Promise<boolean> {
    try {
      return await this.log.passed(barrier);
    } catch (error) {
      this.logger.debug({ err: error }, 'the log does not tell its position; asking again');
      return false;
    }
  }

  /**
   * Whether the log was asked who reads it, while slots keep their epoch.
   * @throws where somebody waits for a row that names no slots: the next try keeps none
   */
  protected async isReadable(epoch: number): Promise<boolean> {
    const older = await this.isReadByOlder();
    if (older && namesNone(await this.stillLeading(epoch)))
      throw new Error('an older version of this program reads the log: no slots keep their epoch');
    return older !== undefined;
  }

  /** `undefined` where the log does not tell. */
  protected async isReadByOlder(): Promise<boolean | undefined> {
    try {
      return await this.log.isReadByOlder();
    } catch (error) {
      this.logger.debug({ err: error }, 'the log does not tell who reads it');
      return undefined;
    }
  }

  private async stillLeading(epoch: number): Promise<EpochRow> {
    const row = await this.epochs.current();
    if (row.epoch !== epoch || row.leader !== this.name) throw new Error(TAKEN_OVER);
    return row;
  }

  /** Masters whose slots go on in their epoch: of each that is in use, those that have lost nothing, as far as that can be proved. */
  protected async keptMasters(row: EpochRow, { lost }: Loss): Promise<readonly EpochMaster[]> {
    if (this.config.GATE_KEEPS_SLOTS === 'off' || row.masters.length === 0) return [];
    if (namesNone(row) && (await this.isReadByOlder())) return [];
    const kept: EpochMaster[] = [];
    for (const epoch of epochsInUse(row)) {
      // Of one that is not open as a whole, nothing is taken up again.
      if (epoch === row.epoch && row.state !== 'open') continue;
      for (const master of await this.gate.keptMasters(epoch))
        kept.push({ ...master, slots: master.slots.within(slotsIn(row, epoch)).without(lost(epoch)) });
    }
    return kept;
  }

  /** What is revoked, and spared, on a cluster: the gate's own sets of vouchers may be on the master that has lost something. */
  protected async goingOn(row: EpochRow, before: EpochRow): Promise<GoingOn> {
    const vouchers = await this.loader.vouchers();
    return {
      epochs: epochsInUse(row).filter((each) => each !== row.epoch),
      // Also those of a recovery that came to no end.
      before: [...new Set([before.epoch, before.openedEpoch, ...before.groups.map((group) => group.epoch)])],
      epochOf: (id) => {
        const standing = standingOf(row, id);
        return standing.kept ? standing.epoch : undefined;
      },
      voucherIds: vouchers.map(({ id }) => id),
    };
  }
}

/** Whether a row that follows this one with nothing kept names no slots: every version can read it (docs/adr/0106). */
const namesNone = (row: EpochRow): boolean => groupsAfterLoss(row, SlotSet.ALL).length === 0;
