import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { ClaimIds } from '../../common/ids.js';
import { GateKeeper } from '../epoch/gate-keeper.js';
import { vouchersAtGate } from '../epoch/vouchers-at-gate.js';
import { StockGate } from '../gate/stock-gate.js';
import type { ClaimBody } from './claim.dto.js';
import { claimBody } from './claim.presenter.js';

/** The list of vouchers with pending claims is as old as this at most, and as 20 times what it took to make. */
const FRESH_MS = 50;
const COST_FACTOR = 20;
const STALE_MAX_MS = 1_000;
/** Vouchers that are asked for one user. */
const VOUCHERS_MAX = 500;

interface Listed {
  /** The newest epoch when it was made. */
  readonly epoch: number;
  readonly until: number;
  readonly ids: Promise<readonly string[]>;
}

/**
 * Claims of a user that the gate took and that are no rows yet, for the wallet. The gate has no index by user, and a claim pays for
 * none: the few vouchers that have pending claims at all are listed, shared by all who ask, and each is asked for the user.
 */
@Injectable()
export class PendingOfUser {
  private readonly logger = new Logger('Claims');
  private listed: Listed | undefined;

  constructor(
    private readonly gate: StockGate,
    private readonly keeper: GateKeeper,
    private readonly ids: ClaimIds,
    private readonly clock: Clock,
  ) {}

  /**
   * In no order; none while the gate is away or closed, which the wallet does not wait for.
   * @param only the voucher that they are wanted of; without it all
   */
  async find(userId: string, only?: string): Promise<ClaimBody[]> {
    if (!this.keeper.takesClaims) return [];
    try {
      const listed = await this.vouchers(this.keeper.known);
      const vouchers = listed.filter((id) => only === undefined || id === only).slice(0, VOUCHERS_MAX);
      const found = await Promise.all(
        vouchers.map(async (voucherId) => {
          const claims = await this.gate.pendingOf(this.keeper.epochOf(voucherId), voucherId, userId);
          return claims.map(({ ordinal, sequence, at }) =>
            claimBody({
              id: this.ids.id(voucherId, userId, ordinal),
              voucherId,
              userId,
              ordinal,
              status: 'pending',
              sequence,
              createdAt: at,
            }),
          );
        }),
      );
      return found.flat();
    } catch (error) {
      this.logger.debug({ err: error }, 'the gate does not tell what is pending');
      return [];
    }
  }

  private vouchers(epoch: number): Promise<readonly string[]> {
    const now = this.clock.monotonic();
    if (this.listed?.epoch === epoch && now < this.listed.until) return this.listed.ids;
    const ids = this.withPending();
    // While it is made all who ask share it; then it is good for as long as its price says.
    this.listed = { epoch, until: Infinity, ids };
    const age = (until: number): void => {
      if (this.listed?.ids === ids) this.listed = { epoch, until, ids };
    };
    ids.then(
      () => {
        const took = this.clock.monotonic() - now;
        const fresh = Math.min(STALE_MAX_MS, Math.max(FRESH_MS, COST_FACTOR * took));
        age(this.clock.monotonic() + fresh);
      },
      () => age(0),
    );
    return ids;
  }

  private async withPending(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const [epoch, ids] of await vouchersAtGate(this.gate, this.keeper)) {
      const sizes = await this.gate.pendingSizes(epoch, ids);
      found.push(...ids.filter((_id, index) => (sizes[index]?.size ?? 0) > 0));
    }
    return found;
  }
}
