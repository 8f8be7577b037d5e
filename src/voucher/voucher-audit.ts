import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { MerchantActor } from '../auth/index.js';
import { AuditLog, auditActor, systemActor, type AuditActor } from '../database/audit-log.js';
import { Clock } from '../common/clock.js';

/** Done in the transaction of a change, so that there is neither without the other. */
export type Also = (tx: EntityManager) => Promise<void>;

type Details = Readonly<Record<string, unknown>>;

interface AuditedVoucher {
  readonly id: string;
  readonly details?: Details;
}

/** What is done to vouchers and their stock, for the audit log. */
@Injectable()
export class VoucherAudit {
  constructor(
    private readonly log: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** @param done what follows `voucher.` in the action */
  by(actor: MerchantActor, done: string, voucherId: string, details?: Details): Also {
    return this.byOnEach(actor, done, [{ id: voucherId, ...(details ? { details } : {}) }]);
  }

  /** The same on many vouchers, an entry each. */
  byOnEach(actor: MerchantActor, done: string, objects: readonly AuditedVoucher[]): Also {
    return this.entries(auditActor(actor.userId, actor.merchantId), done, objects);
  }

  /** Time did it. */
  byTime(merchantId: string, done: string, voucherId: string, details?: Details): Also {
    return this.entries(systemActor(merchantId), done, [{ id: voucherId, ...(details ? { details } : {}) }]);
  }

  private entries(actor: AuditActor, done: string, objects: readonly AuditedVoucher[]): Also {
    const entries = objects.map(({ id, details }) => ({
      actor,
      action: `voucher.${done}`,
      objectType: 'voucher',
      objectId: id,
      ...(details ? { details } : {}),
    }));
    return (tx) => this.log.record(tx, this.clock.now(), entries);
  }
}
