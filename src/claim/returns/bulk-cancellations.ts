import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { MerchantActor } from '../../auth/index.js';
import { auditActor } from '../../database/audit-log.js';
import { Database } from '../../database/database.js';
import { Broadcast } from '../../broadcast/broadcast.js';
import { Clock } from '../../common/clock.js';
import { isId, newId } from '../../common/ids.js';
import { Problem } from '../../common/problems.js';
import { CLAIMS_ENDED } from '../issue/claim-issuer.js';
import { ClaimColumns, type ClaimFilter } from '../ledger/rows/claim-columns.js';
import {
  behindNumber,
  claimsInLine,
  countClaims,
  lastSequence,
  placeAt,
  positionOf,
} from '../ledger/rows/claims-in-line.js';
import { ClaimCodes } from '../ledger/claim-codes.js';
import { ClaimHolds, notReturned } from '../ledger/claim-holds.js';
import { ClaimMoves, type ClaimState } from '../moves/claim-moves.js';
import { GIVE_BACK_MAX } from '../gate/stock-gate.js';
import type { CancellationBody } from './cancellation.dto.js';
import type { CancellationRow, Selection } from './cancellation-row.js';
import { UnitReturns } from './unit-returns.js';

interface Step {
  readonly ids: readonly string[];
  readonly position: string;
}

const COLUMNS = `id, voucher_id AS voucherId, merchant_id AS merchantId, by_user AS byUser, reason, selection, state, total,
  cancelled, refused, position, created_at AS createdAt, finished_at AS finishedAt`;
const IN_LINE = new ClaimColumns('id', 'sequence', 'tie');
const ROWS_A_RUN = 10;
/** Rests as long as it worked: others have at least half of the database. */
const REST = 1;
/** A run ends after it, so that a process can stop; the next one goes on where this one was. */
const RUN_MS = 2_000;

/**
 * Cancels many claims of one voucher, a batch at a time: one transaction and one numbered give-back for each (docs/adr/0044). The
 * progress is written with the batch, so whoever goes on after a death repeats nothing and leaves nothing out; of two that
 * run at once, the second finds that its step was made.
 */
@Injectable()
export class BulkCancellations {
  private readonly logger = new Logger('Cancellations');

  constructor(
    private readonly db: Database,
    private readonly moves: ClaimMoves,
    private readonly holds: ClaimHolds,
    private readonly returns: UnitReturns,
    private readonly broadcast: Broadcast,
    private readonly clock: Clock,
    private readonly codes: ClaimCodes,
  ) {}

  /** Begins one; the job does the rest. The voucher is the actor's. */
  async begin(actor: MerchantActor, voucherId: string, body: CancellationBody): Promise<CancellationRow> {
    const now = this.clock.now();
    const selection = await this.selectionOf(voucherId, body);
    const row: CancellationRow = {
      id: newId('can', now),
      voucherId,
      merchantId: actor.merchantId,
      byUser: actor.userId,
      reason: body.reason,
      selection,
      state: 'running',
      total: await this.count(voucherId, selection),
      cancelled: 0,
      refused: 0,
      position: '',
      createdAt: now,
      finishedAt: null,
    };
    await this.db.write(async (tx) => {
      await tx.query(
        `INSERT INTO cancellations (id, voucher_id, merchant_id, by_user, reason, selection, state, total, position, created_at)
         VALUES (?,?,?,?,?,?,'running',?,'',?)`,
        [
          row.id,
          voucherId,
          row.merchantId,
          row.byUser,
          row.reason,
          JSON.stringify(selection),
          row.total,
          now,
        ],
      );
    });
    this.logger.log({ cancellation: row.id, voucher: voucherId, claims: row.total }, 'cancellation begun');
    return row;
  }

  /** @throws Problem not_found */
  async find(voucherId: string, id: string): Promise<CancellationRow> {
    const found = isId('can', id) ? await this.read(this.db.read, id) : undefined;
    if (found?.voucherId !== voucherId) throw new Problem('not_found');
    return found;
  }

  /** The last ones of a voucher, newest first. */
  async latest(voucherId: string, limit: number): Promise<CancellationRow[]> {
    const rows: CancellationRow[] = await this.db.read.query(
      `SELECT ${COLUMNS} FROM cancellations WHERE voucher_id = ? ORDER BY id DESC LIMIT ${limit}`,
      [voucherId],
    );
    return rows.map(rowOf);
  }

  /** The job: those that are under way, one after the other, as far as one run comes. @throws the database's error; Problem gate_recovering */
  async run(): Promise<void> {
    const rows: { id: string }[] = await this.db.read.query(
      `SELECT id FROM cancellations WHERE state = 'running' ORDER BY created_at LIMIT ${ROWS_A_RUN}`,
    );
    const started = this.clock.monotonic();
    for (const { id } of rows) {
      for (let running = true; running;) {
        const began = this.clock.monotonic();
        if (began - started > RUN_MS) return;
        running = await this.batch(id);
        if (running) await this.clock.sleep(REST * (this.clock.monotonic() - began));
      }
    }
  }

  /** @returns whether there may be more to do */
  private async batch(id: string): Promise<boolean> {
    const row = await this.read(this.db.read, id);
    if (row?.state !== 'running') return false;
    const step = await this.next(row);
    if (!step) {
      await this.finish(row);
      return false;
    }
    const moved = await this.db.write(async (tx) => {
      await this.returns.begin(tx);
      return this.take(tx, row, step);
    });
    if (moved.length > 0) {
      await this.returns.finishSoon(row.voucherId);
      await this.broadcast.publish(CLAIMS_ENDED, JSON.stringify(moved.map((claim) => claim.id)));
    }
    return true;
  }

  private async take(
    tx: EntityManager,
    row: CancellationRow,
    { ids, position }: Step,
  ): Promise<ClaimState[]> {
    const [held] = await tx.query<{ position: string }[]>(
      `SELECT position FROM cancellations WHERE id = ? AND state = 'running'${this.db.forUpdate}`,
      [row.id],
    );
    if (held?.position !== row.position) return []; // another process made this step
    const by = auditActor(row.byUser, row.merchantId);
    const data = { by: 'merchant', reason: row.reason, cancellation: row.id };
    const at = await this.db.readClock(tx);
    const hasUnit = notReturned(at);
    const retirement = await this.codes.retirement(tx, row.voucherId);
    const only = (claim: ClaimState): boolean =>
      claim.voucherId === row.voucherId && hasUnit(claim) && retirement.allows(claim);
    const outcomes = await this.moves.move(
      tx,
      'cancel',
      ids.map((claimId) => ({ claimId, by, data, only, cancelReason: row.reason })),
      at,
    );
    await retirement.write();
    const moved = outcomes.flatMap((outcome) => (outcome.kind === 'moved' ? [outcome.claim] : []));
    await tx.query(
      'UPDATE cancellations SET position = ?, cancelled = cancelled + ?, refused = refused + ? WHERE id = ?',
      [position, moved.length, ids.length - moved.length, row.id],
    );
    if (moved.length === 0) return moved;
    await this.holds.remove(
      tx,
      moved.flatMap((claim) => (claim.confirmUntil === null ? [] : [claim.id])),
    );
    await this.returns.record(tx, { voucherId: row.voucherId, cause: 'cancelled', claims: moved });
    return moved;
  }

  private async next({ voucherId, selection, position }: CancellationRow): Promise<Step | undefined> {
    if ('ids' in selection) {
      const from = Number(position);
      const ids = selection.ids.slice(from, from + GIVE_BACK_MAX);
      return ids.length === 0 ? undefined : { ids, position: String(from + ids.length) };
    }
    const rows = await claimsInLine(this.db, IN_LINE, {
      voucherId,
      after: placeAt(position) ?? behindNumber(selection.after),
      limit: GIVE_BACK_MAX,
      only: chosen(selection),
    });
    const last = rows.at(-1);
    return last && { ids: rows.map((row) => row.id), position: positionOf(last) };
  }

  private async finish({ id, voucherId }: CancellationRow): Promise<void> {
    await this.db.write(async (tx) => {
      await tx.query(
        `UPDATE cancellations SET state = 'done', finished_at = ? WHERE id = ? AND state = 'running'`,
        [this.clock.now(), id],
      );
    });
    this.logger.log({ cancellation: id, voucher: voucherId }, 'cancellation done');
  }

  /** Claims that are issued later are none of those that were meant: the line is cut where it ends now. */
  private async selectionOf(
    voucherId: string,
    { claim_ids: ids, filter }: CancellationBody,
  ): Promise<Selection> {
    if (ids) return { ids: [...new Set(ids)] };
    const last = await lastSequence(this.db.read, voucherId);
    const timeOf = (text: string | undefined) => (text === undefined ? undefined : Date.parse(text));
    return {
      after: (filter?.sequence_from ?? 1) - 1,
      to: Math.min(last ?? 0, filter?.sequence_to ?? Number.MAX_SAFE_INTEGER),
      issuedFrom: timeOf(filter?.issued_from),
      issuedBefore: timeOf(filter?.issued_before),
    };
  }

  private async count(voucherId: string, selection: Selection): Promise<number> {
    if ('ids' in selection) return selection.ids.length;
    return countClaims(this.db.read, voucherId, { ...chosen(selection), sequenceAfter: selection.after });
  }

  private async read(db: EntityManager, id: string): Promise<CancellationRow | undefined> {
    const [row] = await db.query<CancellationRow[]>(`SELECT ${COLUMNS} FROM cancellations WHERE id = ?`, [
      id,
    ]);
    return row && rowOf(row);
  }
}

/** Which claims of the line can be cancelled, and are meant. */
const chosen = ({
  to,
  issuedFrom,
  issuedBefore,
}: Exclude<Selection, { readonly ids: readonly string[] }>): ClaimFilter => ({
  statuses: ['issued', 'held'],
  sequenceTo: to,
  issuedFrom,
  issuedBefore,
});

/** As the driver gave it: numbers of 64 bits are text on some, JSON is text on all. */
const rowOf = (row: CancellationRow): CancellationRow => ({
  ...row,
  selection: JSON.parse(row.selection as unknown as string) as Selection,
  total: Number(row.total),
  cancelled: Number(row.cancelled),
  refused: Number(row.refused),
  createdAt: Number(row.createdAt),
  finishedAt: row.finishedAt === null ? null : Number(row.finishedAt),
});
