import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { Database } from '../database/database.js';
import { Broadcast } from '../broadcast/broadcast.js';
import { ClaimIds } from '../common/ids.js';
import { AuditFindings } from './audit-findings.js';
import { EQUATION, type Equation } from './auditor.js';
import {
  ClaimAppender,
  ClaimColumns,
  claimRecord,
  claimsById,
  GATE_OVERSOLD,
  GateKeeper,
  Ledger,
  parkedClaims,
  type PendingEntry,
  rebuildStatusIndex,
  StockGate,
} from '../claim/index.js';

const BATCH = 500;
const ENDED = new ClaimColumns('id', 'status', 'rejectReason', 'issuedAt', 'createdAt');

/**
 * Mends what can be mended without a guess (docs/adr/0024): each step repeats something that the program does by itself, and
 * is a no-op where it was done already. What would need a guess (rows, counters, limits) is left, and said so.
 */
@Injectable()
export class AuditRepair {
  private readonly logger = new Logger('AuditRepair');

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly db: Database,
    private readonly gate: StockGate,
    private readonly keeper: GateKeeper,
    private readonly appender: ClaimAppender,
    private readonly ledger: Ledger,
    private readonly findings: AuditFindings,
    private readonly ids: ClaimIds,
    private readonly broadcast: Broadcast,
  ) {}

  /**
   * @param equations of the voucher, as two audits in a row found them
   * @returns what was done and what was left, a sentence each
   */
  async run(voucherId: string, equations: readonly Equation[]): Promise<string[]> {
    const missing = await this.missingInLedger(voucherId, equations);
    if (missing.length > 0) return missing;
    const said = [...(await this.pending(voucherId)), ...(await this.events(voucherId))];
    const broken = new Set(equations.filter(({ holds }) => !holds).map(({ name }) => name));
    broken.delete(EQUATION.events);
    if (broken.delete(EQUATION.listed)) said.push(await this.listByStatus(voucherId));
    if (broken.delete(EQUATION.gate)) said.push(await this.fence(voucherId, broken.size > 0));
    for (const name of broken) said.push(`left: "${name}" needs a decision by people, see docs/runbook.md`);
    for (const sentence of said) this.logger.warn({ voucher: voucherId }, sentence);
    return said;
  }

  /**
   * A database that forgot is repaired from the log, and nothing is touched before that: a new epoch would make the log's records of
   * the claims void, and with a gate rebuilt from the short ledger their units would be given to others (docs/adr/0041).
   */
  private async missingInLedger(voucherId: string, equations: readonly Equation[]): Promise<string[]> {
    const of = (name: string): Equation | undefined => equations.find((each) => each.name === name);
    const gate = of(EQUATION.gate);
    if (!gate || gate.left >= gate.right) return [];
    if (!of(EQUATION.rows)?.holds) return []; // rows that were removed by hand: no log brings them back, and nothing is fenced
    const { count } = await this.findings.missingRows(voucherId);
    if (count === 0) return [];
    const said = [
      `left: ${count} issued claim(s) are missing in the ledger; nothing was repaired and the gate was not fenced`,
      `left: bring them back first: npm run replay -- --voucher ${voucherId} (docs/runbook.md, "The database was restored or promoted")`,
    ];
    for (const sentence of said) this.logger.warn({ voucher: voucherId }, sentence);
    return said;
  }

  /** Old entries of the pending ledger: those that are rows are confirmed, the others are sent again under their own ids. */
  private async pending(voucherId: string): Promise<string[]> {
    if (!this.keeper.isOpen) return [];
    const epoch = this.keeper.epochOf(voucherId);
    const of = this.keeper.inLog(epoch);
    const before = (await this.gate.now()) - this.config.SWEEP_AFTER_MS;
    const idOf = (entry: PendingEntry): string => this.ids.id(voucherId, entry.userId, entry.ordinal);
    const held = new Set((await parkedClaims(this.db.read, voucherId)).map(({ id }) => id));
    const all = await this.gate.pendingBefore(epoch, voucherId, before, BATCH + held.size);
    const old = all.filter((entry) => !held.has(idOf(entry))).slice(0, BATCH);
    const waiting =
      held.size > 0 ? [`left: ${held.size} claim(s) wait in dead letters, to be retried or discarded`] : [];
    if (old.length === 0) return waiting;
    const rows = await claimsById(this.db.read, ENDED, old.map(idOf));
    const row = new Map(rows.map((each) => [each.id, each]));
    const ends = old.flatMap((entry) => {
      const known = row.get(idOf(entry));
      if (!known) return [];
      const { userId, ordinal } = entry;
      const result = known.status === 'rejected' ? ('rejected' as const) : ('issued' as const);
      return [
        {
          userId,
          ordinal,
          result,
          at: known.issuedAt ?? known.createdAt,
          ...(known.rejectReason ? { reason: known.rejectReason } : {}),
        },
      ];
    });
    const lost = old.filter((entry) => !row.has(idOf(entry)));
    await this.gate.confirm(epoch, voucherId, ends);
    await this.appender.append(lost.map((entry) => claimRecord(this.ids, of, voucherId, entry)));
    return [
      ...waiting,
      ...(ends.length > 0 ? [`confirmed ${ends.length} pending claim(s) that are rows`] : []),
      ...(lost.length > 0 ? [`sent ${lost.length} pending claim(s) again that are no rows`] : []),
      ...(old.length === BATCH ? [`more than ${BATCH} claims are pending: run it again`] : []),
    ];
  }

  private async events(voucherId: string): Promise<string[]> {
    const missing = await this.findings.withoutEvent(voucherId);
    for (let from = 0; from < missing.length; from += BATCH)
      await this.ledger.restoreEvents(missing.slice(from, from + BATCH));
    return missing.length > 0 ? [`wrote ${missing.length} missing event(s), under their own ids`] : [];
  }

  /** The index says nothing that the rows do not say. */
  private async listByStatus(voucherId: string): Promise<string> {
    await rebuildStatusIndex(this.db, voucherId);
    return 'listed the claims by their status anew';
  }

  /** A gate that disagrees with a ledger that is sound is rebuilt from it, by whoever leads. */
  private async fence(voucherId: string, ledgerIsBroken: boolean): Promise<string> {
    if (ledgerIsBroken)
      return 'left: the gate disagrees with a ledger that is itself in doubt; it was not rebuilt';
    const epoch = this.keeper.epochOf(voucherId);
    await this.broadcast.publish(GATE_OVERSOLD, String(epoch));
    this.keeper.lost(epoch, `the audit of ${voucherId} found units missing or too many`);
    return `fenced the gate's epoch ${epoch}: it is rebuilt from the ledger`;
  }
}
