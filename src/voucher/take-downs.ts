import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { currentActor } from '../auth/index.js';
import { Clock } from '../common/clock.js';
import { isId } from '../common/ids.js';
import { Problem } from '../common/problems.js';
import { AuditLog, auditActor, systemActor } from '../database/audit-log.js';
import { Database } from '../database/database.js';
import { effectiveStatus, isPublic, isRunning, type VoucherStatus } from './domain/lifecycle.js';
import { GateSync } from './gate-sync.js';
import { againWhereRaced } from './raced.js';
import type { Voucher } from './voucher.entity.js';
import { VoucherRepository } from './voucher.repository.js';
import { VoucherViews } from './voucher-views.js';
import type { VoucherView } from './voucher.view.js';

/** Why, and by which administrator. */
export interface TakeDown {
  readonly reason: string;
  readonly by: string;
  readonly wasRunning: boolean;
}
interface Judged {
  readonly changes: { readonly takenDownAt: number | null; readonly status?: VoucherStatus };
  readonly also: (tx: EntityManager) => Promise<void>;
}

/** A voucher as administrators see it. */
export interface AdministeredVoucher {
  readonly view: VoucherView;
  readonly takeDown: TakeDown | undefined;
}

/**
 * Drops that an administrator takes down: paused at the gate and for redemption, shown to nobody but their merchant, who cannot resume
 * them until it is lifted. Holders keep their claims. Version and row change together, so of a merchant's move at the same moment one
 * sees the other.
 */
@Injectable()
export class TakeDowns {
  private readonly logger = new Logger('Voucher');

  constructor(
    private readonly db: Database,
    private readonly store: VoucherRepository,
    private readonly sync: GateSync,
    private readonly views: VoucherViews,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** @throws Problem not_found, for a draft too */
  async find(id: string): Promise<AdministeredVoucher> {
    const voucher = await this.published(id);
    return { view: await this.views.of(voucher), takeDown: await this.rowOf(id) };
  }

  /** Doing it again changes nothing. @throws Problem not_found; of the gate, where it says that the change is stored */
  async takeDown(id: string, reason: string): Promise<AdministeredVoucher> {
    await this.change(id, async (voucher) => {
      if (voucher.takenDownAt !== null) return undefined;
      const now = this.clock.now();
      const status = effectiveStatus(voucher, now);
      const wasRunning = status === 'scheduled' || status === 'live';
      return {
        changes: { takenDownAt: now, ...(wasRunning ? { status: 'paused' } : {}) },
        also: async (tx) => {
          await tx.query(
            'INSERT INTO voucher_take_downs (voucher_id, reason, taken_down_by, was_running) VALUES (?, ?, ?, ?)',
            [id, reason, currentActor().userId, Number(wasRunning)],
          );
          await this.note(tx, voucher, 'taken_down', reason);
        },
      };
    });
    return this.find(id);
  }

  /** What ran before runs again, if its window is not over. Where it was not taken down, nothing changes. */
  async lift(id: string, reason: string): Promise<AdministeredVoucher> {
    await this.change(id, async (voucher) => {
      if (voucher.takenDownAt === null) return undefined;
      const row = await this.rowOf(id);
      const now = this.clock.now();
      const runs = row?.wasRunning === true && effectiveStatus(voucher, now) === 'paused';
      const status = voucher.opensAt > now ? 'scheduled' : 'live';
      return {
        changes: { takenDownAt: null, ...(runs ? { status } : {}) },
        also: async (tx) => {
          await tx.query('DELETE FROM voucher_take_downs WHERE voucher_id = ?', [id]);
          await this.note(tx, voucher, 'take_down_lifted', reason);
        },
      };
    });
    return this.find(id);
  }

  private async change(id: string, judge: (voucher: Voucher) => Promise<Judged | undefined>): Promise<void> {
    const changed = await againWhereRaced(async () => {
      const voucher = await this.published(id);
      const judged = await judge(voucher);
      return judged ? this.store.change(voucher, judged.changes, judged.also) : null;
    });
    if (!changed) return;
    const { takenDownAt, status } = changed;
    this.logger.warn({ voucherId: id, takenDownAt, status, by: currentActor().userId }, 'take-down changed');
    if (isRunning(status)) await this.sync.applyOrExplain(changed);
  }

  private async published(id: string): Promise<Voucher> {
    const voucher = isId('vch', id) ? await this.store.find(id) : null;
    if (!voucher || !isPublic(voucher.status)) throw new Problem('not_found');
    return voucher;
  }

  private async rowOf(id: string): Promise<TakeDown | undefined> {
    const [row] = await this.db.read.query<
      { reason: string; taken_down_by: string; was_running: number | string }[]
    >('SELECT reason, taken_down_by, was_running FROM voucher_take_downs WHERE voucher_id = ?', [id]);
    return row && { reason: row.reason, by: row.taken_down_by, wasRunning: Number(row.was_running) === 1 };
  }

  /** The merchant reads that it was done and why, and not by whom and from where. */
  private note(tx: EntityManager, { id, merchantId }: Voucher, done: string, reason: string): Promise<void> {
    const entry = {
      action: `voucher.${done}`,
      objectType: 'voucher',
      objectId: id,
      details: { reason },
    };
    const actors = [auditActor(currentActor().userId, null), systemActor(merchantId)];
    return this.audit.record(
      tx,
      this.clock.now(),
      actors.map((actor) => ({ ...entry, actor })),
    );
  }
}
