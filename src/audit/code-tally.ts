import type { EntityManager } from 'typeorm';
import { CLAIM_PLACES } from '../claim/index.js';
import { codeCounts, usableCodes } from '../voucher/index.js';

/** Codes that one statement looks at: between two the audit can be ended. */
const PIECE = 20_000;

/** What the equations need to know of codes that are imported, or made by a pattern. */
export interface CodeTally {
  readonly given: number;
  /** Of the codes that were given, those that exactly one claim has. */
  readonly heldOnce: number;
  /** Nothing where they are made by a pattern. */
  readonly list?: {
    readonly retired: number;
    /** Claims that were cancelled and have a code of the list. */
    readonly cancelled: number;
    readonly usable: number;
  };
}

interface CodesAsked {
  /** Whether claims are in the archive as well. */
  readonly isArchived?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the codes that were given, with the claims that have them, in pieces.
 * @returns nothing where the codes of the voucher are made of ids
 * @throws the signal's reason, between two pieces
 */
export async function tallyCodes(
  tx: EntityManager,
  voucherId: string,
  codeSource: string,
  { isArchived = false, signal }: CodesAsked = {},
): Promise<CodeTally | undefined> {
  const places = isArchived ? CLAIM_PLACES : CLAIM_PLACES.slice(0, 1);
  const counts = await codeCounts(tx, voucherId);
  if (counts) {
    const { held, cancelled } = await heldCodes(
      tx,
      { voucherId, places },
      { from: 0, to: counts.given },
      signal,
    );
    const list = { retired: counts.retired, cancelled, usable: usableCodes(counts) };
    return { given: counts.given, heldOnce: held, list };
  }
  if (codeSource !== 'pattern') return undefined;
  const [made] = await tx.query<Record<'given' | 'first' | 'last', number | string | null>[]>(
    'SELECT COUNT(*) AS given, MIN(number) AS first, MAX(number) AS last FROM voucher_codes WHERE voucher_id = ?',
    [voucherId],
  );
  const range = { from: Number(made?.first ?? 1) - 1, to: Number(made?.last ?? 0) };
  const { held } = await heldCodes(tx, { voucherId, places }, range, signal);
  return { given: Number(made?.given ?? 0), heldOnce: held };
}

/** @param range of the codes' numbers, without the first one */
async function heldCodes(
  tx: EntityManager,
  {
    voucherId,
    places,
  }: { readonly voucherId: string; readonly places: readonly (typeof CLAIM_PLACES)[number][] },
  range: { readonly from: number; readonly to: number },
  signal: AbortSignal | undefined,
): Promise<{ readonly held: number; readonly cancelled: number }> {
  let [held, cancelled] = [0, 0];
  for (let from = range.from; from < range.to; from += PIECE) {
    signal?.throwIfAborted();
    const having = places.map(
      ({ table }) =>
        `SELECT k.number, c.status
           FROM voucher_codes k JOIN ${table} c ON c.code = k.code AND c.voucher_id = k.voucher_id
          WHERE k.voucher_id = ? AND k.number > ? AND k.number <= ?`,
    );
    const values = [voucherId, from, Math.min(from + PIECE, range.to)];
    const [found] = await tx.query<{ held: number | string | null; cancelled: number | string | null }[]>(
      `SELECT SUM(CASE WHEN g.n = 1 THEN 1 ELSE 0 END) AS held, SUM(g.cancelled) AS cancelled FROM (
         SELECT COUNT(*) AS n, SUM(CASE WHEN h.status = 'cancelled' THEN 1 ELSE 0 END) AS cancelled
           FROM (${having.join(' UNION ALL ')}) h GROUP BY h.number) g`,
      having.flatMap(() => values),
    );
    held += Number(found?.held ?? 0);
    cancelled += Number(found?.cancelled ?? 0);
  }
  return { held, cancelled };
}
