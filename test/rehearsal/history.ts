/** What the workload did and heard: the side of the truth that no server of ours can rewrite. */

/** One request and its answer. */
export interface Send {
  /** Which process was asked. */
  readonly to: number;
  /** ms of this process's monotonic clock. */
  readonly sentAt: number;
  readonly answeredAt: number;
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  /** Code of the problem, empty for a success. */
  readonly code: string;
  readonly claimId: string | undefined;
}

/** A shopper's intent for one unit: one `Idempotency-Key`, sent as often as it takes. */
export interface ClaimIntent {
  readonly userId: string;
  readonly key: string;
  readonly sends: readonly Send[];
}

export interface History {
  readonly voucherId: string;
  readonly perUserLimit: number;
  readonly total: number;
  readonly intents: readonly ClaimIntent[];
}

/** A row of the ledger. */
export interface LedgerClaim {
  readonly id: string;
  readonly userId: string;
  readonly ordinal: number;
  readonly epoch: number;
  readonly sequence: number;
  readonly status: string;
  readonly code: string | null;
}

export interface IssuedEvent {
  readonly id: string;
  readonly claimId: string;
}

/** What the servers hold at the end. */
export interface Books {
  readonly claims: readonly LedgerClaim[];
  /** The counter of the ledger. */
  readonly issued: number;
  /** `claim.issued`, as often as it was sent. */
  readonly events: readonly IssuedEvent[];
}

export const accepted = (send: Send): boolean => send.status === 202 && send.claimId !== undefined;
