import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { affectedRows, Database, inList, numberOrNull } from '../database/database.js';
import { Clock } from '../common/clock.js';
import { isId, newId } from '../common/ids.js';
import { Problem } from '../common/problems.js';
import { AuditService } from './audit.service.js';
import type { Equation } from './auditor.js';

/** So many of a voucher are kept. */
export const AUDIT_JOBS_KEPT = 20;
/** How often a run says that it goes on, ms; after ten times without a word another one takes its place. */
const BEAT_MS = 3_000;
const LOST_MS = 10 * BEAT_MS;
const ATTEMPTS_MAX = 3;
const LOOKED_AT = 20;

type AuditJobState = 'queued' | 'running' | 'done' | 'failed';

/** Times in ms since 1970. */
export interface AuditJob {
  readonly id: string;
  readonly voucherId: string;
  readonly whole: boolean;
  readonly state: AuditJobState;
  /** Per cent of the claims that have to be read. */
  readonly progress: number;
  /** Of one that is done. */
  readonly result: readonly Equation[] | null;
  readonly createdAt: number;
  readonly finishedAt: number | null;
}

type Row = Omit<AuditJob, 'whole' | 'result' | 'progress' | 'createdAt' | 'finishedAt'> & {
  readonly whole: number;
  readonly progress: number;
  readonly result: string | null;
  readonly createdAt: number | string;
  readonly finishedAt: number | string | null;
};

const COLUMNS = `id, voucher_id AS voucherId, whole, state, progress, result, created_at AS createdAt, finished_at AS finishedAt`;

/** Audits of vouchers that are too large for one request: begun, run by a job, and asked for their result. */
@Injectable()
export class AuditJobs implements OnModuleDestroy {
  private readonly logger = new Logger('Audit');
  private readonly stopping = new AbortController();

  constructor(
    private readonly db: Database,
    private readonly audits: AuditService,
    private readonly clock: Clock,
  ) {}

  onModuleDestroy(): void {
    this.stopping.abort(new Error('the process stops'));
  }

  /** Begins one, or names the one of the voucher that is under way and reads as much. */
  async begin(voucherId: string, whole: boolean): Promise<AuditJob> {
    const job = { id: newId('adt', this.clock.now()), voucherId, whole, createdAt: this.clock.now() };
    return this.db.write(async (tx) => {
      const rows = await tx.query<Row[]>(
        `SELECT ${COLUMNS} FROM audit_jobs WHERE voucher_id = ? ORDER BY id DESC`,
        [voucherId],
      );
      const same = rows.find((row) => isOpen(row.state) && (row.whole === 1 || !whole));
      if (same) return jobOf(same);
      const over = rows.filter(({ state }) => !isOpen(state)).slice(AUDIT_JOBS_KEPT - 1);
      if (over.length > 0)
        await tx.query(
          `DELETE FROM audit_jobs WHERE id IN (${inList(over.length)})`,
          over.map(({ id }) => id),
        );
      await tx.query(
        `INSERT INTO audit_jobs (id, voucher_id, whole, state, created_at) VALUES (?, ?, ?, 'queued', ?)`,
        [job.id, voucherId, whole ? 1 : 0, job.createdAt],
      );
      return { ...job, state: 'queued', progress: 0, result: null, finishedAt: null };
    });
  }

  /** @throws Problem not_found */
  async find(voucherId: string, id: string): Promise<AuditJob> {
    const [row]: Row[] = isId('adt', id)
      ? await this.db.read.query(`SELECT ${COLUMNS} FROM audit_jobs WHERE id = ? AND voucher_id = ?`, [
          id,
          voucherId,
        ])
      : [];
    if (!row) throw new Problem('not_found');
    return jobOf(row);
  }

  /** Newest first. */
  async latest(voucherId: string): Promise<AuditJob[]> {
    const rows: Row[] = await this.db.read.query(
      `SELECT ${COLUMNS} FROM audit_jobs WHERE voucher_id = ? ORDER BY id DESC LIMIT ${AUDIT_JOBS_KEPT}`,
      [voucherId],
    );
    return rows.map(jobOf);
  }

  /** The job: those that wait, one after the other, and those whose process has died. @throws the database's error */
  async run(): Promise<void> {
    const now = await this.db.readClock();
    const rows: (Row & { beatAt: number | string | null })[] = await this.db.read.query(
      `SELECT ${COLUMNS}, beat_at AS beatAt FROM audit_jobs WHERE state IN ('queued', 'running') ORDER BY id LIMIT ${LOOKED_AT}`,
    );
    for (const row of rows) {
      if (this.stopping.signal.aborted) return;
      if (row.state === 'queued' || Number(row.beatAt) < now - LOST_MS) await this.take(jobOf(row));
    }
  }

  private async take(job: AuditJob): Promise<void> {
    const lease = newId('adt', this.clock.now());
    const attempts = await this.db.write(async (tx) => {
      const now = await this.db.readClock(tx);
      const taken = await affectedRows(
        tx,
        `UPDATE audit_jobs SET state = 'running', lease = ?, beat_at = ?, progress = 0, attempts = attempts + 1
          WHERE id = ? AND (state = 'queued' OR (state = 'running' AND beat_at < ?))`,
        [lease, now, job.id, now - LOST_MS],
      );
      if (taken !== 1) return undefined; // another process has it
      const [row] = await tx.query<{ attempts: number }[]>('SELECT attempts FROM audit_jobs WHERE id = ?', [
        job.id,
      ]);
      return row?.attempts ?? 0;
    });
    if (attempts === undefined) return;
    if (attempts > ATTEMPTS_MAX) return this.settle(job.id, lease, 'failed', null);
    try {
      await this.settle(job.id, lease, 'done', await this.audit(job, lease));
    } catch (error) {
      // It could not begin, or was not let go on.
      const isFree = this.stopping.signal.aborted || error instanceof Problem;
      this.logger.warn({ audit: job.id, voucher: job.voucherId, err: error }, 'an audit was not made');
      if (isFree || attempts < ATTEMPTS_MAX) await this.putBack(job.id, lease, isFree);
      else await this.settle(job.id, lease, 'failed', null);
    }
  }

  private async audit({ id, voucherId, whole }: AuditJob, lease: string): Promise<readonly Equation[]> {
    const lost = new AbortController();
    let progress = 0;
    let beating = false;
    const beat = async (): Promise<void> => {
      if (beating) return;
      beating = true;
      const held = await this.beat(id, lease, progress).catch(() => true);
      beating = false;
      if (!held) lost.abort(new Error('another process has taken the audit over'));
    };
    const timer = setInterval(() => void beat(), BEAT_MS);
    try {
      return await this.audits.twice(voucherId, {
        whole,
        signal: AbortSignal.any([lost.signal, this.stopping.signal]),
        onProgress: (share) => (progress = Math.floor(100 * share)),
      });
    } finally {
      clearInterval(timer);
    }
  }

  private async beat(id: string, lease: string, progress: number): Promise<boolean> {
    const held = await this.db.write(async (tx) =>
      affectedRows(tx, 'UPDATE audit_jobs SET beat_at = ?, progress = ? WHERE id = ? AND lease = ?', [
        await this.db.readClock(tx),
        progress,
        id,
        lease,
      ]),
    );
    return held === 1;
  }

  /** @param isFree it counts as no attempt */
  private async putBack(id: string, lease: string, isFree: boolean): Promise<void> {
    await this.db.write((tx) =>
      tx.query(
        `UPDATE audit_jobs SET state = 'queued', lease = NULL, attempts = attempts - ? WHERE id = ? AND lease = ?`,
        [isFree ? 1 : 0, id, lease],
      ),
    );
  }

  private async settle(
    id: string,
    lease: string,
    state: 'done' | 'failed',
    equations: readonly Equation[] | null,
  ): Promise<void> {
    await this.db.write((tx) =>
      tx.query(
        `UPDATE audit_jobs SET state = ?, progress = ?, result = ?, finished_at = ?, lease = NULL WHERE id = ? AND lease = ?`,
        [
          state,
          state === 'done' ? 100 : 0,
          equations && JSON.stringify(equations),
          this.clock.now(),
          id,
          lease,
        ],
      ),
    );
  }
}

const isOpen = (state: AuditJobState): boolean => state === 'queued' || state === 'running';

const jobOf = ({ whole, result, progress, createdAt, finishedAt, ...row }: Row): AuditJob => ({
  ...row,
  whole: Number(whole) === 1,
  progress: Number(progress),
  result: result === null ? null : (JSON.parse(result) as Equation[]),
  createdAt: Number(createdAt),
  finishedAt: numberOrNull(finishedAt),
});
