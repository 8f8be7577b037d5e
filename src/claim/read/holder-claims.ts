import { Injectable, Logger } from '@nestjs/common';
import type { ListBody } from '../../http/validation/validation.js';
import { Clock, rfc3339OrNull } from '../../common/clock.js';
import { all, chain, type MaybePromise } from '../../common/maybe-promise.js';
import { claimMerchantBody } from '../../merchant/index.js';
import {
  faceValueBody,
  VoucherCatalogue,
  VoucherTerms,
  type PromisedTerms,
  type VoucherView,
} from '../../voucher/index.js';
import { ClaimLookup } from './claim-lookup.js';
import { ClaimLists } from './claim-lists.js';
import { ClaimStatusService } from './claim-status.service.js';
import type { ClaimBody, ClaimsQuery } from './claim.dto.js';
import { claimBody, timesOf } from './claim.presenter.js';
import { PendingOfUser } from './pending-of-user.js';
import { effectiveClaimStatus } from '../domain/claim-status.js';
import { GATE_WORD_MS, MovedClaims } from '../moves/moved-claims.js';

/**
 * Claims as their holders see them: what was promised when the claim was taken, what was edited since, and the state that time makes
 * of the stored one. A voucher that was archived is still theirs.
 */
@Injectable()
export class HolderClaims {
  private readonly logger = new Logger('Claims');
  /** By a view, which is the same object as long as it says the same; of the terms that were asked for last. */
  private readonly shown = new WeakMap<VoucherView, Shown>();

  constructor(
    private readonly statuses: ClaimStatusService,
    private readonly lists: ClaimLists,
    private readonly moved: MovedClaims,
    private readonly pending: PendingOfUser,
    private readonly vouchers: VoucherCatalogue,
    private readonly terms: VoucherTerms,
    private readonly claims: ClaimLookup,
    private readonly clock: Clock,
  ) {}

  /** @throws Problem not_found, gate_recovering */
  async get(userId: string, claimId: string): Promise<ClaimBody> {
    return this.dress(await this.currentOf(userId, claimId));
  }

  /** The same as JSON. A crowd asks for it, and what each claim shows of its voucher is made text once for all. @throws as `get` */
  async json(userId: string, claimId: string): Promise<string> {
    const claim = await this.currentOf(userId, claimId);
    return this.dressed(
      claim,
      JSON.stringify,
      (own, shown) => `${JSON.stringify(own).slice(0, -1)},${shown.json()}`,
    );
  }

  private async currentOf(userId: string, claimId: string): Promise<ClaimBody> {
    return this.current(await this.statuses.get(userId, claimId));
  }

  async list(userId: string, query: ClaimsQuery): Promise<ListBody<ClaimBody>> {
    // The gate first: what is issued in between is then found in the ledger.
    const wanted = query.status === undefined || query.status === 'pending';
    const page = await this.lists.ofUser(
      userId,
      query,
      wanted ? await this.pending.find(userId, query.voucher) : [],
    );
    return { ...page, data: [...(await all(page.data.map((claim) => this.dress(claim))))] };
  }

  /** The gate knows the issue of a claim and nothing after it: soon after that, its word is looked up in the ledger. */
  private current(claim: ClaimBody): MaybePromise<ClaimBody> {
    if (claim.status !== 'issued' || claim.changed_at !== undefined) return claim;
    const issuedAt = Date.parse(claim.issued_at ?? '');
    const fresh = this.clock.now() - issuedAt < GATE_WORD_MS;
    return fresh && !this.moved.hasMoved(claim.id) ? claim : this.fromLedger(claim);
  }

  private async fromLedger(claim: ClaimBody): Promise<ClaimBody> {
    try {
      const row = await this.claims.find(claim.id);
      return row ? claimBody(row) : claim;
    } catch (error) {
      // With the database away nothing moves, and what the gate says is the best that is known.
      this.logger.warn({ claim: claim.id, err: error }, 'the ledger does not say what became of the claim');
      return claim;
    }
  }

  /** The claim with what its holder was promised; as it is where that cannot be read now. */
  dress(claim: ClaimBody): MaybePromise<ClaimBody> {
    return this.dressed(
      claim,
      (bare) => bare,
      (own, { terms }) => ({ ...own, ...terms }),
    );
  }

  /** @param make of the claim and of what it shows of its voucher. @param bare of the claim alone, where that cannot be read now */
  private dressed<T>(
    claim: ClaimBody,
    bare: (claim: ClaimBody) => T,
    make: (own: ClaimBody, shown: Shown) => T,
  ): MaybePromise<T> {
    const dressed = chain(this.vouchers.find(claim.voucher_id), (voucher) => {
      if (!voucher) return bare(claim);
      const now = this.clock.now();
      const takenAt = claim.created_at === null ? now : Date.parse(claim.created_at);
      return chain(this.terms.inForce(voucher, takenAt), (promised) =>
        make(standing(claim, voucher, now), this.shownOf(voucher, promised)),
      );
    });
    if (!(dressed instanceof Promise)) return dressed;
    return dressed.catch((error: unknown) => {
      this.logger.warn({ claim: claim.id, err: error }, 'the terms of a claim could not be read');
      return bare(claim);
    });
  }

  private shownOf(voucher: VoucherView, promised: PromisedTerms): Shown {
    const known = this.shown.get(voucher);
    if (known && known.promised === promised) return known;
    const terms = shownTerms(voucher, promised);
    let json: string | undefined;
    const shown = { promised, terms, json: () => (json ??= JSON.stringify(terms).slice(1)) };
    this.shown.set(voucher, shown);
    return shown;
  }
}

/** What claims show of a voucher. */
interface Shown {
  readonly promised: PromisedTerms;
  readonly terms: ShownTerms;
  /** Of `terms`, without the bracket that opens it. */
  readonly json: () => string;
}

/** The claim in the state that time has made of the stored one. */
function standing(claim: ClaimBody, voucher: VoucherView, now: number): ClaimBody {
  const status = effectiveClaimStatus(claim.status, timesOf(claim, voucher.redeemUntil), now);
  const own: ClaimBody = { ...claim, status, code: status === 'issued' ? claim.code : null };
  if (status === 'held') own.confirm_by = voucher.confirmBy;
  own.changed_at = claim.changed_at ?? null;
  return own;
}

type ShownTerms = Pick<ClaimBody, 'redeem_from' | 'redeem_until' | 'terms' | 'merchant' | 'edits'>;

/** What a claim shows of its voucher, as it is and as it was promised. */
function shownTerms(voucher: VoucherView, promised: PromisedTerms): ShownTerms {
  const edits = {
    ...(promised.title === voucher.title ? {} : { title: voucher.title }),
    ...(promised.description === voucher.description ? {} : { description: voucher.description }),
    ...(promised.redeemFrom === voucher.redeemFrom ? {} : { redeem_from: rfc3339OrNull(voucher.redeemFrom) }),
    ...(promised.redeemUntil === voucher.redeemUntil
      ? {}
      : { redeem_until: rfc3339OrNull(voucher.redeemUntil) }),
  };
  return {
    redeem_from: rfc3339OrNull(voucher.redeemFrom),
    redeem_until: rfc3339OrNull(voucher.redeemUntil),
    terms: {
      title: promised.title,
      description: promised.description,
      face_value: faceValueBody(promised),
      redeem_from: rfc3339OrNull(promised.redeemFrom),
      redeem_until: rfc3339OrNull(promised.redeemUntil),
      time_zone: promised.timeZone,
      merchant_name: voucher.merchant?.name ?? null,
    },
    merchant: voucher.merchant && claimMerchantBody(voucher.merchant),
    edits: Object.keys(edits).length === 0 ? null : edits,
  };
}
