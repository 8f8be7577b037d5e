import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { AuditService } from '../audit/index.js';
import { GateKeeper, StockGate } from '../claim/index.js';
import { Clock } from '../common/clock.js';
import { inMode } from '../common/mode.js';
import { CONFIG, type Config } from '../config/index.js';
import { Preflight, ShadowVouchers } from '../voucher/index.js';
import { InstanceRegister } from '../instances/instances.js';
import { claimsOf, exceededBy, rampOf, type Step } from './domain/ramp.js';
import { LOST_MS, RehearsalStore } from './rehearsal.store.js';
import type { LimitFinding, Measured, Rehearsal, StoppedBy } from './rehearsal-row.js';
import { ShadowRows } from './shadow-rows.js';
import { SimulatedCrowd } from './simulated-crowd.js';

/** How often a run says that it goes on, and looks whether it should. */
const BEAT_MS = 1_000;
/** So long the consumer may take for what is left of a rehearsal; what it has not issued by then the audit shows. */
const DRAIN_WITHIN_MS = 30_000;
const LOOK_MS = 100;
/** Of a preflight: what the limits of the installation do to a crowd. */
const LIMITS: ReadonlySet<string> = new Set([
  'requests_at_once',
  'watchers',
  'pending_claims',
  'requests_per_address',
]);

/** Why a rehearsal was stopped. */
class Stopped extends Error {
  constructor(readonly by: StoppedBy) {
    super(`the rehearsal was stopped: ${by}`);
  }
}

/**
 * The job: opens the shadow of a voucher, lets a simulated crowd claim it at rates that rise step by step, then audits and removes it
 * (docs/adr/0093). Whoever takes over from a process that died measures nothing more: it audits and removes.
 */
@Injectable()
export class Rehearsals implements OnModuleDestroy {
  private readonly logger = new Logger('Rehearsal');
  private readonly stopping = new AbortController();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly store: RehearsalStore,
    private readonly shadows: ShadowVouchers,
    private readonly crowd: SimulatedCrowd,
    private readonly preflight: Preflight,
    private readonly instances: InstanceRegister,
    private readonly audits: AuditService,
    private readonly rows: ShadowRows,
    private readonly gate: StockGate,
    private readonly keeper: GateKeeper,
    private readonly clock: Clock,
  ) {}

  onModuleDestroy(): void {
    this.stopping.abort(new Stopped('interrupted'));
  }

  /** One run, with the gate open. @throws the database's error, and that of the gate: the next run goes on */
  async run(): Promise<void> {
    const waiting = await this.store.underWay();
    if (!waiting || this.stopping.signal.aborted) return;
    const taken = await this.store.take(waiting.id);
    if (!taken) return; // another process is at it
    const { lease, row } = taken;
    const lost = new AbortController();
    const beats = this.beating(row, lease, lost);
    const signal = AbortSignal.any([lost.signal, this.stopping.signal]);
    try {
      if (row.state === 'running') {
        const stoppedBy = await this.perform(row, lease, signal);
        if (!(await this.store.cleaning(row.id, lease, stoppedBy))) return;
        this.logger.log({ rehearsal: row.id, voucher: row.voucherId, stoppedBy }, 'rehearsal measured');
      }
      // What was stopped is cleaned as well; who shuts down leaves it to the next process.
      beats.isCleaning = true;
      await this.clean(row, lease, AbortSignal.any([beats.taken.signal, this.stopping.signal]));
    } catch (error) {
      await this.store.release(row.id, lease).catch(() => undefined);
      if (!this.stopping.signal.aborted && !beats.taken.signal.aborted) throw error;
    } finally {
      beats.end();
    }
  }

  /** Says that the run goes on, and aborts `lost` when it should not. */
  private beating({ id }: Rehearsal, lease: string, lost: AbortController) {
    const state = { isCleaning: false, taken: new AbortController() };
    let heardAt = this.clock.monotonic();
    let beating = false;
    const look = async (): Promise<void> => {
      const held = await this.store.beat(id, lease);
      if (!held) {
        state.taken.abort(new Stopped('interrupted'));
        return lost.abort(new Stopped('interrupted'));
      }
      heardAt = this.clock.monotonic();
      if (held.cancelled) return lost.abort(new Stopped('cancelled'));
      if (!state.isCleaning && (await this.store.dropSoon()) !== undefined)
        lost.abort(new Stopped('live_drop'));
    };
    const end = this.clock.every(BEAT_MS, () => {
      // Without the database nobody knows whether another process has taken it over.
      if (this.clock.monotonic() - heardAt > LOST_MS / 2) lost.abort(new Stopped('interrupted'));
      if (beating) return;
      beating = true;
      look()
        .catch((error: unknown) => this.logger.warn({ rehearsal: id, err: error }, 'a look failed'))
        .finally(() => (beating = false));
    });
    return Object.assign(state, { end });
  }

  /** @returns what stopped it, if anything did */
  private async perform(row: Rehearsal, lease: string, signal: AbortSignal): Promise<StoppedBy | null> {
    const { crowd, withinS, stepS } = row.request;
    const ramp = rampOf(crowd / withinS, this.config.REHEARSAL_RATE_MAX);
    const { REHEARSAL_P99_MS: p99Ms, REHEARSAL_LAG_MS: lagMs } = this.config;
    const steps: Step[] = [];
    try {
      const about = { limits: await this.limits(row), instances: await this.countInstances() };
      const store = (): Promise<boolean> => {
        const measured: Measured = { ramp, steps, bounds: { p99Ms, lagMs }, ...about };
        return this.store.measured(row.id, lease, measured);
      };
      await store();
      const units = Math.max(row.request.units, claimsOf(ramp, stepS));
      const merchantId = sideOf(row.shadowId);
      await this.shadows.open({ of: row, id: row.shadowId, merchantId, units });
      let from = 0;
      for (const rate of ramp) {
        if (signal.aborted) break;
        const stage = { shadowId: row.shadowId, merchantId, rate, seconds: stepS, from };
        const counts = await this.crowd.offer(stage, signal);
        from += counts.offered;
        // Of a step that was stopped nobody knows whether its rate would have been held.
        if (signal.aborted) break;
        const exceeded = exceededBy(counts, { p99Ms, lagMs });
        steps.push({ ...counts, exceeded });
        await store();
        if (exceeded !== null) break;
      }
    } catch (error) {
      this.logger.warn({ rehearsal: row.id, voucher: row.voucherId, err: error }, 'a rehearsal failed');
      return 'interrupted';
    }
    if (!signal.aborted) return null;
    return signal.reason instanceof Stopped ? signal.reason.by : 'interrupted';
  }

  /** Each part may be done again. The shadow leaves the gate before its rows go: the equations of what is there hold. */
  private async clean({ id, shadowId, audit, removedAt }: Rehearsal, lease: string, signal: AbortSignal) {
    const held = async (work: Promise<boolean>): Promise<void> => {
      if (!(await work)) throw new Stopped('interrupted');
    };
    if (removedAt === null) {
      const wasOpen = await this.shadows.end(shadowId);
      await this.drain(shadowId, signal);
      signal.throwIfAborted();
      if (wasOpen && audit === null)
        await held(this.store.audited(id, lease, await this.audits.twice(shadowId, { whole: true, signal })));
      await this.shadows.archive(shadowId);
    }
    await this.gate.forget(this.keeper.known, shadowId);
    signal.throwIfAborted();
    await held(this.store.removing(id, lease, shadowId));
    await this.rows.remove(shadowId, signal);
    await this.shadows.forget(shadowId);
    await held(this.store.settle(id, lease));
    this.logger.log({ rehearsal: id }, 'rehearsal over, its shadow is removed');
  }

  private async drain(shadowId: string, signal: AbortSignal): Promise<void> {
    const until = this.clock.monotonic() + DRAIN_WITHIN_MS;
    while (!signal.aborted && this.clock.monotonic() < until) {
      if ((await this.crowd.oldestPendingMs(shadowId)) === 0) return;
      await this.clock.sleep(LOOK_MS);
    }
  }

  private async limits(row: Rehearsal): Promise<readonly LimitFinding[]> {
    const { crowd, perAddress } = row.request;
    const query = { expected_crowd: crowd, people_per_address: perAddress ?? undefined };
    const { checks } = await this.preflight.run(row, row.voucherId, query);
    const rule = this.config.rateLimits.claim;
    const perUser = rule
      ? `whoever tries more than ${rule.limit} times in ${rule.windowMs / 1_000} s is told to wait (429)`
      : 'there is no limit on the tries of a user';
    return [
      ...checks
        .filter(({ name }) => LIMITS.has(name))
        .map(({ name, result, detail }) => ({ name, result, detail })),
      { name: 'claim_rate', result: 'passed', detail: perUser },
    ];
  }

  private async countInstances(): Promise<number | null> {
    return this.instances.list().then(
      (all) => Math.max(1, all.length),
      () => null,
    );
  }
}

/** A side of its own: nobody acts for it. */
const sideOf = (shadowId: string): string => inMode(`mer_${shadowId.slice('vch_'.length)}`, 'test');
