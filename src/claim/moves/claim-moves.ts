import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog, type AuditActor, type AuditEntry } from '../../database/audit-log.js';
import { Database } from '../../database/database.js';
import { insertPacks } from '../../database/outbox.js';
import { CLAIM_MOVES, type ClaimMove, type ClaimStatus, type MoveKind } from '../domain/claim-move.js';
import { packEvents, PACK_EVENTS } from '../domain/event-pack.js';
import { moveClaims } from '../ledger/rows/change-claims.js';
import { ClaimColumns, type ClaimRow } from '../ledger/rows/claim-columns.js';
import { archivedById, lockClaims } from '../ledger/rows/claims-by-id.js';
import { moveInStatusIndex } from '../ledger/status-index.js';

/** Claims that one call moves at most; more are several transactions. */
export const MOVES_MAX = 1_000;

const STATE = new ClaimColumns(
  'id',
  'voucherId',
  'userId',
  'ordinal',
  'sequence',
  'createdAt',
  'status',
  'confirmUntil',
  'movedAt',
  'movedBy',
  'moves',
  'tie',
);

export interface MoveRequest {
  readonly claimId: string;
  readonly by: AuditActor;
  /** What the event and the audit entry say besides: plain JSON, below a kilobyte. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** Of a cancellation: kept with the claim, for its holder. */
  readonly cancelReason?: string;
  /** Asked of the claim under its lock, before it moves; `false` refuses. */
  readonly only?: (claim: ClaimState) => boolean;
}

/** A claim as the ledger has it at this moment. */
export type ClaimState = Pick<
  ClaimRow,
  | 'id'
  | 'voucherId'
  | 'userId'
  | 'ordinal'
  | 'sequence'
  | 'createdAt'
  | 'status'
  | 'confirmUntil'
  | 'movedAt'
  | 'movedBy'
  | 'moves'
  | 'tie'
>;

export type MoveOutcome =
  | { readonly kind: 'moved'; readonly claim: ClaimState }
  /** Somebody came first, or a condition does not hold: the claim as it is. */
  | { readonly kind: 'refused'; readonly claim: ClaimState }
  | { readonly kind: 'missing' };

interface Moved {
  readonly request: MoveRequest;
  readonly claim: ClaimState;
}

/**
 * The only place where a claim's status changes after it is a row. A move is one compare-and-set, its event in the outbox and its
 * entry in the audit log, in the caller's transaction; whoever comes second is told what the first one did.
 *
 *     held -> issued (confirmed)                      held -> released
 *     issued -> redeemed -> issued (rolled back)      issued -> expired -> issued (the voucher was extended)
 *     issued, held -> cancelled
 */
@Injectable()
export class ClaimMoves {
  constructor(
    private readonly db: Database,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Makes one move of up to `MOVES_MAX` claims. A claim that is named twice moves once. Requests that share one `by` object share
   * audit entries, one for each voucher and up to `PACK_EVENTS` claims; others have an entry each.
   * @param at when, ms since 1970
   * @returns an outcome for each request, in their order
   * @throws the driver's error; then the transaction must not be committed
   */
  async move(
    tx: EntityManager,
    move: ClaimMove,
    requests: readonly MoveRequest[],
    at: number,
  ): Promise<MoveOutcome[]> {
    if (requests.length > MOVES_MAX) throw new RangeError(`${requests.length} claims are too many to move`);
    const { from, to } = CLAIM_MOVES[move];
    const states = await this.lock(
      tx,
      requests.map(({ claimId }) => claimId),
    );
    const archived = await this.archived(
      tx,
      requests.flatMap(({ claimId }) => (states.has(claimId) ? [] : [claimId])),
      at,
    );
    const moved: Moved[] = [];
    const before = new Map<string, ClaimStatus>();
    const outcomes = requests.map((request): MoveOutcome => {
      const claim = states.get(request.claimId);
      if (!claim) {
        const over = archived.get(request.claimId);
        return over ? { kind: 'refused', claim: over } : { kind: 'missing' };
      }
      const allowed = (from as readonly ClaimStatus[]).includes(claim.status);
      if (!allowed || request.only?.(claim) === false) return { kind: 'refused', claim };
      const next = { ...claim, status: to, movedAt: at, movedBy: request.by.id, moves: claim.moves + 1 };
      before.set(claim.id, claim.status);
      states.set(claim.id, next);
      moved.push({ request, claim: next });
      return { kind: 'moved', claim: next };
    });
    if (moved.length === 0) return outcomes;
    for (const status of new Set(before.values())) {
      await this.update(
        tx,
        { from: status, to, at },
        moved.filter(({ claim }) => before.get(claim.id) === status),
      );
    }
    await this.insertEvents(tx, move, moved, at);
    await this.audit.record(tx, at, entriesOf(move, moved));
    return outcomes;
  }

  /** Reads claims and holds their rows, in the order of their ids, so that two callers with the same claims cannot wait for each other. */
  async lock(tx: EntityManager, claimIds: readonly string[]): Promise<Map<string, ClaimState>> {
    return byId(await lockClaims(this.db, tx, STATE, claimIds));
  }

  /** Nothing moves a claim of the archive: what it is, is what whoever asks is told. Asked once the rows of `claims` were looked for. */
  private async archived(
    tx: EntityManager,
    claimIds: readonly string[],
    now: number,
  ): Promise<Map<string, ClaimState>> {
    return byId(await archivedById(tx, STATE, [...new Set(claimIds)], now));
  }

  private async update(
    tx: EntityManager,
    { from, to, at }: { readonly from: ClaimStatus; readonly to: ClaimStatus; readonly at: number },
    moved: readonly Moved[],
  ): Promise<void> {
    const claims = moved.map(({ request: { cancelReason }, claim }) => ({ ...claim, cancelReason }));
    await moveClaims(tx, { from, to, at }, claims);
    await moveInStatusIndex(
      tx,
      from,
      moved.map(({ claim }) => claim),
    );
  }

  private async insertEvents(
    tx: EntityManager,
    move: ClaimMove,
    moved: readonly Moved[],
    at: number,
  ): Promise<void> {
    const { event, issues } = CLAIM_MOVES[move] as MoveKind;
    const claims = moved.map(({ request: { data }, claim }) => ({
      id: claim.id,
      voucher_id: claim.voucherId,
      user_id: claim.userId,
      ordinal: claim.ordinal,
      sequence: claim.sequence,
      ...(issues ? {} : { move: claim.moves }),
      ...(data === undefined ? {} : { data }),
    }));
    await insertPacks(tx, packEvents(event, claims, at));
  }
}

/** One for each claim; where one actor moved many claims of a voucher, one for up to `PACK_EVENTS` of them. */
function entriesOf(move: ClaimMove, moved: readonly Moved[]): AuditEntry[] {
  const action = `claim.${move}`;
  const groups = new Map<AuditActor, Map<string, Moved[]>>();
  for (const one of moved) {
    const vouchers = groups.get(one.request.by) ?? new Map<string, Moved[]>();
    groups.set(one.request.by, vouchers);
    const group = vouchers.get(one.claim.voucherId) ?? [];
    vouchers.set(one.claim.voucherId, group);
    group.push(one);
  }
  const entries: AuditEntry[] = [];
  for (const [actor, vouchers] of groups) {
    for (const [voucherId, group] of vouchers) {
      for (let from = 0; from < group.length; from += PACK_EVENTS) {
        const pack = group.slice(from, from + PACK_EVENTS);
        const [first] = pack;
        if (!first) continue;
        const { data } = first.request;
        if (pack.length === 1) {
          const objectId = first.claim.id;
          const details = { voucher_id: voucherId, ...data };
          entries.push({ actor, action, objectType: 'claim', objectId, details });
        } else {
          const details = { ...data, claim_ids: pack.map(({ claim }) => claim.id) };
          entries.push({
            actor,
            action,
            objectType: 'voucher',
            objectId: voucherId,
            objects: pack.length,
            details,
          });
        }
      }
    }
  }
  return entries;
}

const byId = (states: readonly ClaimState[]): Map<string, ClaimState> =>
  new Map(states.map((state) => [state.id, state]));
