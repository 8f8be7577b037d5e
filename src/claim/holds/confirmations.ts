import { Injectable, Logger } from '@nestjs/common';
import { auditActor } from '../../database/audit-log.js';
import { Database } from '../../database/database.js';
import { Broadcast } from '../../broadcast/broadcast.js';
import { failpoint } from '../../common/failpoints.js';
import { rfc3339 } from '../../common/clock.js';
import type { Actor } from '../../common/request-context.js';
import { ClaimIds } from '../../common/ids.js';
import { Problem } from '../../common/problems.js';
import { VoucherCatalogue, type VoucherView } from '../../voucher/index.js';
import { CLAIMS_ENDED } from '../issue/claim-issuer.js';
import { ClaimStatusService } from '../read/claim-status.service.js';
import type { ClaimBody } from '../read/claim.dto.js';
import { writtenClaim } from '../read/written-claim.js';
import { claimBody } from '../read/claim.presenter.js';
import { ClaimMoves, type ClaimState, type MoveOutcome } from '../moves/claim-moves.js';
import { ClaimCodes } from '../ledger/claim-codes.js';
import { ClaimHolds } from '../ledger/claim-holds.js';
import { giveCode } from '../ledger/rows/change-claims.js';

/** Confirms a held claim, for its holder or for the merchant's staff, as the voucher says (docs/adr/0054). */
@Injectable()
export class Confirmations {
  private readonly logger = new Logger('Confirmations');

  constructor(
    private readonly db: Database,
    private readonly moves: ClaimMoves,
    private readonly holds: ClaimHolds,
    private readonly vouchers: VoucherCatalogue,
    private readonly statuses: ClaimStatusService,
    private readonly ids: ClaimIds,
    private readonly broadcast: Broadcast,
    private readonly codes: ClaimCodes,
  ) {}

  /**
   * Needs the database alone: the unit is the claim's already, and nothing changes at the gate.
   * @throws Problem not_found also for claims of others; forbidden for the party that does not confirm; confirm_expired,
   *   not_confirmable with what the claim is
   */
  async confirm(actor: Actor, claimId: string): Promise<ClaimBody> {
    const ref = ClaimIds.parse(claimId);
    const voucher = ref && (await this.vouchers.find(ref.voucherId));
    if (!voucher) throw noSuchClaim();
    const isHolder = this.ids.owns(actor.userId, claimId) !== undefined;
    requireParty(actor, voucher, isHolder);
    const by = auditActor(actor.userId, voucher.merchantId);
    const data = { by: voucher.confirmBy === 'user' ? 'holder' : 'merchant' };

    const outcome = await this.db.write(async (tx): Promise<MoveOutcome> => {
      const now = await this.db.readClock(tx);
      const only = ({ confirmUntil }: ClaimState): boolean => confirmUntil !== null && confirmUntil > now;
      const [moved = { kind: 'missing' }] = await this.moves.move(
        tx,
        'confirm',
        [{ claimId, by, data, only }],
        now,
      );
      if (moved.kind !== 'moved') return moved;
      const codeOf = await this.codes.give(tx, [{ ...moved.claim, voucher_id: voucher.id }]);
      if (!codeOf) throw new Error(`voucher ${voucher.id} has fewer codes than units`);
      await giveCode(tx, moved.claim, { code: codeOf(claimId), issuedAt: now });
      await this.holds.remove(tx, [claimId]);
      return moved;
    });
    failpoint('confirm.after-commit');
    if (outcome.kind === 'refused') throw refusalOf(outcome.claim);
    if (outcome.kind === 'missing') throw await this.unwritten(actor, claimId, isHolder);
    this.logger.log({ claim: claimId, voucher: voucher.id, by: data.by }, 'claim confirmed');
    await this.broadcast.publish(CLAIMS_ENDED, JSON.stringify([claimId]));
    const row = await writtenClaim(this.db, claimId);
    return claimBody(isHolder ? row : { ...row, code: null });
  }

  /** A claim that is no row: on its way still, or never taken. */
  private async unwritten(actor: Actor, claimId: string, isHolder: boolean): Promise<Problem> {
    if (!isHolder) return noSuchClaim();
    const { status } = await this.statuses.get(actor.userId, claimId);
    return new Problem('not_confirmable', {
      detail:
        status === 'pending' ? 'The claim is not held yet; ask again in a moment' : `The claim is ${status}`,
      extensions: { claim_status: status },
      ...(status === 'pending' ? { retryAfterS: 1 } : {}),
    });
  }
}

const noSuchClaim = (): Problem => new Problem('not_found', { detail: 'There is no such claim' });

function requireParty(actor: Actor, voucher: VoucherView, isHolder: boolean): void {
  const works = actor.role === 'merchant' && actor.merchantId === voucher.merchantId;
  if (!isHolder && !works) throw noSuchClaim();
  if (voucher.confirmWithinS === null)
    throw new Problem('not_confirmable', { detail: 'Claims on this voucher need no confirmation' });
  if (voucher.confirmBy === 'user' ? !isHolder : !works) {
    const who = voucher.confirmBy === 'user' ? 'their holders' : 'the merchant';
    throw new Problem('forbidden', { detail: `Claims on this voucher are confirmed by ${who}` });
  }
}

/** Whoever comes second hears what the first one did. */
function refusalOf({ status, movedAt, confirmUntil }: ClaimState): Problem {
  const until = confirmUntil === null ? {} : { confirm_until: rfc3339(confirmUntil) };
  if (status === 'held' || status === 'released')
    return new Problem('confirm_expired', {
      detail: `It could be confirmed until ${until.confirm_until ?? 'an unknown time'}`,
      extensions: { claim_status: 'released', ...until },
    });
  return new Problem('not_confirmable', {
    detail: `The claim is ${status}${movedAt === null ? '' : ` since ${rfc3339(movedAt)}`}`,
    extensions: { claim_status: status, ...(movedAt === null ? {} : { since: rfc3339(movedAt) }) },
  });
}
