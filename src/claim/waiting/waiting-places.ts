import { Injectable } from '@nestjs/common';
import { requireCursors, type Cursors } from '../../common/cursors.js';
import { waitingEntryNumber } from '../domain/waiting-entry-id.js';
import { WaitingStore, type WaitingEntry, type WaitingState } from '../ledger/waiting-store.js';

/** A place as the voucher's merchant sees it. */
export interface MerchantPlace {
  readonly entry: WaitingEntry;
  /** From 1, of those who wait; `null` where it waits no more. */
  readonly position: number | null;
}

/** The waiting list of a voucher, in the order of the line, for its merchant. */
@Injectable()
export class WaitingPlaces {
  constructor(private readonly store: WaitingStore) {}

  /** @throws Problem validation_failed for an unknown cursor: a place keeps its id whatever becomes of it */
  async page(
    voucherId: string,
    { state, limit, after, before }: Cursors & { readonly state: WaitingState; readonly limit: number },
  ): Promise<{ readonly places: readonly MerchantPlace[]; readonly hasMore: boolean }> {
    const numberOf = (id: string | undefined): number | undefined =>
      id === undefined ? undefined : waitingEntryNumber(voucherId, id);
    await requireCursors({ after, before }, async (id) => {
      const number = numberOf(id);
      return number !== undefined && this.store.has(voucherId, number);
    });
    const found = await this.store.page(voucherId, state, {
      limit: limit + 1,
      after: numberOf(after),
      before: numberOf(before),
    });
    const entries = found.slice(0, limit);
    if (before !== undefined) entries.reverse();
    const [first] = entries;
    const ahead = state === 'waiting' && first ? await this.store.before(voucherId, first.number) : 0;
    return {
      places: entries.map((entry, index) => ({
        entry,
        position: state === 'waiting' ? ahead + index + 1 : null,
      })),
      hasMore: found.length > limit,
    };
  }
}
