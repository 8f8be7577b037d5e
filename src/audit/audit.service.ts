import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import { Database } from '../database/database.js';
import { VOUCHERS_BY_ID } from '../voucher/index.js';
import { OpsServer } from '../observability/ops-server.js';
import { AuditFindings } from './audit-findings.js';
import { AuditRepair } from './audit-repair.js';
import { AuditSlots } from './audit-slots.js';
import { allHold, Auditor, type AuditHow, type Equation } from './auditor.js';
import { GateKeeper } from '../claim/index.js';

/** Between two audits that must agree before an equation counts as broken. */
const AGAIN_MS = 500;
const REBUILD_TIMEOUT_MS = 60_000;
const POLL_MS = 100;
const PAGE = 500;

export interface VoucherAudit {
  readonly voucher: string;
  readonly ok: boolean;
  readonly equations: readonly Equation[];
  readonly found: readonly string[];
  readonly repaired: readonly string[];
}

export interface AuditReport {
  readonly ok: boolean;
  /** With the gate closed its equation is left out. */
  readonly gate: 'open' | 'closed';
  readonly vouchers: readonly VoucherAudit[];
}

interface ReportHow {
  readonly repair?: boolean;
  readonly whole?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Audits vouchers for the operator: at the operations port (`/audit`), and for `npm run audit`. */
@Injectable()
export class AuditService implements OnApplicationBootstrap {
  constructor(
    private readonly auditor: Auditor,
    private readonly slots: AuditSlots,
    private readonly findings: AuditFindings,
    private readonly repair: AuditRepair,
    private readonly keeper: GateKeeper,
    private readonly db: Database,
    private readonly ops: OpsServer,
  ) {}

  onApplicationBootstrap(): void {
    const voucher = (query: URLSearchParams): string | undefined => query.get('voucher') ?? undefined;
    this.ops.route('GET', '/audit', (query, signal) =>
      this.report(voucher(query), { whole: query.get('full') === 'true', signal }),
    );
    this.ops.route('POST', '/audit', (query) => this.report(voucher(query), { repair: true }));
  }

  /**
   * @param voucherId one voucher; without it all that were ever published
   * @param how `repair`: also mends what can be mended without a guess, and audits again; `whole`: reads every claim, as a repair does;
   *   `signal`: ends it between two pieces
   * @throws the signal's reason, Error where there is no such voucher, and the driver's error where the database is away
   */
  async report(
    voucherId: string | undefined,
    { repair = false, whole = repair, signal }: ReportHow,
  ): Promise<AuditReport> {
    const vouchers: VoucherAudit[] = [];
    for await (const id of this.published(voucherId))
      vouchers.push(await this.one(id, { repair, whole, signal }));
    if (voucherId !== undefined && vouchers.length === 0) throw new Error(`there is no voucher ${voucherId}`);
    return {
      ok: vouchers.every(({ ok }) => ok),
      gate: this.keeper.isOpen ? 'open' : 'closed',
      vouchers,
    };
  }

  private async one(voucher: string, { repair, whole, signal }: ReportHow): Promise<VoucherAudit> {
    const before = await this.twice(voucher, { whole, signal });
    const found = await this.findings.of(voucher, before);
    if (!repair) return { voucher, ok: allHold(before), equations: before, found, repaired: [] };
    const repaired = await this.repair.run(voucher, before);
    if (repaired.length === 0) return { voucher, ok: allHold(before), equations: before, found, repaired };
    const deadline = performance.now() + REBUILD_TIMEOUT_MS;
    while (!this.keeper.isOpen && performance.now() < deadline) await delay(POLL_MS);
    const equations = await this.twice(voucher, { whole });
    return { voucher, ok: allHold(equations), equations, found, repaired };
  }

  /**
   * Audits again where not all holds: a picture that was torn between its two reads is whole the next time.
   * @throws Problem overloaded, where too many wait; the signal's reason
   */
  async twice(voucherId: string, how: AuditHow): Promise<Equation[]> {
    const audit = (): Promise<Equation[]> =>
      this.slots.run(() => this.auditor.audit(voucherId, how), how.signal);
    const first = await audit();
    if (allHold(first)) return first;
    await delay(AGAIN_MS);
    return audit();
  }

  private async *published(voucherId: string | undefined): AsyncIterable<string> {
    if (voucherId !== undefined) {
      const rows: { id: string }[] = await this.db.read.query('SELECT id FROM vouchers WHERE id = ?', [
        voucherId,
      ]);
      for (const { id } of rows) yield id;
      return;
    }
    const place = { dialect: this.db.dialect };
    for (let after = ''; ;) {
      const rows: { id: string }[] = await this.db.read.query(
        `SELECT id FROM ${VOUCHERS_BY_ID.from(place)} WHERE status <> 'draft' AND ${VOUCHERS_BY_ID.behind(place)}
          ORDER BY ${VOUCHERS_BY_ID.order(place)} LIMIT ${PAGE}`,
        [after],
      );
      for (const { id } of rows) yield id;
      if (rows.length < PAGE) return;
      after = rows.at(-1)?.id ?? after;
    }
  }
}
