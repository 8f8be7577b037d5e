import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import type { MerchantActor } from '../../auth/index.js';
import { Clock } from '../../common/clock.js';
import { Database } from '../../database/database.js';
import type { Eligibility } from '../voucher.entity.js';
import { VoucherRepository } from '../voucher.repository.js';
import { EligibilityChanges } from './eligibility-changes.js';
import { EligibilityList, EligiblePerson } from './eligibility.entity.js';
import { removeList } from './list-rows.js';

export interface VoucherEligibility {
  readonly voucherId: string;
  readonly eligibility: Eligibility;
  /** On the list; 0 where there is none. */
  readonly people: number;
  /** Milliseconds since 1970; `null` where there is no list. */
  readonly updatedAt: number | null;
}

/** Rows of one statement. */
const ROWS = 1_000;

/** Who may claim a voucher, by hashes of their addresses (docs/adr/0083). Another merchant's voucher is not there. */
@Injectable()
export class EligibilityLists {
  constructor(
    private readonly store: VoucherRepository,
    private readonly changes: EligibilityChanges,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @throws Problem not_found */
  async find(actor: MerchantActor, voucherId: string): Promise<VoucherEligibility> {
    const { eligibility } = await this.store.own(actor.merchantId, voucherId);
    const list = await this.database.read.findOneBy(EligibilityList, { voucherId });
    return { voucherId, eligibility, people: list?.people ?? 0, updatedAt: list?.updatedAt ?? null };
  }

  /**
   * The whole list at once: of a draft, or another one in its place until the voucher is over. Claims are judged by it within two
   * seconds; those that were taken stay.
   * @param people hashes, each once
   * @throws Problem not_found, not_editable, overloaded
   */
  async put(
    actor: MerchantActor,
    voucherId: string,
    people: ReadonlySet<string>,
  ): Promise<VoucherEligibility> {
    const rows = [...people].map((person) => ({ voucherId, person }));
    const updatedAt = this.clock.now();
    const details = { people: rows.length };
    await this.changes.change(actor, voucherId, 'listed', details, async (tx) => {
      await removeList(tx, voucherId);
      for (let from = 0; from < rows.length; from += ROWS)
        await tx.insert(EligiblePerson, rows.slice(from, from + ROWS));
      await tx.insert(EligibilityList, { voucherId, people: rows.length, updatedAt });
    });
    return { voucherId, eligibility: 'listed', people: rows.length, updatedAt };
  }

  /**
   * Everybody may claim the voucher, which is a draft yet.
   * @throws Problem not_found, not_editable, overloaded
   */
  async remove(actor: MerchantActor, voucherId: string): Promise<VoucherEligibility> {
    const voucher = await this.store.own(actor.merchantId, voucherId);
    if (voucher.eligibility !== 'everyone' || voucher.status !== 'draft')
      await this.changes.change(actor, voucherId, 'everyone', {}, (tx) => removeList(tx, voucherId));
    return { voucherId, eligibility: 'everyone', people: 0, updatedAt: null };
  }

  /** @returns which of the hashes are on the list of the voucher */
  async listed(voucherId: string, hashes: readonly string[]): Promise<ReadonlySet<string>> {
    if (hashes.length === 0) return new Set();
    const rows = await this.database.read.findBy(EligiblePerson, { voucherId, person: In([...hashes]) });
    return new Set(rows.map(({ person }) => person));
  }
}
