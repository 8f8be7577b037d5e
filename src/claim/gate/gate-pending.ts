/** A claim that was taken and is not confirmed yet. */
export interface PendingEntry {
  readonly userId: string;
  readonly ordinal: number;
  readonly sequence: number;
  readonly at: number;
  readonly idempotency?: string;
}

export type PendingOfOne = Pick<PendingEntry, 'ordinal' | 'sequence' | 'at'>;

export interface PendingSize {
  readonly size: number;
  /** When the oldest was taken. */
  readonly oldestAt?: number;
}
