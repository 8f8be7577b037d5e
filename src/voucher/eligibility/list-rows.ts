import type { EntityManager } from 'typeorm';
import { EligibilityList, EligiblePerson } from './eligibility.entity.js';

/** @param to a new draft of the same merchant, which gets the list of `from`, or what that asks of a token */
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
  await tx.query(
    'INSERT INTO eligibility_tokens (voucher_id, attribute, accepted, secret, updated_at) ' +
      'SELECT ?, attribute, accepted, secret, updated_at FROM eligibility_tokens WHERE voucher_id = ?',
    [to, from],
  );
}

export async function removeList(tx: EntityManager, voucherId: string): Promise<void> {
  await tx.delete(EligiblePerson, { voucherId });
  await tx.delete(EligibilityList, { voucherId });
  await tx.query('DELETE FROM eligibility_tokens WHERE voucher_id = ?', [voucherId]);
}
