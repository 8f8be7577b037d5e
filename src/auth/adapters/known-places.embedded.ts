import { LRUCache } from 'lru-cache';
import type { Clock } from '../../common/clock.js';
import { KnownPlaces, PLACES_PER_ACCOUNT } from '../ports/known-places.js';

/** More accounts than this and the one that was quiet longest is forgotten: memory is bounded. */
const MAX_ACCOUNTS = 200_000;

/** Known places in this process, for embedded mode. */
export class EmbeddedKnownPlaces extends KnownPlaces {
  /** Of each account: place to the time (ms) until which it is known, least lately used first. */
  private readonly accounts = new LRUCache<string, Map<string, number>>({ max: MAX_ACCOUNTS });

  constructor(
    private readonly clock: Clock,
    private readonly ttlS: number,
  ) {
    super();
  }

  async remember(account: string, place: string): Promise<void> {
    const places = this.accounts.get(account) ?? new Map<string, number>();
    places.delete(place);
    places.set(place, this.clock.now() + this.ttlS * 1_000);
    for (const oldest of places.keys()) {
      if (places.size <= PLACES_PER_ACCOUNT) break;
      places.delete(oldest);
    }
    this.accounts.set(account, places);
  }

  async knows(account: string, place: string): Promise<boolean> {
    return (this.accounts.get(account)?.get(place) ?? 0) > this.clock.now();
  }
}
