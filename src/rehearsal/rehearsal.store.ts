import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { MerchantActor } from '../auth/index.js';
import type { Equation } from '../audit/index.js';
import { Clock, rfc3339 } from '../common/clock.js';
import { firstIdOf, isId, newId } from '../common/ids.js';
import { firstTestId } from '../common/mode.js';
import { Problem } from '../common/problems.js';
import { CONFIG, type Config } from '../config/index.js';
import { AuditLog, auditActor } from '../database/audit-log.js';
import { affectedRows, Database, isDuplicateKey, numberOrNull } from '../database/database.js';
import {
  COLUMNS,
  isOver,
  rehearsalOf,
  type Measured,
  type Rehearsal,
  type RehearsalRequest,
  type Row,
  type ShadowAudit,
  type StoppedBy,
} from './rehearsal-row.js';

/** So many of a voucher are listed. */
export const REHEARSALS_LISTED = 20;

/** Of one merchant: the load is everybody's. */
const A_DAY = 50;
const DAY_MS = 86_400_000;
const RETRY_AFTER_S = 3_600;

/** Who is at a rehearsal that has not been heard of for so long, ms, is taken for dead. */
export const LOST_MS = 10_000;

/** Rows of rehearsals. There is one under way in an installation, and whoever is at it holds its lease. */
@Injectable()
export class RehearsalStore {
  constructor(
    private readonly db: Database,
    private readonly log: AuditLog,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Pick<Config, 'REHEARSAL_QUIET_S' | 'REHEARSAL_RATE_MAX'>,
  ) {}

  /** @throws Problem forbidden, rate_limited, live_drop, rehearsal_under_way */
  async begin(actor: MerchantActor, voucherId: string, request: RehearsalRequest): Promise<Rehearsal> {
    if (this.config.REHEARSAL_RATE_MAX === 0)
      throw new Problem('forbidden', { detail: 'Rehearsals are switched off on this installation' });
    const drop = await this.dropSoon();
    if (drop !== undefined)
      throw new Problem('live_drop', {
        detail:
          drop <= this.clock.now()
            ? 'A drop of this installation is open: rehearse when it is over'
            : `A drop of this installation opens at ${rfc3339(drop)}: rehearse when it is over`,
      });
    const now = this.clock.now();
    const id = newId('rhs', now);
    const shadowId = newId('vch', now, 'test');
    try {
      await this.db.write(async (tx) => {
        const [row] = await tx.query<{ n: number | string }[]>(
          'SELECT COUNT(*) AS n FROM rehearsals WHERE merchant_id = ? AND id >= ?',
          [actor.merchantId, firstIdOf('rhs', now - DAY_MS)],
        );
        if (Number(row?.n ?? 0) >= A_DAY)
          throw new Problem('rate_limited', {
            detail: `A merchant rehearses at most ${A_DAY} times in 24 hours`,
            retryAfterS: RETRY_AFTER_S,
          });
        await tx.query(
          `INSERT INTO rehearsals (id, voucher_id, merchant_id, by_user, request, state, slot, shadow_id, created_at)
           VALUES (?, ?, ?, ?, ?, 'queued', 1, ?, ?)`,
          [id, voucherId, actor.merchantId, actor.userId, JSON.stringify(request), shadowId, now],
        );
        await this.log.record(tx, now, [
          {
            actor: auditActor(actor.userId, actor.merchantId),
            action: 'voucher.rehearsed',
            objectType: 'voucher',
            objectId: voucherId,
            details: { rehearsal: id, crowd: request.crowd },
          },
        ]);
      });
    } catch (error) {
      if (isDuplicateKey(error)) throw new Problem('rehearsal_under_way');
      throw error;
    }
    return this.find(voucherId, id);
  }

  /** @throws Problem not_found */
  async find(voucherId: string, id: string): Promise<Rehearsal> {
    const row = isId('rhs', id) ? await this.read(this.db.read, id) : undefined;
    if (row?.voucherId !== voucherId) throw new Problem('not_found');
    return row;
  }

  /** Newest first. */
  async latest(voucherId: string): Promise<Rehearsal[]> {
    const rows: Row[] = await this.db.read.query(
      `SELECT ${COLUMNS} FROM rehearsals WHERE voucher_id = ? ORDER BY id DESC LIMIT ${REHEARSALS_LISTED}`,
      [voucherId],
    );
    return rows.map(rehearsalOf);
  }

  async underWay(): Promise<Rehearsal | undefined> {
    const [row]: Row[] = await this.db.read.query(`SELECT ${COLUMNS} FROM rehearsals WHERE slot = 1`);
    return row && rehearsalOf(row);
  }

  /** One that waits ends at once, one that runs within a second or two; one that is over stays as it is. */
  async cancel(voucherId: string, id: string): Promise<Rehearsal> {
    const row = await this.find(voucherId, id);
    if (isOver(row)) return row;
    await this.db.write(async (tx) => {
      await tx.query('UPDATE rehearsals SET cancelled = 1 WHERE id = ? AND slot = 1', [id]);
      await tx.query(
        `UPDATE rehearsals SET state = 'stopped', stopped_by = 'cancelled', slot = NULL, finished_at = ?
          WHERE id = ? AND state = 'queued'`,
        [this.clock.now(), id],
      );
    });
    return this.find(voucherId, id);
  }

  /** When a live drop opens, or opened, that a rehearsal would be in the way of, ms since 1970. */
  async dropSoon(): Promise<number | undefined> {
    const now = await this.db.readClock();
    const [row]: { opensAt: number | string | null }[] = await this.db.read.query(
      `SELECT MIN(opens_at) AS opensAt FROM vouchers
        WHERE status IN ('scheduled', 'live') AND id < ? AND opens_at <= ? AND closes_at > ?`,
      [firstTestId('vch'), now + this.config.REHEARSAL_QUIET_S * 1_000, now],
    );
    return numberOrNull(row?.opensAt ?? null) ?? undefined;
  }

  /**
   * Takes one that waits, or whose process is not heard of any more.
   * @returns the lease and the row as it was taken, nothing where another process was faster. One that ran before is interrupted
   */
  async take(id: string): Promise<{ readonly lease: string; readonly row: Rehearsal } | undefined> {
    const lease = newId('rhs', this.clock.now());
    return this.db.write(async (tx) => {
      const now = await this.db.readClock(tx);
      const isFree = `(lease IS NULL OR beat_at < ${now - LOST_MS})`;
      const lost = await affectedRows(
        tx,
        `UPDATE rehearsals SET state = 'cleaning', stopped_by = 'interrupted', lease = ?, beat_at = ?
          WHERE id = ? AND state = 'running' AND ${isFree}`,
        [lease, now, id],
      );
      const taken =
        lost +
        (await affectedRows(
          tx,
          `UPDATE rehearsals SET state = 'running', lease = ?, beat_at = ? WHERE id = ? AND state = 'queued'`,
          [lease, now, id],
        )) +
        (lost > 0
          ? 0
          : await affectedRows(
              tx,
              `UPDATE rehearsals SET lease = ?, beat_at = ? WHERE id = ? AND state = 'cleaning' AND ${isFree}`,
              [lease, now, id],
            ));
      const row = taken === 1 ? await this.read(tx, id) : undefined;
      return row && { lease, row };
    });
  }

  /** @returns whether somebody wants it to end; nothing where another process has taken it over */
  async beat(id: string, lease: string): Promise<{ readonly cancelled: boolean } | undefined> {
    return this.db.write(async (tx) => {
      const now = await this.db.readClock(tx);
      const held = await affectedRows(tx, 'UPDATE rehearsals SET beat_at = ? WHERE id = ? AND lease = ?', [
        now,
        id,
        lease,
      ]);
      const row = held === 1 ? await this.read(tx, id) : undefined;
      return row && { cancelled: row.cancelled };
    });
  }

  /** @returns whether the lease still holds */
  measured(id: string, lease: string, measured: Measured): Promise<boolean> {
    return this.set(id, lease, 'measured = ?', [JSON.stringify(measured)]);
  }

  cleaning(id: string, lease: string, stoppedBy: StoppedBy | null): Promise<boolean> {
    return this.set(id, lease, "state = 'cleaning', stopped_by = ?", [stoppedBy]);
  }

  audited(id: string, lease: string, equations: readonly Equation[]): Promise<boolean> {
    return this.set(id, lease, 'audit = ?', [
      JSON.stringify({ at: this.clock.now(), equations } satisfies ShadowAudit),
    ]);
  }

  /** From then on the ledger takes no claim of the shadow: its stock is gone, and that this was meant is known. */
  removing(id: string, lease: string, shadowId: string): Promise<boolean> {
    return this.db.write(async (tx) => {
      const held = await affectedRows(tx, 'UPDATE rehearsals SET removed_at = ? WHERE id = ? AND lease = ?', [
        this.clock.now(),
        id,
        lease,
      ]);
      if (held === 1) await tx.query('DELETE FROM voucher_stock WHERE voucher_id = ?', [shadowId]);
      return held === 1;
    });
  }

  settle(id: string, lease: string): Promise<boolean> {
    return this.set(
      id,
      lease,
      `state = CASE WHEN stopped_by IS NULL THEN 'done' ELSE 'stopped' END, slot = NULL, lease = NULL, finished_at = ?`,
      [this.clock.now()],
    );
  }

  /** Another process may go on at once. */
  async release(id: string, lease: string): Promise<void> {
    await this.set(id, lease, 'lease = NULL', []);
  }

  private set(id: string, lease: string, what: string, values: readonly unknown[]): Promise<boolean> {
    return this.db.write(async (tx) => {
      const held = await affectedRows(tx, `UPDATE rehearsals SET ${what} WHERE id = ? AND lease = ?`, [
        ...values,
        id,
        lease,
      ]);
      return held === 1;
    });
  }

  private async read(on: EntityManager, id: string): Promise<Rehearsal | undefined> {
    const [row] = await on.query<Row[]>(`SELECT ${COLUMNS} FROM rehearsals WHERE id = ?`, [id]);
    return row && rehearsalOf(row);
  }
}
