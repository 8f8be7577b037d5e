import { Injectable, Logger } from '@nestjs/common';
import { systemActor } from '../../database/audit-log.js';
import { Database } from '../../database/database.js';
import { Broadcast } from '../../broadcast/broadcast.js';
import { Clock } from '../../common/clock.js';
import { VoucherCatalogue } from '../../voucher/index.js';
import { CLAIMS_ENDED } from '../issue/claim-issuer.js';
import { ClaimMoves, type ClaimState } from '../moves/claim-moves.js';
import { GIVE_BACK_MAX } from '../gate/stock-gate.js';
import { UnitReturns } from '../returns/unit-returns.js';
import { ClaimHolds } from '../ledger/claim-holds.js';

/** A run ends after it, so that a process can stop; the next one goes on. */
const RUN_MS = 2_000;

/**
 * Gives the units of claims back that nobody confirmed in time (docs/adr/0054). Whether the time is over is judged under the claim's
 * lock, by the database's clock, as a confirmation is: of the two one wins.
 */
@Injectable()
export class HeldClaims {
  private readonly logger = new Logger('HeldClaims');

  constructor(
    private readonly db: Database,
    private readonly holds: ClaimHolds,
    private readonly moves: ClaimMoves,
    private readonly returns: UnitReturns,
    private readonly vouchers: VoucherCatalogue,
    private readonly broadcast: Broadcast,
    private readonly clock: Clock,
  ) {}

  /** The job. Safe when two run at once: a claim is released once. @throws the database's error, Problem gate_recovering */
  async run(): Promise<void> {
    const began = this.clock.monotonic();
    while (this.clock.monotonic() - began <= RUN_MS) {
      const due = await this.holds.due(GIVE_BACK_MAX);
      for (const [voucherId, claimIds] of byVoucher(due)) await this.release(voucherId, claimIds);
      if (due.length < GIVE_BACK_MAX) return;
    }
  }

  private async release(voucherId: string, claimIds: readonly string[]): Promise<void> {
    const voucher = await this.vouchers.find(voucherId);
    const by = systemActor(voucher?.merchantId ?? null);
    const released = await this.db.write(async (tx): Promise<ClaimState[]> => {
      await this.returns.begin(tx);
      const now = await this.db.readClock(tx);
      const only = ({ confirmUntil }: ClaimState): boolean => confirmUntil !== null && confirmUntil <= now;
      const outcomes = await this.moves.move(
        tx,
        'release',
        claimIds.map((claimId) => ({ claimId, by, only })),
        now,
      );
      // What is held no longer, or not there at all in a database that forgot, is not asked for again.
      const over = claimIds.filter((_, index) => {
        const outcome = outcomes[index];
        return outcome?.kind !== 'refused' || outcome.claim.status !== 'held';
      });
      await this.holds.remove(tx, over);
      const claims = outcomes.flatMap((outcome) => (outcome.kind === 'moved' ? [outcome.claim] : []));
      if (claims.length > 0) await this.returns.record(tx, { voucherId, cause: 'released', claims });
      return claims;
    });
    if (released.length === 0) return;
    this.logger.log({ voucher: voucherId, claims: released.length }, 'held claims released');
    await this.returns.finishSoon(voucherId);
    await this.broadcast.publish(CLAIMS_ENDED, JSON.stringify(released.map(({ id }) => id)));
  }
}

function byVoucher(
  due: readonly { readonly claimId: string; readonly voucherId: string }[],
): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { claimId, voucherId } of due) {
    const group = groups.get(voucherId);
    if (group) group.push(claimId);
    else groups.set(voucherId, [claimId]);
  }
  return groups;
}
