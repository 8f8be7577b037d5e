import { beforeEach, describe, expect, it } from '@jest/globals';
import { tallyCodes } from '../../../src/audit/code-tally.js';
import { ClaimCodes } from '../../../src/claim/ledger/claim-codes.js';
import { ClaimIds, newId } from '../../../src/common/ids.js';
import { placeholders, type Database } from '../../../src/database/database.js';

class GivenUp extends Error {}

interface Claim {
  readonly id: string;
  readonly voucher_id: string;
  readonly sequence: number;
}

/** What imported codes promise on every database. The database is migrated and may hold anything. */
export function claimCodesContract(database: () => Database): void {
  const ids = new ClaimIds('a secret of the tests, 32 characters or more');
  let db: Database;
  let codes: ClaimCodes;

  beforeEach(() => {
    db = database();
    codes = new ClaimCodes(db, ids);
  });

  /** @param count of codes, `undefined` where they are generated; `C-000001` is the first */
  async function voucher(count: number | undefined, total = count ?? 1): Promise<string> {
    const id = newId('vch', Date.now());
    await db.write(async (tx) => {
      await tx.query(
        `INSERT INTO vouchers (id, merchant_id, title, description, status, total_stock, per_user_limit, time_zone, protection,
          opens_at, closes_at, version, created_at, updated_at, code_source)
          VALUES (?, ?, 'Tea', '', 'live', ?, 1, 'UTC', '{}', 0, 1, 1, 0, 0, ?)`,
        [id, `mer_${id.slice(4)}`, total, count === undefined ? 'generated' : 'imported'],
      );
      await tx.query('INSERT INTO voucher_stock (voucher_id, total, issued) VALUES (?, ?, 0)', [id, total]);
      if (count === undefined) return;
      await tx.query('INSERT INTO code_lists (voucher_id, codes, updated_at) VALUES (?, ?, 0)', [id, count]);
      const rows = Array.from({ length: count }, (_none, n) => codeOf(n + 1));
      await tx.query(
        `INSERT INTO voucher_codes (voucher_id, number, merchant_id, code, folded) VALUES ${placeholders(count, 5)}`,
        rows.flatMap((code, n) => [id, n + 1, `mer_${id.slice(4)}`, code, code.replace('-', '')]),
      );
    });
    return id;
  }
  const codeOf = (number: number): string => `C-${String(number).padStart(6, '0')}`;
  const claims = (voucherId: string, from: number, to: number): Claim[] =>
    Array.from({ length: to - from + 1 }, (_none, n) => ({
      id: ids.id(voucherId, `usr_${from + n}`, 1),
      voucher_id: voucherId,
      sequence: from + n,
    }));
  const give = (those: readonly Claim[]): Promise<string[] | undefined> =>
    db.write(async (tx) => {
      const of = await codes.give(tx, those);
      return of && those.map(({ id }) => of(id));
    });
  const counts = async (id: string): Promise<number[]> => {
    const [row] = await db.read.query('SELECT given, retired FROM code_lists WHERE voucher_id = ?', [id]);
    return [Number(row.given), Number(row.retired)];
  };

  describe('codes of claims', () => {
    it('are made of the claim, or the next of the list in the order of the line', async () => {
      const [made, listed] = [await voucher(undefined), await voucher(5)];
      const both = [...claims(made, 1, 1), ...claims(listed, 1, 2).reverse()];
      expect(await give(both)).toEqual([ids.code(both[0]?.id ?? ''), codeOf(2), codeOf(1)]);
      expect(await give(claims(listed, 3, 3))).toEqual([codeOf(3)]);
      expect(await counts(listed)).toEqual([3, 0]);
    });

    it('are not given beyond the list: none of the batch', async () => {
      const id = await voucher(3);
      expect(await give(claims(id, 1, 2))).toHaveLength(2);
      expect(await give(claims(id, 3, 4))).toBeUndefined();
      expect(await db.write((tx) => codes.left(tx, id))).toBe(1);
      expect(await give(claims(id, 3, 3))).toEqual([codeOf(3)]);
    });

    it('are different for 200 claims at once, and come back where a transaction fails', async () => {
      const id = await voucher(200);
      const batches = Array.from({ length: 30 }, (_none, n) => claims(id, n * 10 + 1, n * 10 + 10));
      const results = await Promise.all(
        batches.map((batch, n) =>
          db
            .write(async (tx) => {
              const of = await codes.give(tx, batch);
              if (n % 3 === 0) throw new GivenUp();
              return of && batch.map((claim) => of(claim.id));
            })
            .catch((error: unknown) => {
              if (error instanceof GivenUp) return [];
              throw error;
            }),
        ),
      );
      const given = results.flatMap((some) => some ?? []);
      expect(given.toSorted()).toEqual(Array.from({ length: 200 }, (_none, n) => codeOf(n + 1)));
      expect(await counts(id)).toEqual([200, 0]);
    });

    it('of cancelled claims are retired as far as there are spare ones', async () => {
      const id = await voucher(7, 5);
      const cancel = (statuses: readonly string[]): Promise<boolean[]> =>
        db.write(async (tx) => {
          const retirement = await codes.retirement(tx, id);
          const allowed = statuses.map((status) => retirement.allows({ status }));
          await retirement.write();
          return allowed;
        });
      expect(await cancel(['issued', 'held'])).toEqual([true, true]);
      expect(await cancel(['held', 'issued', 'issued', 'held'])).toEqual([true, true, false, true]);
      expect(await counts(id)).toEqual([0, 2]);
      const made = await voucher(undefined);
      const free = await db.write((tx) => codes.retirement(tx, made));
      expect(Array.from({ length: 9 }, () => free.allows({ status: 'issued' }))).not.toContain(false);
    });

    it('that two claims have, or that are not of the list, are found by the audit', async () => {
      const id = await voucher(4);
      const those = claims(id, 1, 4);
      await give(those);
      const rows = [codeOf(1), codeOf(2), codeOf(2), 'C-999999'];
      await db.write(async (tx) => {
        for (const [n, claim] of those.entries())
          await tx.query(
            `INSERT INTO claims (id, voucher_id, user_id, ordinal, epoch, sequence, created_at, status, code, issued_at)
             VALUES (?, ?, ?, 1, 1, ?, 0, ?, ?, 0)`,
            [claim.id, id, `usr_${n}`, n, n === 0 ? 'cancelled' : 'issued', rows[n]],
          );
      });
      const tally = { given: 4, heldOnce: 1, retired: 0, cancelled: 1, usable: 4 };
      expect(await tallyCodes(db.read, id)).toEqual(tally);
      expect(await tallyCodes(db.read, await voucher(undefined))).toBeUndefined();
    });
  });
}
