import { Injectable, Logger } from '@nestjs/common';
import type { MerchantActor } from '../auth/index.js';
import {
  Batcher,
  ClaimExpiry,
  ClaimMoves,
  MovedClaims,
  normalizeCode,
  type ClaimStatus,
} from '../claim/index.js';
import { auditActor, type AuditActor } from '../database/audit-log.js';
import { Database } from '../database/database.js';
import { failpoint } from '../common/failpoints.js';
import { Clock, rfc3339 } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { foldImportedCode } from '../common/imported-code.js';
import { all } from '../common/maybe-promise.js';
import { Problem } from '../common/problems.js';
import { VoucherCatalogue, type VoucherView } from '../voucher/index.js';
import {
  RedemptionStore,
  type FoundClaim,
  type Redemption,
  type RedemptionFilter,
  type RedemptionOfClaim,
  type Sought,
} from './redemption.store.js';
import { refusalOf, refusalProblem, windowRefusal, type Refusal } from './refusals.js';

/** Redemptions of one transaction: it holds their claims' rows until the commit. */
const BATCH_MAX = 200;
const WAITING_MAX = 10_000;
/** Transactions under way at a time. SQLite has one writer. */
const CONCURRENCY = 4;

/** Ended without ever having a code. */
const NEVER_ISSUED: ReadonlySet<ClaimStatus> = new Set(['rejected', 'released']);

/** What a cashier has in hand: one of the two. */
export interface Named {
  readonly code?: string | undefined;
  readonly claim_id?: string | undefined;
}

export interface RedemptionView {
  readonly redemption: RedemptionOfClaim;
  readonly voucher: VoucherView;
}

interface Asked {
  readonly named: Named;
  readonly actor: MerchantActor;
  readonly by: AuditActor;
  readonly location: string | null;
}

type Outcome =
  | { readonly kind: 'redeemed'; readonly view: RedemptionView }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'missing' };

interface Candidate {
  readonly index: number;
  readonly asked: Asked;
  readonly claim: FoundClaim;
  readonly voucher: VoucherView;
  readonly redemption: Redemption;
}

export interface Look {
  readonly claim: FoundClaim;
  readonly voucher: VoucherView;
  readonly refusal: Refusal | undefined;
  readonly redemption: Redemption | undefined;
}

/**
 * Redeems claims for the merchant that a cashier works for. Redemptions that arrive in one turn of the event loop share a
 * transaction (docs/adr/0042); of any number with one code, in it or beside it, one redeems. Needs the database alone.
 */
@Injectable()
export class Redemptions {
  private readonly logger = new Logger('Redemption');
  private readonly batcher: Batcher<Asked, Outcome>;

  constructor(
    private readonly db: Database,
    private readonly store: RedemptionStore,
    private readonly moves: ClaimMoves,
    private readonly moved: MovedClaims,
    private readonly expiry: ClaimExpiry,
    private readonly vouchers: VoucherCatalogue,
    clock: Clock,
  ) {
    const concurrency = db.dialect === 'sqlite' ? 1 : CONCURRENCY;
    this.batcher = new Batcher(
      { maxBatch: BATCH_MAX, maxWaiting: WAITING_MAX, concurrency },
      (_key, batch) => this.redeemAll(batch),
      (work) => clock.soon(work),
    );
  }

  /** @throws Problem not_found also for another merchant's claim; the refusals; overloaded */
  async redeem(actor: MerchantActor, named: Named, location: string | null): Promise<RedemptionView> {
    const by = auditActor(actor.userId, actor.merchantId);
    const outcome = await this.batcher.add('', { named, actor, by, location });
    switch (outcome?.kind) {
      case undefined:
        throw new Problem('overloaded');
      case 'missing':
        throw noSuchClaim();
      case 'refused':
        throw refusalProblem(outcome.refusal);
      case 'redeemed':
        return outcome.view;
    }
  }

  /** What `redeem` would say; changes nothing. @throws Problem not_found */
  async look(actor: MerchantActor, named: Named): Promise<Look> {
    const [claim] = await this.store.findClaims([sought(actor, named)]);
    const voucher = claim && (await this.ownVoucher(actor, claim));
    if (!claim || !voucher) throw noSuchClaim();
    const redemption = (await this.store.holding([claim.id])).get(claim.id);
    const code_ = refusalOf(claim.status, voucher, claim.now);
    const held = claim.status === 'held';
    const { movedAt } = claim;
    const refusal = code_ && { code: code_, claimId: claim.id, voucher, held, movedAt, redemption };
    return { claim, voucher, refusal, redemption };
  }

  /** @throws Problem not_found, already_rolled_back, rollback_too_late */
  async rollBack(actor: MerchantActor, id: string, reason: string): Promise<RedemptionView> {
    const redemption = await this.store.own(actor.merchantId, id);
    const voucher = redemption && (await this.vouchers.find(redemption.voucherId));
    if (!redemption || !voucher) throw new Problem('not_found', { detail: 'There is no such redemption' });
    const by = auditActor(actor.userId, actor.merchantId);
    const until = redemption.at + voucher.rollbackWithinS * 1_000;
    const at = await this.db.write(async (tx) => {
      const now = await this.db.readClock(tx);
      await this.expiry.again(tx, redemption.voucherId);
      // The claim's row first, as a redemption does: whoever holds it decides alone.
      await this.moves.lock(tx, [redemption.claimId]);
      const fresh = await this.store.rollBack(tx, id, { at: now, by: actor.userId, reason });
      if (!fresh) throw await this.rolledBackBefore(actor, id);
      if (now >= until) throw tooLate(until);
      const data = { redemption_id: id, reason };
      const [outcome] = await this.moves.move(
        tx,
        'roll_back',
        [{ claimId: redemption.claimId, by, data }],
        now,
      );
      if (outcome?.kind !== 'moved')
        throw new Error(`claim ${redemption.claimId} has a redemption and is not redeemed`);
      return now;
    });
    await this.moved.publish([redemption.claimId]);
    this.logger.log(
      { redemption: id, claim: redemption.claimId, userId: actor.userId },
      'redemption rolled back',
    );
    return {
      redemption: { ...redemption, rolledBackAt: at, rolledBackBy: actor.userId, reason },
      voucher,
    };
  }

  async list(filter: RedemptionFilter): Promise<{ views: RedemptionView[]; hasMore: boolean }> {
    const found = await this.store.page(filter);
    const rows = found.slice(0, filter.limit);
    if (filter.before !== undefined) rows.reverse();
    const vouchers = await this.findVouchers(rows.map(({ voucherId }) => voucherId));
    const views = rows.flatMap((redemption) => {
      const voucher = vouchers.get(redemption.voucherId);
      return voucher ? [{ redemption, voucher }] : [];
    });
    return { views, hasMore: found.length > filter.limit };
  }

  private async redeemAll(batch: readonly Asked[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = batch.map(() => ({ kind: 'missing' }));
    const candidates = await this.candidates(batch);
    if (candidates.length === 0) return outcomes;
    const at = Math.max(...candidates.map(({ claim }) => claim.now));
    const results = await this.db.write(async (tx) => {
      const results = await this.moves.move(tx, 'redeem', candidates.map(moveRequest), at);
      const done = candidates.filter((_, index) => results[index]?.kind === 'moved');
      await this.store.insert(
        tx,
        done.map(({ redemption }) => redemption),
      );
      return results;
    });
    failpoint('redemption.after-commit');
    const done = results.flatMap((result) => (result.kind === 'moved' ? [result.claim.id] : []));
    await this.moved.publish(done);
    const used = results.flatMap((result) =>
      result.kind === 'refused' && result.claim.status === 'redeemed' ? [result.claim.id] : [],
    );
    const holding = await this.store.holding([...new Set(used)]);
    candidates.forEach(({ index, redemption, claim, voucher }, position) => {
      const result = results[position];
      if (result?.kind === 'moved') {
        const view = { ...redemption, userId: claim.userId, claimedAt: claim.createdAt };
        outcomes[index] = { kind: 'redeemed', view: { redemption: view, voucher } };
      } else if (result?.kind === 'refused') {
        const { status, movedAt } = result.claim;
        const code = refusalOf(status, voucher, claim.now);
        if (code === undefined || NEVER_ISSUED.has(status)) return;
        const held = status === 'held';
        const refusal = {
          code,
          claimId: claim.id,
          voucher,
          held,
          movedAt,
          redemption: holding.get(claim.id),
        };
        outcomes[index] = { kind: 'refused', refusal };
      }
    });
    return outcomes;
  }

  /** Those of a batch that lead to a claim of the asking merchant. */
  private async candidates(batch: readonly Asked[]): Promise<Candidate[]> {
    const found = await this.store.findClaims(batch.map(({ actor, named }) => sought(actor, named)));
    const vouchers = await this.findVouchers(found.flatMap((claim) => (claim ? [claim.voucherId] : [])));
    return batch.flatMap((asked, index): Candidate[] => {
      const claim = found[index];
      const voucher = claim && vouchers.get(claim.voucherId);
      if (!claim || voucher?.merchantId !== asked.actor.merchantId) return [];
      const redemption = redemptionOf(asked, claim);
      return [{ index, asked, claim, voucher, redemption }];
    });
  }

  private async findVouchers(ids: readonly string[]): Promise<Map<string, VoucherView>> {
    const views = await all([...new Set(ids)].map((id) => this.vouchers.find(id)));
    return new Map(views.flatMap((view) => (view ? [[view.id, view] as const] : [])));
  }

  private async ownVoucher(actor: MerchantActor, claim: FoundClaim): Promise<VoucherView | undefined> {
    if (NEVER_ISSUED.has(claim.status)) return undefined;
    const voucher = await this.vouchers.find(claim.voucherId);
    return voucher?.merchantId === actor.merchantId ? voucher : undefined;
  }

  private async rolledBackBefore(actor: MerchantActor, id: string): Promise<Problem> {
    const redemption = await this.store.own(actor.merchantId, id);
    const at = redemption?.rolledBackAt ?? null;
    return new Problem('already_rolled_back', {
      extensions: {
        redemption: {
          id,
          rolled_back_at: at === null ? null : rfc3339(at),
          reason: redemption?.reason ?? null,
        },
      },
    });
  }
}

/** What to look for; nothing where the text is no code. */
function sought({ merchantId }: MerchantActor, { code, claim_id: id }: Named): Sought {
  if (id !== undefined || code === undefined) return { merchantId, id };
  return { merchantId, code: normalizeCode(code), folded: foldImportedCode(code) };
}

const redemptionOf = ({ actor, location }: Asked, claim: FoundClaim): Redemption => ({
  id: newId('rdm', claim.now),
  claimId: claim.id,
  voucherId: claim.voucherId,
  merchantId: actor.merchantId,
  byUser: actor.userId,
  location,
  at: claim.now,
  rolledBackAt: null,
  rolledBackBy: null,
  reason: null,
});

const moveRequest = ({ asked, claim, voucher, redemption }: Candidate) => ({
  claimId: claim.id,
  by: asked.by,
  data: {
    redemption_id: redemption.id,
    ...(redemption.location === null ? {} : { location: redemption.location }),
  },
  only: () => windowRefusal(voucher, claim.now) === undefined,
});

const noSuchClaim = (): Problem => new Problem('not_found', { detail: 'There is no claim with this code' });

const tooLate = (until: number): Problem =>
  new Problem('rollback_too_late', { extensions: { rollback_until: rfc3339(until) } });
