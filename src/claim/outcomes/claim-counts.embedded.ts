import type { Clock } from '../../common/clock.js';
import {
  ClaimCountsStore,
  COUNTS_TTL_MS,
  sumOf,
  type ClaimCounts,
  type CountedPart,
} from './claim-counts.js';

/** More vouchers than this and the one not written for longest is dropped: memory is bounded. */
const MAX_VOUCHERS = 10_000;

interface Kept {
  readonly parts: Map<string, ClaimCounts>;
  expiresAt: number;
}

/** Counts in this process; a restart forgets them. */
export class EmbeddedClaimCounts extends ClaimCountsStore {
  /** In the order they were written. */
  private readonly vouchers = new Map<string, Kept>();

  constructor(
    private readonly clock: Clock,
    private readonly max = MAX_VOUCHERS,
  ) {
    super();
  }

  async write(written: readonly CountedPart[]): Promise<void> {
    const now = this.clock.now();
    for (const { voucherId, writer, counts } of written) {
      const parts = this.alive(voucherId)?.parts ?? new Map<string, ClaimCounts>();
      this.vouchers.delete(voucherId);
      this.vouchers.set(voucherId, { parts: parts.set(writer, counts), expiresAt: now + COUNTS_TTL_MS });
    }
    for (const [oldest, { expiresAt }] of this.vouchers) {
      if (expiresAt > now && this.vouchers.size <= this.max) break;
      this.vouchers.delete(oldest);
    }
  }

  async read(voucherId: string): Promise<ClaimCounts | undefined> {
    return sumOf([...(this.alive(voucherId)?.parts.values() ?? [])]);
  }

  private alive(voucherId: string): Kept | undefined {
    const kept = this.vouchers.get(voucherId);
    return kept && kept.expiresAt > this.clock.now() ? kept : undefined;
  }
}
