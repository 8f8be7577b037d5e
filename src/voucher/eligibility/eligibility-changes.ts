import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { MerchantActor } from '../../auth/index.js';
import { Clock } from '../../common/clock.js';
import { Problem } from '../../common/problems.js';
import { effectiveStatus, isRunning } from '../domain/lifecycle.js';
import { againWhereRaced } from '../raced.js';
import { VoucherAudit } from '../voucher-audit.js';
import type { Eligibility, Voucher } from '../voucher.entity.js';
import { VoucherRepository } from '../voucher.repository.js';

/** How it is changed who may claim: with the version of the voucher and an entry of the audit log, in one transaction. */
@Injectable()
export class EligibilityChanges {
  private readonly logger = new Logger('Voucher');

  constructor(
    private readonly store: VoucherRepository,
    private readonly audit: VoucherAudit,
    private readonly clock: Clock,
  ) {}

  /** @throws Problem not_found, not_editable, overloaded */
  async change(
    actor: MerchantActor,
    voucherId: string,
    eligibility: Eligibility,
    details: Readonly<Record<string, unknown>>,
    write: (tx: EntityManager) => Promise<void>,
  ): Promise<void> {
    const audited = this.audit.by(actor, 'eligibility_changed', voucherId, { eligibility, ...details });
    await againWhereRaced(async () => {
      const voucher = await this.store.own(actor.merchantId, voucherId);
      this.requireOpen(voucher, eligibility);
      return this.store.change(voucher, { eligibility }, async (tx) => {
        await write(tx);
        await audited(tx);
      });
    });
    this.logger.log({ voucherId, userId: actor.userId, eligibility, ...details }, 'eligibility changed');
  }

  /** What kind of people may claim is part of what was published; who they are is not. */
  private requireOpen(voucher: Voucher, eligibility: Eligibility): void {
    const status = effectiveStatus(voucher, this.clock.now());
    if (status === 'draft') return;
    const isOver = !isRunning(status);
    if (!isOver && eligibility !== 'everyone' && voucher.eligibility === eligibility) return;
    throw new Problem('not_editable', {
      detail: isOver
        ? `The voucher is ${status}: nobody claims it any more`
        : `The voucher is ${status}: whether everybody may claim it is fixed; only a list can be replaced by another, and what a token has to say`,
      extensions: { voucher_status: status },
    });
  }
}
