import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { Database, inList } from '../database/database.js';
import { Metrics } from '../observability/metrics.js';
import { Clock } from '../common/clock.js';
import { Auditor, type Equation } from './auditor.js';
import { ClaimLog, GateKeeper, gateRetentionMs, StockGate, vouchersAtGate } from '../claim/index.js';

/**
 * Part of the time that the database may spend on audits: they count all rows of a voucher, which takes a second for some 200,000, and
 * while a voucher is being claimed there are more of them every time (docs/adr/0036). The look whether anything moves is not counted.
 */
const AUDIT_TIME_SHARE = 0.02;
/** Of the time that was not used; audits of small vouchers may come many at once. */
const AUDIT_BUDGET_MAX_MS = 500;
/** A voucher of which nothing has moved since it was in order is audited every so many times: rows may be changed by hand. */
const FULL_AUDIT_EVERY_RUNS = 20;
/** Audits above it share the time among themselves, so that those of small vouchers do not wait hours for one of a million rows. */
export const LONG_AUDIT_MS = 5_000;
/** Vouchers whose rows are asked for in one statement. */
const CHUNK = 1_000;

interface Audited {
  /** What gate and stock showed then; nothing where that does not tell whether anything moves. */
  readonly fingerprint: string | undefined;
  readonly equations: readonly Equation[];
  /** In a row that an equation did not hold, by name. */
  readonly failing: ReadonlyMap<string, number>;
  /** How often it was found unchanged since. */
  unchanged: number;
  /** What the last audit took, ms. */
  readonly tookMs: number;
}

const NOTHING_YET: Audited = {
  fingerprint: undefined,
  equations: [],
  failing: new Map(),
  unchanged: 0,
  tookMs: 0,
};

/** Compares gate, log and ledger by the auditor's equations, reports drift, and puts away what is over. */
@Injectable()
export class Reconcile {
  private readonly logger = new Logger('Reconcile');
  /** By voucher; the one that was audited longest ago first. */
  private readonly audited = new Map<string, Audited>();
  private readonly interval: number;
  private readonly keepEndedMs: number;
  private budgetMs = AUDIT_BUDGET_MAX_MS;
  /** Until then no voucher is audited whose last audit was a long one. */
  private longAgainAt = -Infinity;
  /** Equations that have a gauge. */
  private readonly shown = new Set<string>();

  constructor(
    @Inject(CONFIG) config: Pick<Config, 'RECONCILE_INTERVAL_MS' | 'RETENTION_GATE_STATE_HOURS'>,
    private readonly auditor: Auditor,
    private readonly gate: StockGate,
    private readonly keeper: GateKeeper,
    private readonly log: ClaimLog,
    private readonly db: Database,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {
    this.interval = config.RECONCILE_INTERVAL_MS;
    this.keepEndedMs = gateRetentionMs(config);
  }

  async run(): Promise<void> {
    this.metrics.logLag.set(await this.log.lag());
    if (!this.keeper.isOpen) return;
    const atGate = await vouchersAtGate(this.gate, this.keeper);
    const present = new Set([...atGate.values()].flat());
    for (const id of this.audited.keys()) if (!present.has(id)) this.audited.delete(id);
    this.budgetMs = Math.min(AUDIT_BUDGET_MAX_MS, this.budgetMs + this.interval * AUDIT_TIME_SHARE);
    const unseen = [...present].filter((id) => !this.audited.has(id));
    let failure: unknown;
    for (const id of [...unseen, ...this.audited.keys()]) {
      if (this.budgetMs <= 0) break;
      if (this.isLong(id) && this.clock.monotonic() < this.longAgainAt) continue;
      await this.look(id).catch((error: unknown) => (failure ??= error));
    }
    this.show();
    if (failure !== undefined) throw failure as Error;
    for (const [epoch, ids] of await vouchersAtGate(this.gate, this.keeper)) await this.putAway(epoch, ids);
  }

  private async look(voucherId: string): Promise<void> {
    const began = this.clock.monotonic();
    const before = this.audited.get(voucherId) ?? NOTHING_YET;
    const fingerprint = await this.auditor.fingerprint(voucherId).catch((error: unknown) => {
      this.charge(began); // a gate that answers late must not be asked for every voucher
      throw error;
    });
    const moves = fingerprint === undefined || fingerprint !== before.fingerprint || before.failing.size > 0;
    if (!moves && before.unchanged < FULL_AUDIT_EVERY_RUNS) {
      before.unchanged += 1;
      return;
    }
    this.requeue(voucherId, { ...before, fingerprint: undefined, unchanged: 0 });
    try {
      const equations = await this.auditor.audit(voucherId, { atOnce: true });
      const failing = new Map<string, number>();
      for (const { name, left, right, holds } of equations) {
        if (holds) continue;
        const times = (before.failing.get(name) ?? 0) + 1;
        failing.set(name, times);
        // Two reads may disagree once; twice they do not. One line when it begins, the gauge while it lasts.
        if (times === 2)
          this.logger.error({ voucher: voucherId, equation: name, left, right }, 'an equation does not hold');
      }
      const tookMs = this.clock.monotonic() - began;
      this.requeue(voucherId, { fingerprint, equations, failing, unchanged: 0, tookMs });
    } finally {
      this.charge(began);
    }
  }

  /** A long audit keeps other long ones waiting for its share of the time, and short ones no longer than a full budget takes. */
  private charge(began: number): void {
    const now = this.clock.monotonic();
    const tookMs = now - began;
    this.budgetMs -= tookMs > LONG_AUDIT_MS ? AUDIT_BUDGET_MAX_MS : tookMs;
    if (tookMs > LONG_AUDIT_MS) this.longAgainAt = now + tookMs / AUDIT_TIME_SHARE;
  }

  private isLong(voucherId: string): boolean {
    return (this.audited.get(voucherId)?.tookMs ?? 0) > LONG_AUDIT_MS;
  }

  private requeue(voucherId: string, audited: Audited): void {
    this.audited.delete(voucherId);
    this.audited.set(voucherId, audited);
  }

  private show(): void {
    const drift = new Map([...this.shown].map((name) => [name, 0]));
    const broken = new Map(drift);
    for (const { equations, failing } of this.audited.values()) {
      for (const { name, left, right, holds } of equations) {
        this.shown.add(name);
        drift.set(name, (drift.get(name) ?? 0) + (holds ? 0 : Math.abs(left - right)));
        broken.set(name, (broken.get(name) ?? 0) + ((failing.get(name) ?? 0) >= 2 ? 1 : 0));
      }
    }
    for (const [equation, vouchers] of broken) this.metrics.auditBroken.set({ equation }, vouchers);
    for (const [equation, distance] of drift) this.metrics.drift.set({ equation }, distance);
  }

  private async putAway(epoch: number, known: readonly string[]): Promise<void> {
    if (known.length === 0) return;
    const before = (await this.gate.now()) - this.keepEndedMs;
    for (let from = 0; from < known.length; from += CHUNK) {
      const ids = known.slice(from, from + CHUNK);
      // Of those that the gate knows: of all that ever ended there are more every day.
      const rows: { id: string }[] = await this.db.read.query(
        `SELECT id FROM vouchers WHERE id IN (${inList(ids.length)})
          AND status IN ('ended', 'archived') AND updated_at < ? AND closes_at < ?`,
        [...ids, before, before],
      );
      const pending = await this.gate.pendingSizes(
        epoch,
        rows.map(({ id }) => id),
      );
      for (const [index, { id }] of rows.entries()) {
        if ((pending[index]?.size ?? 0) > 0) continue;
        await this.gate.forget(epoch, id);
        this.logger.log({ voucher: id }, 'the gate put away an ended voucher');
      }
    }
  }
}
