import { Injectable } from '@nestjs/common';
import { Observable } from 'rxjs';
import { Database } from '../../database/database.js';
import { Broadcast } from '../../broadcast/broadcast.js';
import { Clock } from '../../common/clock.js';
import { ClaimIds, type ClaimRef } from '../../common/ids.js';
import { Problem } from '../../common/problems.js';
import { VoucherCatalogue } from '../../voucher/index.js';
import { CLAIMS_ENDED } from '../issue/claim-issuer.js';
import type { ClaimBody } from './claim.dto.js';
import { ClaimLookup } from './claim-lookup.js';
import { claimBody } from './claim.presenter.js';
import { parkedClaim } from '../ledger/parked-claims.js';
import { GateKeeper } from '../epoch/gate-keeper.js';
import { GateUnreachableError } from '../gate/gate-errors.js';
import { StockGate, UNKNOWN_VOUCHER } from '../gate/stock-gate.js';

/** A lost broadcast costs a watcher at most this long. */
const WATCH_POLL_MS = 2_000;
/** A stream that waited this long ends; browsers connect again by themselves. */
const WATCH_MAX_MS = 120_000;
const MAX_WATCHERS = 50_000;
/** Below the least of RETENTION_GATE_STATE_HOURS: so soon after the end no gate has put a voucher away, however the others are set. */
const SURELY_KEPT_MS = 1_800_000;

const UNREACHABLE = 'unreachable';
/** Why the gate shows no claim: it knows none, it does not know the voucher, or it did not answer. */
type NotHeld = undefined | typeof UNKNOWN_VOUCHER | typeof UNREACHABLE;

/** What became of a claim: from the gate while it is hot, else from the ledger. */
@Injectable()
export class ClaimStatusService {
  private readonly watchers = new Map<string, Set<() => void>>();
  private watching = 0;

  constructor(
    private readonly gate: StockGate,
    private readonly keeper: GateKeeper,
    private readonly db: Database,
    private readonly claims: ClaimLookup,
    private readonly vouchers: VoucherCatalogue,
    private readonly ids: ClaimIds,
    private readonly clock: Clock,
    broadcast: Broadcast,
  ) {
    broadcast.subscribe(CLAIMS_ENDED, (message) => this.wake(JSON.parse(message) as string[]));
  }

  /** @throws Problem not_found also for claims of others: an id proves by itself whose it is */
  async get(userId: string, claimId: string): Promise<ClaimBody> {
    const ref = this.ids.owns(userId, claimId);
    if (!ref) throw new Problem('not_found', { detail: 'There is no such claim' });
    // A claim that has a row keeps one: who looks again needs no gate.
    const row = this.claims.hasFound(claimId) ? await this.claims.find(claimId) : undefined;
    if (row) return claimBody(row);
    // The epoch that is asked: by the time of an answer a newer one may have opened, which lost nothing.
    const { voucherId } = ref;
    const asked = { epoch: this.keeper.epochOf(voucherId), isWhole: this.keeper.isOpenFor(voucherId) };
    const held = await this.fromGate(asked.epoch, userId, claimId, ref);
    return typeof held === 'object' ? held : this.fromLedger(asked, userId, claimId, ref, held);
  }

  /** @throws Problem overloaded where as many watch as may */
  requireRoom(): void {
    if (this.watching >= MAX_WATCHERS) throw new Problem('overloaded');
  }

  /** The claim now, and again with every change, until it has reached an end. `requireRoom` comes before it. */
  watch(userId: string, claimId: string): Observable<ClaimBody> {
    return new Observable<ClaimBody>((subscriber) => {
      this.watching += 1;
      let shown: string | undefined;
      const look = (): void => {
        this.get(userId, claimId).then(
          (claim) => {
            if (claim.status !== shown) subscriber.next(claim);
            shown = claim.status;
            if (claim.status !== 'pending') subscriber.complete();
          },
          () => undefined, // a gate that is away now answers at the next look
        );
      };
      const wakers = this.watchers.get(claimId) ?? new Set();
      this.watchers.set(claimId, wakers.add(look));
      const poll = setInterval(look, WATCH_POLL_MS);
      const limit = setTimeout(() => subscriber.complete(), WATCH_MAX_MS);
      look();
      return () => {
        clearInterval(poll);
        clearTimeout(limit);
        this.watching -= 1;
        wakers.delete(look);
        if (wakers.size === 0) this.watchers.delete(claimId);
      };
    });
  }

  private async fromGate(
    epoch: number,
    userId: string,
    id: string,
    ref: ClaimRef,
  ): Promise<ClaimBody | NotHeld> {
    const held = await this.gate
      .status(epoch, ref.voucherId, userId, ref.ordinal)
      .catch((error: unknown): typeof UNREACHABLE => {
        if (error instanceof GateUnreachableError) return UNREACHABLE;
        throw error;
      });
    if (held === undefined || held === UNREACHABLE || held === UNKNOWN_VOUCHER) return held;
    if (held.status === 'given-back' || held.status === 'held') return undefined; // what became of it, the ledger knows
    const isIssued = held.status === 'issued';
    // Which code it got, where it is not made of the id, the ledger knows.
    if (isIssued && ((await this.vouchers.find(ref.voucherId))?.codeSource ?? 'generated') !== 'generated')
      return undefined;
    return claimBody({
      ...ref,
      id,
      userId,
      status: held.status,
      sequence: held.sequence,
      code: isIssued ? this.ids.code(id) : null,
      rejectReason: held.reason,
      createdAt: held.at,
      issuedAt: isIssued ? held.endedAt : null,
    });
  }

  private async fromLedger(
    { epoch, isWhole }: { readonly epoch: number; readonly isWhole: boolean },
    userId: string,
    id: string,
    ref: ClaimRef,
    held: NotHeld,
  ): Promise<ClaimBody> {
    const row = await this.claims.find(id);
    if (row) return claimBody(row);
    // The id proves that the gate once took this claim. Unless an open gate that knows the voucher says that it is not
    // pending, it may still be on its way. A gate that was not open as a whole may still have had to load it.
    if (
      !isWhole ||
      !this.keeper.isOpenFor(ref.voucherId) ||
      held === UNREACHABLE ||
      (held === UNKNOWN_VOUCHER && (await this.expected(epoch, ref)))
    ) {
      throw new Problem('gate_recovering', { detail: 'The claim is being looked up; try again' });
    }
    // What does not know the claim may be an older state of the gate, which nobody has asked for a claim yet.
    await this.requireHeld(epoch, ref.voucherId);
    const waiting = await parkedClaim(this.db.read, id);
    const claim = { ...ref, id, userId };
    // Set aside, of a voucher that the gate has put away.
    if (waiting)
      return claimBody({
        ...claim,
        status: 'pending',
        sequence: waiting.sequence,
        createdAt: waiting.at,
      });
    return claimBody({
      ...claim,
      status: 'rejected',
      sequence: null,
      rejectReason: 'gate_recovered',
      createdAt: null,
    });
  }

  /** "Rejected" is final: only a gate that has forgotten nothing may say so. */
  protected async requireHeld(epoch: number, voucherId: string): Promise<void> {
    const loss = await this.gate.lossOf(epoch).catch((error: unknown): typeof UNREACHABLE => {
      if (error instanceof GateUnreachableError) return UNREACHABLE;
      throw error;
    });
    const isHeld = loss === undefined || (loss !== UNREACHABLE && !this.keeper.lostPart(epoch, loss));
    // Its slot may be of another epoch since, while others go on in this one.
    if (isHeld && this.keeper.epochOf(voucherId) === epoch) return;
    throw new Problem('gate_recovering', { detail: 'The claim is being looked up; try again' });
  }

  /** Whether the gate must know the voucher; a gate that does not has lost it. */
  private async expected(epoch: number, { voucherId }: ClaimRef): Promise<boolean> {
    const voucher = await this.vouchers.find(voucherId);
    if (!voucher || voucher.status === 'draft' || voucher.status === 'archived') return false;
    if (voucher.status === 'ended') return voucher.updatedAt > this.clock.now() - SURELY_KEPT_MS;
    this.keeper.missing(voucherId, epoch);
    return true;
  }

  private wake(claimIds: readonly string[]): void {
    if (this.watchers.size === 0) return;
    for (const id of claimIds) for (const look of this.watchers.get(id) ?? []) look();
  }
}
