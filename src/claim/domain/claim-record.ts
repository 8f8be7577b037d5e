import { z } from 'zod';
import type { ClaimIds } from '../../shared/ids.js';

const id = z.string().max(64);

/** A claim on its way from the gate to the ledger: one record of the log, one row of the intake. */
export const claimRecordSchema = z.object({
  v: z.literal(1),
  id: id.regex(/^clm_[0-9a-z]{40}$/),
  voucher_id: id.regex(/^vch_[0-9a-z]{16}$/),
  user_id: id.min(1),
  ordinal: z.int().min(1).max(1_048_575),
  epoch: z.int().min(0).max(2_147_483_647),
  sequence: z.int().min(1),
  /** The gate's clock when the unit was taken, ms since 1970. */
  at: z.int().min(0),
  /** `<hash of the key>.<fingerprint>` */
  idempotency: z.string().max(64).optional(),
});

export type ClaimRecord = z.infer<typeof claimRecordSchema>;

/** The record of a unit that the gate gave, the same whenever and by whomever it is made. */
export function claimRecord(
  ids: ClaimIds,
  epoch: number,
  voucherId: string,
  taken: Pick<ClaimRecord, 'ordinal' | 'sequence' | 'at'> & {
    readonly userId: string;
    readonly idempotency?: string | undefined;
  },
): ClaimRecord {
  const { userId, ordinal, sequence, at, idempotency } = taken;
  return {
    v: 1,
    id: ids.id(voucherId, userId, ordinal),
    voucher_id: voucherId,
    user_id: userId,
    ordinal,
    epoch,
    sequence,
    at,
    ...(idempotency ? { idempotency } : {}),
  };
}

/** A record with where the log holds it; without, it comes from the intake. */
export interface LoggedClaim {
  readonly record: ClaimRecord;
  readonly position?: { readonly partition: number; readonly offset: bigint };
}

/** What a transport read: claims, and what could not be understood. */
export interface ClaimBatch {
  readonly claims: readonly LoggedClaim[];
  readonly unreadable: readonly {
    readonly source: string;
    readonly payload: string;
    readonly reason: string;
  }[];
}

/** @returns the record, or the reason why the text is none */
export function parseRecord(text: string): ClaimRecord | string {
  try {
    const parsed = claimRecordSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : (parsed.error.issues[0]?.message ?? 'not a claim');
  } catch {
    return 'not JSON';
  }
}
