/** How the claims on one voucher were answered. */
export interface ClaimCounts {
  /** By name of the outcome; see `board/outcomes.ts`. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Answers by bucket of their latency; see `board/latencies.ts`. */
  readonly accepted: readonly number[];
  readonly refused: readonly number[];
}

/** What one writer has counted of a voucher so far. */
export interface CountedPart {
  readonly voucherId: string;
  readonly writer: string;
  readonly counts: ClaimCounts;
}

/**
 * Counts of answers by voucher over all instances, for people to look at: they may be a second behind, and lost with the store.
 *
 * Each writer keeps its own sums and writes them whole under a name of its own, so that a write that is repeated counts nothing
 * twice, and the next one makes good one that was lost.
 */
export abstract class ClaimCountsStore {
  /**
   * Puts each part in the place of what its writer wrote before.
   * @throws the store's error; some parts may be written then
   */
  abstract write(parts: readonly CountedPart[]): Promise<void>;
  /**
   * The sum over all writers; `undefined` where nobody wrote, or all of it is forgotten.
   * @throws the store's error
   */
  abstract read(voucherId: string): Promise<ClaimCounts | undefined>;
}

/** So long after the last answer to a claim its counts are kept. */
export const COUNTS_TTL_MS = 30 * 86_400_000;

export function sumOf(parts: readonly ClaimCounts[]): ClaimCounts | undefined {
  if (parts.length === 0) return undefined;
  const outcomes: Record<string, number> = {};
  for (const part of parts) {
    for (const [name, count] of Object.entries(part.outcomes)) outcomes[name] = (outcomes[name] ?? 0) + count;
  }
  const added = (pick: (part: ClaimCounts) => readonly number[]): number[] => {
    const length = Math.max(...parts.map((part) => pick(part).length));
    return Array.from({ length }, (_none, bucket) =>
      parts.reduce((sum, part) => sum + (pick(part)[bucket] ?? 0), 0),
    );
  };
  return { outcomes, accepted: added((part) => part.accepted), refused: added((part) => part.refused) };
}
