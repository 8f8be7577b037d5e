import { Injectable, Logger } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { Metrics } from '../../platform/ops/metrics.js';
import { Auditor } from '../auditor.js';
import { KEEP_ENDED_MS } from '../gate/ledger-reader.js';
import { GateKeeper } from '../gate/gate-keeper.js';
import { ClaimLog } from '../ports/claim-log.js';
import { StockGate } from '../ports/stock-gate.js';

/** Compares gate, log and ledger by the auditor's equations, reports drift, and puts away what is over. */
@Injectable()
export class Reconcile {
  private readonly logger = new Logger('Reconcile');
  /** `voucher equation` -> how many audits in a row it did not hold. */
  private failing = new Map<string, number>();

  constructor(
    private readonly auditor: Auditor,
    private readonly gate: StockGate,
    private readonly keeper: GateKeeper,
    private readonly log: ClaimLog,
    private readonly db: Database,
    private readonly metrics: Metrics,
  ) {}

  async run(): Promise<void> {
    this.metrics.logLag.set(await this.log.lag());
    if (!this.keeper.isOpen) return;
    const epoch = this.keeper.known;
    const drift = new Map<string, number>();
    const broken = new Map<string, number>();
    const failing = new Map<string, number>();
    for (const voucherId of await this.gate.vouchers(epoch)) {
      for (const { name, left, right, holds } of await this.auditor.audit(voucherId)) {
        const distance = holds ? 0 : Math.abs(left - right);
        drift.set(name, (drift.get(name) ?? 0) + distance);
        broken.set(name, broken.get(name) ?? 0);
        if (holds) continue;
        const key = `${voucherId} ${name}`;
        const times = (this.failing.get(key) ?? 0) + 1;
        failing.set(key, times);
        // Two reads may tear the picture once; twice they do not. One line when it begins, the gauge while it lasts.
        if (times >= 2) broken.set(name, (broken.get(name) ?? 0) + 1);
        if (times === 2)
          this.logger.error({ voucher: voucherId, equation: name, left, right }, 'an equation does not hold');
      }
    }
    this.failing = failing;
    for (const [equation, vouchers] of broken) this.metrics.auditBroken.set({ equation }, vouchers);
    for (const [equation, distance] of drift) this.metrics.drift.set({ equation }, distance);
    await this.putAway(epoch);
  }

  private async putAway(epoch: number): Promise<void> {
    const known = new Set(await this.gate.vouchers(epoch));
    if (known.size === 0) return;
    const before = (await this.gate.now()) - KEEP_ENDED_MS;
    const rows: { id: string }[] = await this.db.read.query(
      `SELECT id FROM vouchers WHERE status IN ('ended', 'archived') AND updated_at < ? AND closes_at < ?`,
      [before, before],
    );
    for (const { id } of rows) {
      if (!known.has(id) || (await this.gate.pendingSize(epoch, id)).size > 0) continue;
      await this.gate.forget(epoch, id);
      this.logger.log({ voucher: id }, 'the gate put away an ended voucher');
    }
  }
}
