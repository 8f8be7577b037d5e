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

/** A job's run, or a request, does no more; the next run goes on. */
const FOLLOWED_AT_ONCE = 100;
const DISABLED = 'The merchant was disabled';
const ENABLED = 'The merchant was enabled';

/** Why, and by which administrator. */
export interface TakeDown {
  readonly reason: string;
  readonly by: string;
  readonly wasRunning: boolean;
  /** Its merchant was disabled, and with that it went; it comes back once the merchant is enabled. */
  readonly withMerchant: boolean;
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
 * sees the other. The drops of a merchant that is disabled go, and come back, with it.
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
    await this.put(id, { reason, by: currentActor().userId, withMerchant: false });
    return this.find(id);
  }

  private async put(id: string, down: Omit<TakeDown, 'wasRunning'>): Promise<void> {
    const { reason, by, withMerchant } = down;
    await this.change(id, by, async (voucher) => {
      if (voucher.takenDownAt !== null) return this.keepDown(voucher, down);
      const now = this.clock.now();
      const status = effectiveStatus(voucher, now);
      const wasRunning = status === 'scheduled' || status === 'live';
      return {
        changes: { takenDownAt: now, ...(wasRunning ? { status: 'paused' } : {}) },
        also: async (tx) => {
          await tx.query(
            `INSERT INTO voucher_take_downs (voucher_id, reason, taken_down_by, was_running, with_merchant)
              VALUES (?, ?, ?, ?, ?)`,
            [id, reason, by, Number(wasRunning), Number(withMerchant)],
          );
          await this.note(tx, voucher, 'taken_down', reason, withMerchant);
        },
      };
    });
  }

  /** What went with its merchant, and is then taken down by itself, does not come back with the merchant. */
  private async keepDown(
    voucher: Voucher,
    { reason, by, withMerchant }: Omit<TakeDown, 'wasRunning'>,
  ): Promise<Judged | undefined> {
    if (withMerchant || (await this.rowOf(voucher.id))?.withMerchant !== true) return undefined;
    return {
      changes: { takenDownAt: voucher.takenDownAt },
      also: async (tx) => {
        await tx.query(
          'UPDATE voucher_take_downs SET reason = ?, taken_down_by = ?, with_merchant = 0 WHERE voucher_id = ?',
          [reason, by, voucher.id],
        );
        await this.note(tx, voucher, 'taken_down', reason, false);
      },
    };
  }

  /** What ran before runs again, if its window is not over. Where it was not taken down, nothing changes. */
  async lift(id: string, reason: string): Promise<AdministeredVoucher> {
    await this.remove(id, { reason, by: currentActor().userId, withMerchant: false });
    return this.find(id);
  }

  /**
   * The job, and whoever disables or enables a merchant: published drops of those that are disabled go, those of merchants that are
   * enabled again come back. What a process that dies leaves undone, the next run does.
   */
  async followMerchants(): Promise<void> {
    const going: { id: string; disabled_by: string }[] = await this.db.read.query(
      `SELECT v.id, d.disabled_by FROM disabled_accounts d JOIN vouchers v ON v.merchant_id = d.id
        WHERE v.status IN ('scheduled', 'live', 'paused') AND v.taken_down_at IS NULL LIMIT ${FOLLOWED_AT_ONCE}`,
    );
    for (const { id, disabled_by: by } of going)
      await this.tryTo(id, () => this.put(id, { reason: DISABLED, by, withMerchant: true }));
    const coming: { id: string }[] = await this.db.read.query(
      `SELECT t.voucher_id AS id FROM voucher_take_downs t JOIN vouchers v ON v.id = t.voucher_id
        LEFT JOIN disabled_accounts d ON d.id = v.merchant_id
        WHERE t.with_merchant = 1 AND d.id IS NULL LIMIT ${FOLLOWED_AT_ONCE}`,
    );
    for (const { id } of coming)
      await this.tryTo(id, () => this.remove(id, { reason: ENABLED, by: 'system', withMerchant: true }));
  }

  /** One that the gate does not take now is stored all the same, and keeps no other waiting. */
  private async tryTo(id: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.logger.warn({ voucherId: id, err: error }, 'a drop does not follow its merchant yet');
    }
  }

  private async remove(
    id: string,
    { reason, by, withMerchant }: Omit<TakeDown, 'wasRunning'>,
  ): Promise<void> {
    await this.change(id, by, async (voucher) => {
      if (voucher.takenDownAt === null) return undefined;
      const row = await this.rowOf(id);
      // Taken down by itself meanwhile.
      if (withMerchant && row?.withMerchant !== true) return undefined;
      if (!withMerchant && row?.withMerchant === true)
        throw new Problem('invalid_transition', {
          detail: 'It was taken down with its merchant, and comes back once the merchant is enabled',
          extensions: { voucher_status: effectiveStatus(voucher, this.clock.now()) },
        });
      const now = this.clock.now();
      const runs = row?.wasRunning === true && effectiveStatus(voucher, now) === 'paused';
      const status = voucher.opensAt > now ? 'scheduled' : 'live';
      return {
        changes: { takenDownAt: null, ...(runs ? { status } : {}) },
        also: async (tx) => {
          await tx.query('DELETE FROM voucher_take_downs WHERE voucher_id = ?', [id]);
          await this.note(tx, voucher, 'take_down_lifted', reason, withMerchant);
        },
      };
    });
  }

  private async change(
    id: string,
    by: string,
    judge: (voucher: Voucher) => Promise<Judged | undefined>,
  ): Promise<void> {
    const changed = await againWhereRaced(async () => {
      const voucher = await this.published(id);
      const judged = await judge(voucher);
      return judged ? this.store.change(voucher, judged.changes, judged.also) : null;
    });
    if (!changed) return;
    const { takenDownAt, status } = changed;
    this.logger.warn({ voucherId: id, takenDownAt, status, by }, 'take-down changed');
    if (isRunning(status)) await this.sync.applyOrExplain(changed);
  }

  private async published(id: string): Promise<Voucher> {
    const voucher = isId('vch', id) ? await this.store.find(id) : null;
    if (!voucher || !isPublic(voucher.status)) throw new Problem('not_found');
    return voucher;
  }

  private async rowOf(id: string): Promise<TakeDown | undefined> {
    const [row] = await this.db.read.query<
      {
        reason: string;
        taken_down_by: string;
        was_running: number | string;
        with_merchant: number | string;
      }[]
    >(
      'SELECT reason, taken_down_by, was_running, with_merchant FROM voucher_take_downs WHERE voucher_id = ?',
      [id],
    );
    return (
      row && {
        reason: row.reason,
        by: row.taken_down_by,
        wasRunning: Number(row.was_running) === 1,
        withMerchant: Number(row.with_merchant) === 1,
      }
    );
  }

  /** The merchant reads that it was done and why, and not by whom and from where. */
  private note(
    tx: EntityManager,
    { id, merchantId }: Voucher,
    done: string,
    reason: string,
    withMerchant: boolean,
  ): Promise<void> {
    const entry = {
      action: `voucher.${done}`,
      objectType: 'voucher',
      objectId: id,
      details: { reason },
    };
    // Who disabled the merchant stands at that.
    const actors = withMerchant
      ? [systemActor(merchantId)]
      : [auditActor(currentActor().userId, null), systemActor(merchantId)];
    return this.audit.record(
      tx,
      this.clock.now(),
      actors.map((actor) => ({ ...entry, actor })),
    );
  }
}
