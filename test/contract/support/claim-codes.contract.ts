import { beforeEach, describe, expect, it } from '@jest/globals';
import { tallyCodes } from '../../../src/audit/code-tally.js';
import { ClaimCodes } from '../../../src/claim/ledger/claim-codes.js';
import { ClaimIds, newId } from '../../../src/common/ids.js';
import { placeholders, type Database } from '../../../src/database/database.js';
import { insertClaims } from '../../harness/claim-rows.js';

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
  /** With the merchant of another voucher, where there is one. */
  async function patterned(pattern: string, beside?: string): Promise<string> {
    const id = await voucher(undefined);
    await db.write((tx) =>
      tx.query(
        "UPDATE vouchers SET code_source = 'pattern', code_pattern = ?, merchant_id = ? WHERE id = ?",
        [pattern, `mer_${(beside ?? id).slice(4)}`, id],
      ),
    );
    return id;
  }
  const codeOf = (number: number): string => `C-${String(number).padStart(6, '0')}`;
  const claims = (voucherId: string, from: number, to: number): Claim[] =>
    Array.from({ length: to - from + 1 }, (_none, n) => ({
      id: ids.id(voucherId, `usr_${from + n}`, 1),
      voucher_id: voucherId,
      sequence: from + n,
    }));
  /** Others with the same places in the line. */
  const late = (those: readonly Claim[]): Claim[] =>
    those.map((claim) => ({ ...claim, id: ids.id(claim.voucher_id, `usr_late${claim.sequence}`, 1) }));
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

    it('of a pattern are the same for the same place in the line, whatever was written before', async () => {
      const id = await patterned('TEA-####-????');
      const line = claims(id, 1, 40);
      const first = await give(line.toReversed());
      // The database forgets, and the log is read again in another order, by another process.
      await db.write((tx) => tx.query('DELETE FROM voucher_codes WHERE voucher_id = ?', [id]));
      codes = new ClaimCodes(db, ids);
      const again = [...((await give(line.slice(20))) ?? []), ...((await give(line.slice(0, 20))) ?? [])];
      expect(again.toSorted()).toEqual(first?.toSorted());
      expect(again.slice(0, 20)).toEqual(first?.toReversed().slice(20));
      expect(new Set(again).size).toBe(40);
      expect(again.every((code) => /^TEA-[2-9]{4}-[A-Z]{4}$/.test(code))).toBe(true);
      const other = await give(claims(await patterned('TEA-####-????'), 1, 40));
      expect(other?.filter((code) => again.includes(code))).toEqual([]);
    });

    it('of a pattern are never had twice: a place that comes again, or a code that is there already, gets a spare one', async () => {
      const id = await patterned('TEA-####-????');
      const [first = ''] = (await give(claims(id, 1, 1))) ?? [];
      const again = await give([...claims(id, 1, 3), ...late(claims(id, 2, 2))]);
      expect(new Set([first, ...(again ?? [])]).size).toBe(5);
      // Another voucher of the merchant has one that this one would give.
      const beside = await patterned('TEA-####-????', id);
      const [its = ''] = (await give(claims(beside, 7, 7))) ?? [];
      await db.write((tx) =>
        tx.query('UPDATE voucher_codes SET voucher_id = ? WHERE voucher_id = ?', [id, beside]),
      );
      const [instead = ''] = (await give(claims(beside, 7, 7))) ?? [];
      expect(instead).toMatch(/^TEA-/);
      expect(instead).not.toBe(its);
      expect(await give(claims(id, 2_000_000_000, 2_000_000_001))).toHaveLength(2);
    });

    it('of a pattern are different for 200 claims at once of two vouchers', async () => {
      const one = await patterned('########');
      const two = await patterned('########', one);
      const batches = Array.from({ length: 20 }, (_none, n) =>
        claims(n % 2 === 0 ? one : two, Math.floor(n / 2) * 10 + 1, Math.floor(n / 2) * 10 + 10),
      );
      const given = (await Promise.all(batches.map(give))).flatMap((some) => some ?? []);
      expect(new Set(given).size).toBe(200);
      const found: { n: number | string }[] = await db.read.query(
        'SELECT COUNT(*) AS n FROM voucher_codes WHERE voucher_id IN (?, ?)',
        [one, two],
      );
      expect(Number(found[0]?.n)).toBe(200);
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
          await insertClaims(tx, [
            {
              id: claim.id,
              voucher_id: id,
              user_id: `usr_${n}`,
              ordinal: 1,
              epoch: 1,
              sequence: n,
              created_at: 0,
              status: n === 0 ? 'cancelled' : 'issued',
              code: rows[n] ?? null,
              issued_at: 0,
            },
          ]);
      });
      const tally = { given: 4, heldOnce: 1, list: { retired: 0, cancelled: 1, usable: 4 } };
      expect(await tallyCodes(db.read, id, 'imported')).toEqual(tally);
      expect(await tallyCodes(db.read, await voucher(undefined), 'generated')).toBeUndefined();
      const made = await patterned('TEA-####-????');
      expect(await tallyCodes(db.read, made, 'pattern')).toEqual({ given: 0, heldOnce: 0 });
      await give([...claims(made, 1, 2), ...late(claims(made, 1, 1))]);
      expect(await tallyCodes(db.read, made, 'pattern')).toEqual({ given: 3, heldOnce: 0 });
    });
  });
}
