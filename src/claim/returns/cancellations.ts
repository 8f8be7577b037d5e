import { Injectable, Logger } from '@nestjs/common';
import { auditActor } from '../../database/audit-log.js';
import { Database } from '../../database/database.js';
import { Broadcast } from '../../broadcast/broadcast.js';
import { Clock, rfc3339 } from '../../common/clock.js';
import type { Actor } from '../../common/request-context.js';
import { ClaimIds } from '../../common/ids.js';
import { invalidField, Problem } from '../../common/problems.js';
import { VoucherGate, VoucherCatalogue, type VoucherView } from '../../voucher/index.js';
import { CLAIMS_ENDED } from '../issue/claim-issuer.js';
import { ClaimStatusService } from '../read/claim-status.service.js';
import type { ClaimBody } from '../read/claim.dto.js';
import { claimBody } from '../read/claim.presenter.js';
import { writtenClaim } from '../read/written-claim.js';
import { ClaimCodes } from '../ledger/claim-codes.js';
import { ClaimHolds, notReturned } from '../ledger/claim-holds.js';
import { ClaimMoves, type ClaimState, type MoveOutcome } from '../moves/claim-moves.js';
import { UnitReturns } from './unit-returns.js';

/** Cancels a claim for its holder, where the voucher allows it, or for its merchant, with a reason. */
@Injectable()
export class Cancellations {
  private readonly logger = new Logger('Cancellations');

  constructor(
    private readonly db: Database,
    private readonly moves: ClaimMoves,
    private readonly holds: ClaimHolds,
    private readonly returns: UnitReturns,
    private readonly vouchers: VoucherCatalogue,
    private readonly statuses: ClaimStatusService,
    private readonly gate: VoucherGate,
    private readonly ids: ClaimIds,
    private readonly clock: Clock,
    private readonly broadcast: Broadcast,
    private readonly codes: ClaimCodes,
  ) {}

  /**
   * The claim is cancelled once the database has it; its unit reaches the gate then or, should that be away, later by itself.
   * @throws Problem not_found also for claims of others; not_cancellable with what the claim is, validation_failed for a merchant
   *   without a reason, gate_recovering
   */
  async cancel(actor: Actor, claimId: string, reason: string | undefined): Promise<ClaimBody> {
    const ref = ClaimIds.parse(claimId);
    const voucher = ref && (await this.vouchers.find(ref.voucherId));
    if (!voucher) throw new Problem('not_found', { detail: 'There is no such claim' });
    const isHolder = this.ids.owns(actor.userId, claimId) !== undefined;
    if (isHolder) await this.requireAllowed(voucher);
    else requireMerchant(actor, voucher, reason);
    const by = auditActor(actor.userId, voucher.merchantId);
    const data = { by: isHolder ? 'holder' : 'merchant', ...(reason === undefined ? {} : { reason }) };

    const outcome = await this.db.write(async (tx): Promise<MoveOutcome> => {
      await this.returns.begin(tx);
      const at = await this.db.readClock(tx);
      const retirement = await this.codes.retirement(tx, voucher.id);
      const hasUnit = notReturned(at);
      const only = (claim: ClaimState): boolean => hasUnit(claim) && retirement.allows(claim);
      const [moved = { kind: 'missing' }] = await this.moves.move(
        tx,
        'cancel',
        [{ claimId, by, data, only, ...(reason === undefined ? {} : { cancelReason: reason }) }],
        at,
      );
      if (moved.kind !== 'moved') return moved;
      await retirement.write();
      if (moved.claim.confirmUntil !== null) await this.holds.remove(tx, [claimId]);
      await this.returns.record(tx, { voucherId: voucher.id, cause: 'cancelled', claims: [moved.claim] });
      return moved;
    });
    if (outcome.kind === 'refused') throw notCancellable(outcome.claim);
    if (outcome.kind === 'missing') throw await this.unwritten(actor, claimId, isHolder);
    this.logger.log({ claim: claimId, voucher: voucher.id, by: data.by }, 'claim cancelled');
    await this.returns.finishSoon(voucher.id);
    await this.broadcast.publish(CLAIMS_ENDED, JSON.stringify([claimId]));
    return this.body(claimId);
  }

  private async requireAllowed(voucher: VoucherView): Promise<void> {
    const until = voucher.cancellableUntil;
    if (until === null)
      throw new Problem('not_cancellable', {
        detail: 'Claims on this voucher cannot be cancelled by their holders',
      });
    // Judged by the gate's clock like the window; the gate's being away keeps nobody from cancelling.
    const now = await this.gate.now().catch(() => this.clock.now());
    if (now >= until) {
      throw new Problem('not_cancellable', {
        detail: `Its holders could cancel until ${rfc3339(until)}`,
        extensions: { cancellable_until: rfc3339(until) },
      });
    }
  }

  /** A claim that is no row: on its way still, or never taken. */
  private async unwritten(actor: Actor, claimId: string, isHolder: boolean): Promise<Problem> {
    if (!isHolder) return new Problem('not_found', { detail: 'There is no such claim' });
    const { status } = await this.statuses.get(actor.userId, claimId);
    return new Problem('not_cancellable', {
      detail:
        status === 'pending'
          ? 'The claim is not issued yet; ask again in a moment'
          : `The claim is ${status}`,
      extensions: { claim_status: status },
      ...(status === 'pending' ? { retryAfterS: 1 } : {}),
    });
  }

  private async body(claimId: string): Promise<ClaimBody> {
    return claimBody(await writtenClaim(this.db, claimId));
  }
}

function requireMerchant(actor: Actor, voucher: VoucherView, reason: string | undefined): void {
  const works = actor.role === 'merchant' && actor.merchantId === voucher.merchantId;
  if (!works) throw new Problem('not_found', { detail: 'There is no such claim' });
  if (actor.merchantRole === 'cashier') throw new Problem('forbidden');
  if (reason === undefined) {
    throw invalidField('/reason', 'required', 'A merchant must give the holder a reason');
  }
}

/** Whoever comes second hears what the first one did. */
function notCancellable({ status: stored, movedAt }: ClaimState): Problem {
  const status = stored === 'held' ? 'released' : stored; // its time to confirm is over
  if (status === 'issued')
    return new Problem('not_cancellable', {
      detail: 'Its code cannot be given to anyone else, and the voucher has no spare code',
      extensions: { claim_status: status },
    });
  return new Problem('not_cancellable', {
    detail: `The claim is ${status}${movedAt === null ? '' : ` since ${rfc3339(movedAt)}`}`,
    extensions: { claim_status: status, ...(movedAt === null ? {} : { since: rfc3339(movedAt) }) },
  });
}
