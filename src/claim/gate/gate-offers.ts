/** Offers of one voucher that are open at a time: what one script call tells the gate. */
export const OFFERS_MAX = 500;

/** The right of one user to one unit, for a while. */
interface GateOffer {
  readonly userId: string;
  /** Of the user's place in the waiting list; another place is another offer. */
  readonly number: number;
  /** By the gate's clock, ms since 1970. */
  readonly until: number;
}

/**
 * What the gate is told of a voucher's waiting list: all of it as of one version, so that whoever tells it again changes nothing, and a
 * rebuilt gate begins with it (docs/adr/0045).
 */
export interface GateWaitingList {
  /** Of the list in the database, from 1; the gate keeps the newest. */
  readonly version: number;
  /** Somebody waits: units are for those who have an offer, and for nobody else. */
  readonly waiting: boolean;
  /** In the order in which they are granted, `OFFERS_MAX` at most. */
  readonly offers: readonly GateOffer[];
}

/** The waiting list as the gate has it. */
export interface WaitingListAtGate {
  /** The gate's clock, ms since 1970. */
  readonly now: number;
  /** Units that nobody has; those of open offers among them. */
  readonly remaining: number;
  readonly version: number;
  readonly waiting: boolean;
  /** `used`: a claim was taken by it. */
  readonly offers: readonly (GateOffer & { readonly used: boolean })[];
}
