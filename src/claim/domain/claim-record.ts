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
  readonly unreadable: readonly UnreadableClaim[];
}

export interface UnreadableClaim {
  readonly source: string;
  readonly payload: string;
  readonly reason: string;
}

/** Claims of one voucher that travel in one record of the log, without what they have in common. */
const packSchema = z.object({
  v: z.literal(2),
  voucher_id: z.string(),
  epoch: z.number(),
  /** id, user id, ordinal, sequence, time, and the idempotency key where there is one; each is looked at as `claimRecordSchema` says. */
  claims: z.array(z.array(z.unknown()).max(6)),
});

/** Far below the megabyte that Kafka takes as one record. */
export const PACK_MAX = 2_000;

/**
 * The text of one record of the log.
 * @param claims of one voucher and epoch, 1 to `PACK_MAX`
 */
export function packClaims(claims: readonly [ClaimRecord, ...ClaimRecord[]]): string {
  const [{ voucher_id, epoch }] = claims;
  const rows = claims.map(({ id, user_id, ordinal, sequence, at, idempotency }) =>
    idempotency === undefined
      ? [id, user_id, ordinal, sequence, at]
      : [id, user_id, ordinal, sequence, at, idempotency],
  );
  return JSON.stringify({ v: 2, voucher_id, epoch, claims: rows } satisfies z.input<typeof packSchema>);
}

/** Reads what `packClaims` wrote, or a single claim as JSON. A claim that cannot be read spoils no other of its record. */
export function unpackClaims(
  text: string,
  source: string,
): { readonly claims: readonly ClaimRecord[]; readonly unreadable: readonly UnreadableClaim[] } {
  const parsed = parseJson(text);
  const pack = packSchema.safeParse(parsed);
  if (!pack.success) {
    const record = checked(parsed);
    return typeof record === 'string'
      ? { claims: [], unreadable: [{ source, payload: text, reason: record }] }
      : { claims: [record], unreadable: [] };
  }
  const claims: ClaimRecord[] = [];
  const unreadable: UnreadableClaim[] = [];
  const { voucher_id, epoch } = pack.data;
  for (const [index, row] of pack.data.claims.entries()) {
    const [id, user_id, ordinal, sequence, at, idempotency] = row;
    const record = checked({ v: 1, id, voucher_id, user_id, ordinal, epoch, sequence, at, idempotency });
    if (typeof record !== 'string') claims.push(record);
    else unreadable.push({ source: `${source}#${index}`, payload: JSON.stringify(row), reason: record });
  }
  return { claims, unreadable };
}

/** @returns the record, or the reason why the text is none */
export const parseRecord = (text: string): ClaimRecord | string => checked(parseJson(text));

function checked(value: unknown): ClaimRecord | string {
  if (value === undefined) return 'not JSON';
  const parsed = claimRecordSchema.safeParse(value);
  return parsed.success ? parsed.data : (parsed.error.issues[0]?.message ?? 'not a claim');
}

/** `undefined`, which no JSON text means, for what is none. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
