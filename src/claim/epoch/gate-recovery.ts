import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/index.js';
import { failpoint } from '../../common/failpoints.js';
import { Metrics } from '../../observability/metrics.js';
import { Clock } from '../../common/clock.js';
import { newId } from '../../common/ids.js';
import { inLanes } from '../../common/lanes.js';
import { ConsumedPositions } from '../ledger/consumed-positions.js';
import { IntakeRelay } from '../issue/intake-relay.js';
import type { LogPosition } from '../domain/log-position.js';
import { ClaimLog } from '../log/claim-log.js';
import { StockGate, type RebuildVoucher } from '../gate/stock-gate.js';
import { GateEpochs } from '../ledger/gate-epochs.js';
import { LedgerReader } from './ledger-reader.js';

/** A leader that died is followed by another after this time. */
const LEADER_LEASE_MS = 10_000;
const POLL_MS = 100;
const MARGIN_MS = 250;
/** Vouchers whose counters one statement reads. */
const CHUNK = 500;
/** Vouchers with claims that are loaded at a time; each takes a connection of the database. */
const LANES = 4;

/**
 * Rebuilds the gate from the ledger (docs/adr/0003). In order: raise the epoch, revoke the old one at the gate, wait until
 * nobody can answer for it, draw a barrier in the log, write everything before the barrier to the ledger, rebuild, open.
 */
@Injectable()
export class GateRecovery {
  private readonly logger = new Logger('GateRecovery');
  /** Which process leads, for the others and for a second try of its own. */
  readonly name: string;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly epochs: GateEpochs,
    private readonly gate: StockGate,
    private readonly log: ClaimLog,
    private readonly relay: IntakeRelay,
    private readonly ledger: LedgerReader,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly positions: ConsumedPositions,
  ) {
    this.name = newId('ses', clock.now());
  }

  /**
   * @param above the newest epoch that is known of, where the database has forgotten it
   * @returns the new epoch, or `undefined` where another instance leads
   */
  async run(seen: number, reason: string, above = 0): Promise<number | undefined> {
    await this.gate.requireWritable(); // without a gate there is nothing to rebuild yet
    const known = Math.max(above, await this.positions.newestEpoch());
    const epoch = await this.epochs.raise(seen, this.name, LEADER_LEASE_MS, known);
    if (epoch === undefined) return undefined;
    failpoint('recovery.after-raise');
    const started = this.clock.monotonic();
    this.logger.warn({ epoch, reason }, 'rebuilding the gate');
    const letGo = this.clock.every(
      LEADER_LEASE_MS / 4,
      () => void this.epochs.extend(epoch, LEADER_LEASE_MS).catch(() => undefined),
    );
    try {
      await this.gate.revokeBelow(epoch);
      failpoint('recovery.after-revoke');
      if (this.config.stack && seen > 0) await this.clock.sleep(this.config.GATE_LEASE_MS + MARGIN_MS);
      await this.drain(epoch);
      const vouchers = await this.rebuild(epoch);
      failpoint('recovery.after-rebuild');
      if (!(await this.epochs.open(epoch))) return undefined;
      this.metrics.gateRecoveries.inc({ reason: seen === 0 ? 'first start' : 'lost' });
      const tookMs = Math.round(this.clock.monotonic() - started);
      this.logger.warn({ epoch, vouchers, tookMs }, 'gate rebuilt from the ledger');
      return epoch;
    } finally {
      letGo();
    }
  }

  /** Everything that was accepted under older epochs becomes a row; what comes behind the barrier is void. */
  private async drain(epoch: number): Promise<void> {
    const barrier = await this.log.end();
    if (!(await this.epochs.setBarrier(epoch, barrier)))
      throw new Error('another instance took the recovery over');
    failpoint('recovery.after-barrier');
    while (!(await this.passed(barrier))) {
      await this.stillLeading(epoch);
      await this.clock.sleep(POLL_MS);
    }
    // At full speed: until this is done nobody can claim.
    while ((await this.relay.drain({ paced: false })) > 0) await this.stillLeading(epoch);
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

  private async rebuild(epoch: number): Promise<number> {
    const history = await this.gate.begin(epoch);
    if (!(await this.epochs.setHistory(epoch, history)))
      throw new Error('another instance took the recovery over');
    const vouchers = await this.ledger.openVouchers(this.clock.now());
    const claimed: RebuildVoucher[] = [];
    for (let from = 0; from < vouchers.length; from += CHUNK) {
      await this.stillLeading(epoch);
      const found = await this.ledger.forRebuild(vouchers.slice(from, from + CHUNK));
      await this.gate.rebuildUnclaimed(epoch, found.unclaimed);
      claimed.push(...found.claimed);
    }
    await inLanes(LANES, claimed, async (voucher) => {
      await this.stillLeading(epoch);
      await this.gate.rebuild(epoch, voucher);
    });
    await this.gate.finish(epoch);
    return vouchers.length;
  }

  private async stillLeading(epoch: number): Promise<void> {
    const row = await this.epochs.current();
    if (row.epoch !== epoch || row.leader !== this.name)
      throw new Error('another instance took the recovery over');
  }
}
