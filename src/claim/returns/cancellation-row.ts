/** A cancellation of many claims, as the database has it. */

/** Which claims: those named, or those in a part of the line at the gate. Times in ms since 1970. */
export type Selection =
  | { readonly ids: readonly string[] }
  | {
      readonly after: number;
      readonly to: number;
      readonly issuedFrom?: number | undefined;
      readonly issuedBefore?: number | undefined;
    };

export interface CancellationRow {
  readonly id: string;
  readonly voucherId: string;
  readonly merchantId: string;
  readonly byUser: string;
  readonly reason: string;
  readonly selection: Selection;
  readonly state: 'running' | 'done';
  readonly total: number;
  readonly cancelled: number;
  readonly refused: number;
  /** How far it has come: a number of ids, or `sequence/id` of the last claim; empty at the begin. */
  readonly position: string;
  readonly createdAt: number;
  readonly finishedAt: number | null;
}
