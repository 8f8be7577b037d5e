import type { EntityManager } from 'typeorm';
import { EligibilityList, EligiblePerson } from './eligibility.entity.js';

/** @param to a new draft, which gets the list of `from` */
export async function copyList(tx: EntityManager, from: string, to: string): Promise<void> {
  await tx.query(
    'INSERT INTO eligible_people (voucher_id, person) SELECT ?, person FROM eligible_people WHERE voucher_id = ?',
    [to, from],
  );
  await tx.query(
    'INSERT INTO eligibility_lists (voucher_id, people, updated_at) ' +
      'SELECT ?, people, updated_at FROM eligibility_lists WHERE voucher_id = ?',
    [to, from],
  );
}

export async function removeList(tx: EntityManager, voucherId: string): Promise<void> {
  await tx.delete(EligiblePerson, { voucherId });
  await tx.delete(EligibilityList, { voucherId });
}
