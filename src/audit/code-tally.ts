import type { EntityManager } from 'typeorm';
import { countCodesHeld } from '../claim/index.js';
import { codeCounts, usableCodes } from '../voucher/index.js';
import { AT_ONCE, type Paced } from './claim-tally.js';

/** Codes that one statement looks at: between two the audit can be ended, and waits while claims go first. */
const PIECE = 10_000;

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
  /** Runs each piece when it is its turn. */
  readonly paced?: Paced | undefined;
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
  { isArchived = false, ...how }: CodesAsked = {},
): Promise<CodeTally | undefined> {
  const counts = await codeCounts(tx, voucherId);
  if (counts) {
    const { held, cancelled } = await heldCodes(
      tx,
      { voucherId, isArchived },
      { from: 0, to: counts.given },
      how,
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
  const { held } = await heldCodes(tx, { voucherId, isArchived }, range, how);
  return { given: Number(made?.given ?? 0), heldOnce: held };
}

/** @param range of the codes' numbers, without the first one */
async function heldCodes(
  tx: EntityManager,
  { voucherId, isArchived }: { readonly voucherId: string; readonly isArchived: boolean },
  range: { readonly from: number; readonly to: number },
  { signal, paced = AT_ONCE }: Pick<CodesAsked, 'signal' | 'paced'>,
): Promise<{ readonly held: number; readonly cancelled: number }> {
  let [held, cancelled] = [0, 0];
  for (let from = range.from; from < range.to; from += PIECE) {
    signal?.throwIfAborted();
    const piece = { voucherId, isArchived, after: from, to: Math.min(from + PIECE, range.to) };
    const found = await paced(() => countCodesHeld(tx, piece));
    held += found.heldOnce;
    cancelled += found.cancelled;
  }
  return { held, cancelled };
}
