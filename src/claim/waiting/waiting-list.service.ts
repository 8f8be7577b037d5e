import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { Problem } from '../../common/problems.js';
import { Database } from '../../database/database.js';
import { VoucherCatalogue, type VoucherView } from '../../voucher/index.js';
import { ClaimService } from '../accept/claim.service.js';
import { attemptByRoute } from '../admission/claim-attempt.js';
import { requireEligible } from '../admission/eligibility-check.js';
import { requireProof } from '../admission/proof-check.js';
import { ProvenPeople } from '../admission/proven-people.js';
import { EligiblePeople } from '../admission/eligible-people.js';
import { ProtectedVouchers } from '../admission/protected-vouchers.js';
import { countLiveOf } from '../ledger/rows/claims-of-holders.js';
import { WaitingStore, type WaitingEntry, type WaitingState } from '../ledger/waiting-store.js';
import type { AcceptedClaim } from '../read/claim.presenter.js';
import { UnitReturns } from '../returns/unit-returns.js';
import { WaitingGate } from './waiting-gate.js';

export interface Place {
  readonly voucherId: string;
  readonly entry: WaitingEntry;
  /** From 1, of those who wait. */
  readonly position: number | null;
}

/** Nobody waits in more lists at once. */
const PLACES_SHOWN = 100;

/** A user's place in a waiting list: take one, look, leave, and what becomes of an offer (docs/adr/0045). */
@Injectable()
export class WaitingListService {
  private readonly logger = new Logger('WaitingList');

  constructor(
    private readonly db: Database,
    private readonly store: WaitingStore,
    private readonly atGate: WaitingGate,
    private readonly returns: UnitReturns,
    private readonly vouchers: VoucherCatalogue,
    private readonly conditions: ProtectedVouchers,
    private readonly people: EligiblePeople,
    private readonly proven: ProvenPeople,
    private readonly claims: ClaimService,
    private readonly clock: Clock,
  ) {}

  /**
   * Once it returns, nobody who does not wait gets a unit before this user. Who has a place keeps it.
   * @throws Problem not_found, not_started, paused, voucher_ended, not_sold_out, claim_limit_reached, not_eligible, email_unverified, phone_unverified,
   *   one_per_person; gate_recovering,
   *   dependency_unavailable, after which it may be asked again
   */
  async join(userId: string, voucherId: string): Promise<Place> {
    const voucher = await this.running(voucherId);
    await requireEligible(this.people, voucherId, userId, voucher.eligibility);
    await requireProof(this.proven, voucherId, userId, voucher);
    const gate = await this.atGate.bring(voucherId);
    if (gate && gate.remaining > 0 && !gate.waiting) throw new Problem('not_sold_out');
    await this.requireRoom(userId, voucher);
    await this.db.write(async (tx) => {
      await this.returns.begin(tx);
      const row = await this.store.hold(tx, voucherId);
      const last = await this.store.last(tx, voucherId, userId);
      if (last && isOpen(last.state)) return;
      const number = row.lastNumber + 1;
      // By the gate's clock, as claims are: one that is taken from now on is what the place was for.
      await this.store.insert(tx, voucherId, number, userId, gate?.now ?? this.clock.now());
      await this.store.change(tx, voucherId, { ...row, lastNumber: number });
    });
    await this.atGate.bring(voucherId);
    this.logger.debug({ voucher: voucherId, userId }, 'joined the waiting list');
    return this.find(userId, voucherId);
  }

  /** @throws Problem not_found where the user never waited for it */
  async find(userId: string, voucherId: string): Promise<Place> {
    const entry = await this.store.last(this.db.read, voucherId, userId);
    if (!entry) throw noPlace();
    return this.placeOf(voucherId, entry);
  }

  /** The places that a user has at the moment, the newest first. */
  async list(userId: string): Promise<readonly Place[]> {
    const found = await this.store.openOf(userId, PLACES_SHOWN);
    const places = await Promise.all(found.map(({ voucherId, entry }) => this.placeOf(voucherId, entry)));
    return places.filter(({ entry }) => isOpen(entry.state));
  }

  /** @throws Problem not_found where the user does not wait */
  async leave(userId: string, voucherId: string): Promise<void> {
    const ended = await this.end(userId, voucherId, 'left', isOpen);
    if (!ended) throw noPlace();
  }

  /** @throws Problem no_offer */
  async decline(userId: string, voucherId: string): Promise<Place> {
    const ended = await this.end(userId, voucherId, 'declined', (state) => state === 'offered');
    if (!ended) throw await this.noOffer(userId, voucherId);
    return this.find(userId, voucherId);
  }

  /**
   * Takes the unit that was offered: a claim as any other, which the gate accepts because of the offer.
   * @throws Problem no_offer, offer_expired, and those of a claim
   */
  async accept(
    userId: string,
    voucherId: string,
    idempotencyKey: string | undefined,
  ): Promise<AcceptedClaim> {
    const entry = await this.store.last(this.db.read, voucherId, userId);
    // A repeated request with its key is answered by the gate, whatever became of the offer.
    if (entry?.state !== 'offered' && !(entry?.state === 'accepted' && idempotencyKey !== undefined))
      throw await this.noOffer(userId, voucherId);
    const conditions = await this.conditions.protectionOf(voucherId);
    // Who was let into the list needs no link for what is offered; who may claim at all holds for offers too.
    const protection = conditions && ({ ...conditions, claim_link: false, captcha: 'none' } as const);
    const claim = (): Promise<AcceptedClaim> =>
      this.claims.claim(
        attemptByRoute({ actor: { userId }, voucherId, idempotencyKey, protection, hasOffer: true }),
      );
    try {
      return await claim();
    } catch (error) {
      if (!isSoldOut(error)) throw error;
      const gate = await this.atGate.bring(voucherId);
      const offer = gate?.offers.find((one) => one.userId === userId && one.number === entry.number);
      // An answer that did not arrive: the claim is among those of the user.
      if (offer?.used) throw new Problem('no_offer', { extensions: { entry_status: 'accepted' } });
      if (!gate || (entry.offeredUntil ?? 0) <= gate.now)
        throw new Problem('offer_expired', { cause: error });
      // Whoever wrote the offer may have died before the gate heard of it; or the gate has no unit for it: then its user waits on.
      if (offer) return this.again(claim);
      throw new Problem('no_offer', { cause: error, extensions: { entry_status: 'waiting' } });
    }
  }

  /** An offer that the gate has heard of only now. */
  protected again(claim: () => Promise<AcceptedClaim>): Promise<AcceptedClaim> {
    return claim();
  }

  private async placeOf(voucherId: string, entry: WaitingEntry): Promise<Place> {
    const state = this.effective(entry);
    const position = state === 'waiting' ? (await this.store.before(voucherId, entry.number)) + 1 : null;
    return { voucherId, entry: { ...entry, state }, position };
  }

  private async end(
    userId: string,
    voucherId: string,
    state: 'left' | 'declined',
    from: (state: WaitingState) => boolean,
  ): Promise<boolean> {
    const ended = await this.db.write(async (tx: EntityManager): Promise<boolean> => {
      await this.returns.begin(tx);
      const row = await this.store.hold(tx, voucherId);
      const entry = await this.store.last(tx, voucherId, userId);
      if (!entry || !from(entry.state)) return false;
      await this.store.end(tx, voucherId, [entry.number], state, this.clock.now());
      await this.store.change(tx, voucherId, row);
      return true;
    });
    // The gate hears of it now or, should it be away, from the job.
    if (ended)
      await this.atGate
        .bring(voucherId)
        .catch((error: unknown) =>
          this.logger.warn({ voucher: voucherId, err: error }, 'the gate hears it later'),
        );
    return ended;
  }

  private async running(voucherId: string): Promise<VoucherView> {
    const voucher = await this.vouchers.findPublic(voucherId);
    switch (voucher?.status) {
      case 'live':
        return voucher;
      case 'scheduled':
        throw new Problem('not_sold_out');
      case 'paused':
        throw new Problem('paused');
      case 'ended':
        throw new Problem('voucher_ended');
      default:
        throw new Problem('not_found');
    }
  }

  /** The gate judges it at the end; who can only be refused then need not wait for it. */
  private async requireRoom(userId: string, voucher: VoucherView): Promise<void> {
    const live = await countLiveOf(this.db.read, voucher.id, userId);
    if (live >= voucher.perUserLimit) throw new Problem('claim_limit_reached');
  }

  private async noOffer(userId: string, voucherId: string): Promise<Problem> {
    const entry = await this.store.last(this.db.read, voucherId, userId);
    const status = entry && this.effective(entry);
    if (status === 'lapsed') return new Problem('offer_expired');
    return new Problem('no_offer', status ? { extensions: { entry_status: status } } : {});
  }

  /** The job that stores it comes later. */
  private effective({ state, offeredUntil }: WaitingEntry): WaitingState {
    return state === 'offered' && (offeredUntil ?? 0) <= this.clock.now() ? 'lapsed' : state;
  }
}

const isSoldOut = (error: unknown): boolean => error instanceof Problem && error.code === 'sold_out';

const isOpen = (state: WaitingState): boolean => state === 'waiting' || state === 'offered';

const noPlace = (): Problem => new Problem('not_found', { detail: 'You have no place in this waiting list' });
