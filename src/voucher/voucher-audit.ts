import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { MerchantActor } from '../auth/index.js';
import { AuditLog, auditActor, systemActor, type AuditActor } from '../database/audit-log.js';
import { Clock } from '../common/clock.js';

/** Done in the transaction of a change, so that there is neither without the other. */
export type Also = (tx: EntityManager) => Promise<void>;

type Details = Readonly<Record<string, unknown>>;

/** What is done to vouchers and their stock, for the audit log. */
@Injectable()
export class VoucherAudit {
  constructor(
    private readonly log: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** @param done what follows `voucher.` in the action */
  by(actor: MerchantActor, done: string, voucherId: string, details?: Details): Also {
    return this.entry(auditActor(actor.userId, actor.merchantId), done, voucherId, details);
  }

  /** Time did it. */
  byTime(merchantId: string, done: string, voucherId: string, details?: Details): Also {
    return this.entry(systemActor(merchantId), done, voucherId, details);
  }

  private entry(actor: AuditActor, done: string, voucherId: string, details?: Details): Also {
    const entry = { actor, action: `voucher.${done}`, objectType: 'voucher', objectId: voucherId };
    return (tx) => this.log.record(tx, this.clock.now(), [{ ...entry, ...(details ? { details } : {}) }]);
  }
}
