import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { EntityManager } from 'typeorm';
import { Database, inList, placeholders } from '../../database/database.js';
import { insertPacks } from '../../database/outbox.js';
import type { ClaimRecord } from '../domain/claim-record.js';
import { inOrder, packEvents } from '../domain/event-pack.js';
import { insertClaimRows, ROW } from './rows/insert-claims.js';
import { indexed, insertInStatusIndex } from './status-index.js';

/** Whether a claim still has its unit: one that is held returns with its time, also where the job has not come by. @param now the database's clock */
export const notReturned =
  (now: number) =>
  ({ status, confirmUntil }: { readonly status: string; readonly confirmUntil: number | null }): boolean =>
    status !== 'held' || (confirmUntil !== null && confirmUntil > now);

const VOUCHERS_MAX = 5_000;
const INSERT_ROWS = 500;

/**
 * Claims on a voucher whose time to confirm is over and that the job has not released yet. By their time: of all vouchers few are overdue,
 * and of one thousands may be held.
 * @param now ms since 1970
 * @param most so many at most, in no order
 */
export async function overdueOn(
  { read, dialect }: Database,
  voucherId: string,
  now: number,
  most: number,
): Promise<readonly string[]> {
  const hint = dialect === 'sqlite' ? 'INDEXED BY claim_holds_by_time' : 'FORCE INDEX (claim_holds_by_time)';
  const rows: { claim_id: string }[] = await read.query(
    `SELECT claim_id FROM claim_holds ${hint} WHERE voucher_id = ? AND confirm_until <= ? LIMIT ${most}`,
    [voucherId, now],
  );
  return rows.map(({ claim_id: id }) => id);
}

export interface HeldClaim {
  readonly claimId: string;
  readonly voucherId: string;
}

/**
 * Claims that wait for their confirmation (docs/adr/0054): which vouchers ask for one, and the list by which they return. A claim
 * stands in the list exactly as long as its row says `held`: whoever moves it takes it out in the same transaction.
 */
@Injectable()
export class ClaimHolds {
  /** Time to confirm in ms by voucher, `null` for none. It is fixed when the voucher is published, so it never grows old. */
  private readonly known = new LRUCache<string, { readonly withinMs: number | null }>({ max: VOUCHERS_MAX });

  constructor(private readonly db: Database) {}

  /** Those of the records whose vouchers ask for a confirmation. Costs nothing for vouchers that were looked up before. */
  async among(tx: EntityManager, records: readonly ClaimRecord[]): Promise<ReadonlySet<ClaimRecord>> {
    const ids = new Set(records.map(({ voucher_id: id }) => id));
    const unknown = [...ids].filter((id) => !this.known.has(id));
    if (unknown.length > 0) {
      const rows: { id: string; confirm_within_s: number | null }[] = await tx.query(
        `SELECT id, confirm_within_s FROM vouchers WHERE id IN (${inList(unknown.length)})`,
        unknown,
      );
      for (const { id, confirm_within_s: seconds } of rows)
        this.known.set(id, { withinMs: seconds === null ? null : seconds * 1_000 });
    }
    const asking = new Set([...ids].filter((id) => this.withinMs(id) !== null));
    return new Set(asking.size === 0 ? [] : records.filter(({ voucher_id: id }) => asking.has(id)));
  }

  /**
   * Writes claims as held, each with its event. The time to confirm begins now, by the database's clock: a claim that waited in the
   * log for long leaves its user as much time as any other.
   * @param at when the events happened, ms since 1970
   */
  async insert(tx: EntityManager, records: ReadonlySet<ClaimRecord>, at: number): Promise<void> {
    if (records.size === 0) return;
    const now = await this.db.readClock(tx);
    const until = ({ voucher_id: id }: ClaimRecord): number => now + (this.withinMs(id) ?? 0);
    const held = [...records];
    await insertClaimRows(tx, ROW.held, held, (record) => [until(record)]);
    await insertInStatusIndex(tx, indexed(held, 'held'));
    await insertPacks(tx, inOrder(packEvents('claim.held', held, at), now));
    for (let from = 0; from < held.length; from += INSERT_ROWS) {
      const chunk = held.slice(from, from + INSERT_ROWS);
      await tx.query(
        `INSERT INTO claim_holds (claim_id, voucher_id, confirm_until) VALUES ${placeholders(chunk.length, 3)}`,
        chunk.flatMap((record) => [record.id, record.voucher_id, until(record)]),
      );
    }
  }

  async remove(tx: EntityManager, claimIds: readonly string[]): Promise<void> {
    if (claimIds.length === 0) return;
    await tx.query(`DELETE FROM claim_holds WHERE claim_id IN (${inList(claimIds.length)})`, [...claimIds]);
  }

  /** Claims whose time to confirm is over, the oldest first. */
  async due(limit: number): Promise<HeldClaim[]> {
    const rows: { claim_id: string; voucher_id: string }[] = await this.db.read.query(
      `SELECT claim_id, voucher_id FROM claim_holds WHERE confirm_until <= ${this.db.now} ORDER BY confirm_until LIMIT ${limit}`,
    );
    return rows.map(({ claim_id: claimId, voucher_id: voucherId }) => ({ claimId, voucherId }));
  }

  /** How many claims of a voucher are held. */
  async count(voucherId: string): Promise<number> {
    const [row] = await this.db.read.query<{ n: number | string }[]>(
      'SELECT COUNT(*) AS n FROM claim_holds WHERE voucher_id = ?',
      [voucherId],
    );
    return Number(row?.n ?? 0);
  }

  private withinMs(voucherId: string): number | null {
    return this.known.get(voucherId)?.withinMs ?? null;
  }
}
