import { Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { ClaimIds, type ClaimRef } from '../../common/ids.js';
import { Problem } from '../../common/problems.js';
import { Database, inList } from '../../database/database.js';
import { VoucherCatalogue } from '../../voucher/index.js';

/** Whether the merchant may see a contact of whoever holds a claim. */
export interface ContactConsent {
  readonly claimId: string;
  /** The voucher asks for it. */
  readonly isAsked: boolean;
  readonly isGiven: boolean;
}

/**
 * Who lets a merchant see a contact. Apart from the claim, so that the way of a claim carries nothing of it: an id of a claim proves by
 * itself whose it is, so consent can be given as soon as the claim was answered, before it is a row (docs/adr/0090).
 */
@Injectable()
export class ContactConsents {
  constructor(
    private readonly db: Database,
    private readonly ids: ClaimIds,
    private readonly vouchers: VoucherCatalogue,
    private readonly clock: Clock,
  ) {}

  /** @throws Problem not_found also for claims of others */
  async find(userId: string, claimId: string): Promise<ContactConsent> {
    const isAsked = await this.isAsked(this.owned(userId, claimId));
    // Whether a voucher asks is fixed before anybody claims it.
    const given = isAsked ? await this.given([claimId]) : undefined;
    return { claimId, isAsked, isGiven: given?.get(claimId) === userId };
  }

  /** Giving it again, or taking back what was not given, changes nothing. @throws Problem not_found, contact_not_asked */
  async set(userId: string, claimId: string, isGiven: boolean): Promise<ContactConsent> {
    const isAsked = await this.isAsked(this.owned(userId, claimId));
    if (isGiven && !isAsked) throw new Problem('contact_not_asked');
    await this.db.write((tx) =>
      isGiven
        ? tx.query(
            `${this.db.insertIgnore} claim_contact_consents (claim_id, user_id, created_at)
              SELECT ?, id, ? FROM users WHERE id = ?`,
            [claimId, this.clock.now(), userId],
          )
        : tx.query('DELETE FROM claim_contact_consents WHERE claim_id = ? AND user_id = ?', [
            claimId,
            userId,
          ]),
    );
    return { claimId, isAsked, isGiven };
  }

  /** Of those claims whose holders consented, who that was. */
  async given(claimIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (claimIds.length === 0) return new Map();
    const rows: { claim_id: string; user_id: string }[] = await this.db.read.query(
      `SELECT claim_id, user_id FROM claim_contact_consents WHERE claim_id IN (${inList(claimIds.length)})`,
      [...claimIds],
    );
    return new Map(rows.map(({ claim_id: claim, user_id: user }) => [claim, user]));
  }

  private owned(userId: string, claimId: string): ClaimRef {
    const ref = this.ids.owns(userId, claimId);
    if (!ref) throw new Problem('not_found', { detail: 'There is no such claim' });
    return ref;
  }

  private async isAsked({ voucherId }: ClaimRef): Promise<boolean> {
    return (await this.vouchers.find(voucherId))?.asksContact === true;
  }
}
