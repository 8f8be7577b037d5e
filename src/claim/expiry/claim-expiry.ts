import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { systemActor } from '../../database/audit-log.js';
import { Database, numberOrNull } from '../../database/database.js';
import { Keyset } from '../../database/keyset.js';
import { Clock } from '../../common/clock.js';
import { ClaimColumns } from '../ledger/rows/claim-columns.js';
import { claimsInLine, placeAt, positionOf } from '../ledger/rows/claims-in-line.js';
import { ClaimMoves } from '../moves/claim-moves.js';

/** Rows of one read and claims of one transaction: some tens of milliseconds. */
export const EXPIRY_BATCH = 500;
/** Reads that find nothing to move, before the progress is written. */
const READS_A_STEP = 20;
/** A run ends after it, so that a process can stop; the next one goes on where it was. */
const RUN_MS = 2_000;
const VOUCHERS_A_READ = 20;
/** Rests as long as it worked: others have at least half of the database. */
const REST = 1;
/** Claims that were on their way when their time ended are found by a second pass, so long after it. */
const SECOND_PASS_MS = 86_400_000;

interface Due {
  readonly voucher_id: string;
  readonly due_at: number;
  readonly position: string;
}

/** One step through the claims of a voucher. */
interface Step {
  readonly due: Due;
  readonly merchantId: string;
  readonly redeemUntil: number | null;
  readonly move: 'expire' | 'reinstate';
  readonly now: number;
}

const LOOKED_AT = new ClaimColumns('id', 'sequence', 'tie', 'status');

/** By when they are due. */
const EXPIRY_BY_DUE = new Keyset({
  table: 'claim_expiry',
  index: 'claim_expiry_by_due',
  by: ['due_at', 'voucher_id'],
});

/**
 * Stores what time makes of claims: `expired` from their voucher's `redeem_until` on, and `issued` again where the merchant extends
 * it (docs/adr/0050). Nobody waits for it, since everybody who looks at a claim computes the same (`effectiveClaimStatus`). No unit
 * returns, so neither the stock's row nor the gate is touched.
 *
 *     due -> one step after the other, by the line at the gate -> second pass, a day later -> at rest until the time changes
 *
 * The progress is written with each step, so whoever goes on after a death repeats nothing and leaves nothing out; of two that run
 * at once, the second finds that its step was made. An extension that comes in between is seen by the next step.
 */
@Injectable()
export class ClaimExpiry {
  private readonly logger = new Logger('ClaimExpiry');

  constructor(
    private readonly db: Database,
    private readonly moves: ClaimMoves,
    private readonly clock: Clock,
  ) {}

  /** The job: vouchers that are due, in turns. @throws the database's error */
  async run(): Promise<void> {
    const began = this.clock.monotonic();
    for (;;) {
      const due = await this.due();
      if (due.length === 0) return;
      const failures: Error[] = [];
      for (const voucher of due) {
        const started = this.clock.monotonic();
        if (started - began > RUN_MS) return;
        // One that fails keeps nobody else waiting.
        await this.step(voucher).catch((error: Error) => failures.push(error));
        await this.clock.sleep(REST * (this.clock.monotonic() - started));
      }
      const [failure] = failures;
      if (failure) throw failure;
    }
  }

  /**
   * Looks through a voucher once more, if its time is over: for whoever makes a claim `issued` then. Before the claim's row is
   * held, as here.
   */
  async again(tx: EntityManager, voucherId: string): Promise<void> {
    const { now } = this.db;
    await tx.query(
      `UPDATE claim_expiry SET due_at = ${now}, position = ''
        WHERE voucher_id = ? AND (due_at IS NULL OR due_at > ${now})
          AND EXISTS (SELECT 1 FROM vouchers v WHERE v.id = ? AND v.redeem_until <= ${now})`,
      [voucherId, voucherId],
    );
  }

  private async due(): Promise<Due[]> {
    const { db } = this;
    const rows: { voucher_id: string; due_at: number | string; position: string }[] = await db.read.query(
      `SELECT voucher_id, due_at, position FROM ${EXPIRY_BY_DUE.from(db)} WHERE due_at <= ${db.now}
        ORDER BY ${EXPIRY_BY_DUE.order(db)} LIMIT ${VOUCHERS_A_READ}`,
    );
    return rows.map((row) => ({ ...row, due_at: Number(row.due_at) }));
  }

  private async step(due: Due): Promise<void> {
    const [voucher] = await this.db.read.query<
      { merchant_id: string; redeem_until: number | string | null; now: number | string }[]
    >(`SELECT merchant_id, redeem_until, ${this.db.now} AS now FROM vouchers WHERE id = ?`, [due.voucher_id]);
    if (!voucher) return this.forget(due);
    const redeemUntil = numberOrNull(voucher.redeem_until);
    const now = Number(voucher.now);
    const move = redeemUntil !== null && redeemUntil <= now ? 'expire' : 'reinstate';
    const step = { due, merchantId: voucher.merchant_id, redeemUntil, move, now } as const;
    const from = move === 'expire' ? 'issued' : 'expired';
    let { position } = due;
    for (let reads = 1; ; reads++) {
      // By the status of each row, which no index has: so that a read costs the same wherever in the line it lies.
      const page = { voucherId: due.voucher_id, after: placeAt(position), limit: EXPIRY_BATCH };
      const rows = await claimsInLine(this.db, LOOKED_AT, page);
      const last = rows.at(-1);
      if (!last) return this.finish(step);
      position = positionOf(last);
      const ids = rows.flatMap(({ id, status }) => (status === from ? [id] : []));
      if (ids.length > 0 || reads === READS_A_STEP) return this.take(step, ids, position);
    }
  }

  private async take(step: Step, ids: readonly string[], position: string): Promise<void> {
    const { due, merchantId, move, now } = step;
    await this.db.write(async (tx) => {
      if (!(await this.stands(tx, step))) return;
      const by = systemActor(merchantId);
      const outcomes = await this.moves.move(
        tx,
        move,
        ids.map((claimId) => ({ claimId, by })),
        now,
      );
      const moved = outcomes.filter(({ kind }) => kind === 'moved').length;
      await tx.query('UPDATE claim_expiry SET position = ?, expired = expired + ? WHERE voucher_id = ?', [
        position,
        move === 'expire' ? moved : -moved,
        due.voucher_id,
      ]);
    });
  }

  private async finish(step: Step): Promise<void> {
    const { due, redeemUntil, move, now } = step;
    const dueAt = move === 'expire' ? this.secondPass(step) : redeemUntil;
    const finished = await this.db.write(async (tx) => {
      if (!(await this.holds(tx, due))) return undefined;
      const [row] = await tx.query<{ expired: number | string }[]>(
        'SELECT expired FROM claim_expiry WHERE voucher_id = ?',
        [due.voucher_id],
      );
      await tx.query(`UPDATE claim_expiry SET due_at = ?, position = '', expired = ? WHERE voucher_id = ?`, [
        dueAt,
        move === 'expire' ? Number(row?.expired ?? 0) : 0,
        due.voucher_id,
      ]);
      return Number(row?.expired ?? 0);
    });
    if (finished !== undefined)
      this.logger.log({ voucher: due.voucher_id, move, expired: finished, at: now }, 'claims looked through');
  }

  /** When the claims are looked through again that were on their way during this pass; `null` after the second one. */
  protected secondPass({ due, redeemUntil }: Step): number | null {
    if (redeemUntil === null) return null;
    const at = redeemUntil + SECOND_PASS_MS;
    return due.due_at < at ? at : null;
  }

  /** Its voucher is gone: else it would be due for ever. */
  private async forget({ voucher_id: voucherId }: Due): Promise<void> {
    await this.db.write((tx) => tx.query('DELETE FROM claim_expiry WHERE voucher_id = ?', [voucherId]));
  }

  /** Whether the voucher's time and the progress are as this step saw them; then both are held until the commit. */
  protected async stands(tx: EntityManager, { due, redeemUntil }: Step): Promise<boolean> {
    // The voucher first, as an edit does.
    const [voucher] = await tx.query<{ redeem_until: number | string | null }[]>(
      `SELECT redeem_until FROM vouchers WHERE id = ?${this.db.forShare}`,
      [due.voucher_id],
    );
    return numberOrNull(voucher?.redeem_until ?? null) === redeemUntil && (await this.holds(tx, due));
  }

  /** Whether the row is as this step saw it; then it is held until the commit. */
  private async holds(tx: EntityManager, due: Due): Promise<boolean> {
    const [held] = await tx.query<{ due_at: number | string | null; position: string }[]>(
      `SELECT due_at, position FROM claim_expiry WHERE voucher_id = ?${this.db.forUpdate}`,
      [due.voucher_id],
    );
    return held?.due_at !== null && Number(held?.due_at) === due.due_at && held?.position === due.position;
  }
}
