import type { EntityManager } from 'typeorm';
import type { GateSnapshot } from '../claim/index.js';
import { numberOrNull } from '../database/database.js';
import { unitsOfBudget } from '../voucher/index.js';

/** Stock that the database counts: added stock from the moment it is recorded, taken stock once it is settled. */
export const recordedStock = (tx: EntityManager, voucherId: string): Promise<number> =>
  sum(
    tx,
    'delta',
    `FROM stock_ledger WHERE voucher_id = ? AND (state = 'applied' OR (state = 'pending' AND delta > 0))`,
    [voucherId],
  );

/** Stock by those entries that the gate had judged, and not refused, by the time of its snapshot. */
export const judgedStock = (tx: EntityManager, voucherId: string, gate: GateSnapshot): Promise<number> =>
  sum(
    tx,
    'delta',
    `FROM stock_ledger WHERE voucher_id = ? AND number <= ?
      AND (state = 'applied' OR (state = 'pending' AND number <> ?))`,
    [voucherId, gate.adjusted, gate.refused],
  );

export interface AuditedTerms {
  readonly status: string;
  readonly perUserLimit: number;
  readonly codeSource: string;
  /** Units of its budget. */
  readonly affordable: number;
}

interface TermsRow {
  readonly status: string;
  readonly per_user_limit: number;
  readonly code_source: string;
  readonly face: number | string | null;
  readonly budget: number | string | null;
}

export async function termsOf(tx: EntityManager, voucherId: string): Promise<AuditedTerms> {
  const [found] = await tx.query<TermsRow[]>(
    `SELECT status, per_user_limit, code_source, face_amount AS face, budget_minor AS budget FROM vouchers WHERE id = ?`,
    [voucherId],
  );
  if (!found)
    return { status: '', perUserLimit: Number.MAX_SAFE_INTEGER, codeSource: '', affordable: Infinity };
  const budget = { faceAmount: numberOrNull(found.face), budgetMinor: numberOrNull(found.budget) };
  return {
    status: found.status,
    perUserLimit: found.per_user_limit,
    codeSource: found.code_source,
    affordable: unitsOfBudget(budget),
  };
}

/** Those that are there, and those that were removed because of their age. */
export async function eventsOfIssue(tx: EntityManager, voucherId: string): Promise<number> {
  const where = `WHERE aggregate_id = ? AND type = 'claim.issued'`;
  const there = await sum(tx, 'events', `FROM outbox ${where}`, [voucherId]);
  return there + (await sum(tx, 'events', `FROM outbox_removed ${where}`, [voucherId]));
}

export const returned = (tx: EntityManager, voucherId: string): Promise<number> =>
  sum(tx, 'claims_count', 'FROM unit_returns WHERE voucher_id = ?', [voucherId]);

/** Units that were given back, and that the gate had not taken by then. */
export const unitsOnTheirWay = (
  tx: EntityManager,
  voucherId: string,
  { returned: taken }: Pick<GateSnapshot, 'returned'>,
): Promise<number> =>
  sum(tx, 'units', 'FROM unit_returns WHERE voucher_id = ? AND number > ?', [voucherId, taken]);

/** The list by which held claims return. */
export const toConfirm = (tx: EntityManager, voucherId: string): Promise<number> =>
  count(tx, 'FROM claim_holds WHERE voucher_id = ?', [voucherId]);

async function sum(
  tx: EntityManager,
  column: 'delta' | 'events' | 'units' | 'claims_count',
  from: string,
  values: readonly unknown[],
): Promise<number> {
  const rows = await tx.query<{ n: number | string }[]>(`SELECT COALESCE(SUM(${column}), 0) AS n ${from}`, [
    ...values,
  ]);
  return Number(rows[0]?.n ?? 0);
}

async function count(tx: EntityManager, from: string, values: readonly unknown[]): Promise<number> {
  const rows = await tx.query<{ n: number | string }[]>(`SELECT COUNT(*) AS n ${from}`, [...values]);
  return Number(rows[0]?.n ?? 0);
}
