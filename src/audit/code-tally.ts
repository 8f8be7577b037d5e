import type { EntityManager } from 'typeorm';
import { codeCounts, usableCodes } from '../voucher/index.js';

/** Codes that one statement looks at: between two the audit can be ended. */
const PIECE = 20_000;

/** What the equations need to know of imported codes. */
export interface CodeTally {
  readonly given: number;
  /** Of the list's codes that were given, those that exactly one claim has. */
  readonly heldOnce: number;
  readonly retired: number;
  /** Claims that were cancelled and have a code of the list. */
  readonly cancelled: number;
  readonly usable: number;
}

/**
 * Reads the codes that were given, with the claims that have them, in pieces.
 * @returns nothing where the codes of the voucher are generated
 * @throws the signal's reason, between two pieces
 */
export async function tallyCodes(
  tx: EntityManager,
  voucherId: string,
  signal?: AbortSignal,
): Promise<CodeTally | undefined> {
  const counts = await codeCounts(tx, voucherId);
  if (!counts) return undefined;
  const { given, retired } = counts;
  let [heldOnce, cancelled] = [0, 0];
  for (let from = 0; from < given; from += PIECE) {
    signal?.throwIfAborted();
    const [found] = await tx.query<{ held: number | string | null; cancelled: number | string | null }[]>(
      `SELECT SUM(CASE WHEN g.n = 1 THEN 1 ELSE 0 END) AS held, SUM(g.cancelled) AS cancelled FROM (
         SELECT COUNT(*) AS n, SUM(CASE WHEN c.status = 'cancelled' THEN 1 ELSE 0 END) AS cancelled
           FROM voucher_codes k JOIN claims c ON c.code = k.code AND c.voucher_id = k.voucher_id
          WHERE k.voucher_id = ? AND k.number > ? AND k.number <= ? GROUP BY k.number) g`,
      [voucherId, from, Math.min(from + PIECE, given)],
    );
    heldOnce += Number(found?.held ?? 0);
    cancelled += Number(found?.cancelled ?? 0);
  }
  return { given, heldOnce, retired, cancelled, usable: usableCodes(counts) };
}
