import type { GateWaitingList, WaitingListAtGate } from '../gate-offers.js';

interface Offer {
  readonly number: number;
  readonly until: number;
  readonly used: boolean;
}

/** Waiting list of one voucher at the gate of embedded mode: the rules of lua/offer-1.lua, and of what lua/claim-6.lua makes of it. */
export interface EmbeddedOffers {
  readonly version: number;
  readonly waiting: boolean;
  readonly offers: ReadonlyMap<string, Offer>;
}

export const NOBODY_WAITS: EmbeddedOffers = { version: 0, waiting: false, offers: new Map() };

/** Whether this user may take a unit now. */
export function admits({ waiting, offers }: EmbeddedOffers, userId: string, now: number): boolean {
  if (!waiting) return true;
  const offer = offers.get(userId);
  return offer !== undefined && !offer.used && offer.until > now;
}

/** The user has taken a unit. */
export function used(state: EmbeddedOffers, userId: string): EmbeddedOffers {
  const offer = state.waiting ? state.offers.get(userId) : undefined;
  if (!offer) return state;
  return { ...state, offers: new Map(state.offers).set(userId, { ...offer, used: true }) };
}

/** Offers by which units can still be taken. */
export const openOffers = ({ waiting, offers }: EmbeddedOffers, now: number): number =>
  waiting ? [...offers.values()].filter((offer) => !offer.used && offer.until > now).length : 0;

/** @returns the list as it then is: the same where what is told is not newer */
export function told(state: EmbeddedOffers, list: GateWaitingList, remaining: number): EmbeddedOffers {
  if (list.version <= state.version) return state;
  const offers = new Map<string, Offer>();
  let open = 0;
  for (const { userId, number, until } of list.offers) {
    const before = state.offers.get(userId);
    if (before?.number === number && before.used) offers.set(userId, before);
    else if (open < remaining) {
      open += 1;
      offers.set(userId, { number, until, used: false });
    }
  }
  return { version: list.version, waiting: list.waiting, offers };
}

export const atGate = (
  { version, waiting, offers }: EmbeddedOffers,
  now: number,
  remaining: number,
): WaitingListAtGate => ({
  now,
  remaining,
  version,
  waiting,
  offers: [...offers].map(([userId, offer]) => ({ userId, ...offer })),
});
