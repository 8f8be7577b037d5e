import { Injectable } from '@nestjs/common';
import { Customers, type Customer } from '../auth/index.js';
import { Batcher, effectiveClaimStatus } from '../claim/index.js';
import { Clock, rfc3339, rfc3339OrNull } from '../common/clock.js';
import { faceValueBody, VoucherTerms, type VoucherView } from '../voucher/index.js';
import type { PreviewBody, RedemptionBody } from './redemption.dto.js';
import type { Look, RedemptionView } from './redemption.service.js';

/** Answers whose people one statement looks up, as many as redemptions share a transaction. */
const BATCH_MAX = 200;
const WAITING_MAX = 10_000;
const CONCURRENCY = 4;

/** Redemptions as staff see them: whose claim it was, and what it was promised for. */
@Injectable()
export class RedemptionPresenter {
  /** What was redeemed in one transaction is answered in one turn: its people are looked up together. */
  private readonly people: Batcher<readonly string[], ReadonlyMap<string, Customer>>;

  constructor(
    private readonly customers: Customers,
    private readonly terms: VoucherTerms,
    clock: Clock,
  ) {
    this.people = new Batcher(
      { maxBatch: BATCH_MAX, maxWaiting: WAITING_MAX, concurrency: CONCURRENCY },
      async (_key, asked) => {
        const people = await this.customers.describe(asked.flat());
        return asked.map(() => people);
      },
      (work) => clock.soon(work),
    );
  }

  async one(view: RedemptionView): Promise<RedemptionBody> {
    const ids = [view.redemption.userId, view.redemption.byUser];
    // It is done: where too many wait for their answer, this one is looked up alone rather than refused.
    return this.body(view, await (this.people.add('', ids) ?? this.customers.describe(ids)));
  }

  async many(views: readonly RedemptionView[]): Promise<RedemptionBody[]> {
    const ids = views.flatMap(({ redemption }) => [redemption.userId, redemption.byUser]);
    const people = await this.customers.describe(ids);
    return Promise.all(views.map((view) => this.body(view, people)));
  }

  async preview({ claim, voucher, refusal, redemption }: Look): Promise<PreviewBody> {
    const people = await this.customers.describe([claim.userId]);
    const status = effectiveClaimStatus(
      claim.status,
      { redeemUntil: voucher.redeemUntil, confirmUntil: null },
      claim.now,
    );
    return {
      object: 'redemption_preview',
      redeemable: refusal === undefined,
      refusal: refusal?.code ?? null,
      claim_id: claim.id,
      claim_status: status as PreviewBody['claim_status'], // rejected ones are not looked at
      changed_at: rfc3339OrNull(claim.movedAt),
      redemption: redemption
        ? { id: redemption.id, redeemed_at: rfc3339(redemption.at), location: redemption.location }
        : null,
      voucher: await this.voucher(voucher, claim.createdAt),
      customer: customerBody(people.get(claim.userId)),
    };
  }

  private async body(
    { redemption, voucher }: RedemptionView,
    people: ReadonlyMap<string, Customer>,
  ): Promise<RedemptionBody> {
    const { rollbackWithinS } = voucher;
    const canRollBack = redemption.rolledBackAt === null && rollbackWithinS > 0;
    return {
      object: 'redemption',
      id: redemption.id,
      status: redemption.rolledBackAt === null ? 'redeemed' : 'rolled_back',
      claim_id: redemption.claimId,
      redeemed_at: rfc3339(redemption.at),
      location: redemption.location,
      cashier: { id: redemption.byUser, name: people.get(redemption.byUser)?.name ?? null },
      rollback_until: canRollBack ? rfc3339(redemption.at + rollbackWithinS * 1_000) : null,
      rolled_back_at: rfc3339OrNull(redemption.rolledBackAt),
      rollback_reason: redemption.reason,
      voucher: await this.voucher(voucher, redemption.claimedAt),
      customer: customerBody(people.get(redemption.userId)),
    };
  }

  private async voucher(voucher: VoucherView, claimedAt: number): Promise<RedemptionBody['voucher']> {
    const promised = await this.terms.inForce(voucher, claimedAt);
    return {
      id: voucher.id,
      title: promised.title,
      description: promised.description,
      face_value: faceValueBody(promised),
      time_zone: promised.timeZone,
      redeem_from: rfc3339OrNull(voucher.redeemFrom),
      redeem_until: rfc3339OrNull(voucher.redeemUntil),
    };
  }
}

const customerBody = (customer: Customer | undefined): RedemptionBody['customer'] =>
  customer === undefined ? null : { name: customer.name, contact: customer.contact };
