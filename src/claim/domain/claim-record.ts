import type { ClaimIds } from '../../common/ids.js';
import { SlotSet } from '../../redis/slots.js';

/** A claim on its way from the gate to the ledger: one record of the log, one row of the intake. */
export interface ClaimRecord {
  readonly v: 1;
  readonly id: string;
  readonly voucher_id: string;
  /** 1 to 64 characters. */
  readonly user_id: string;
  /** 1 to 1,048,575. */
  readonly ordinal: number;
  /** 0 to 2,147,483,647. */
  readonly epoch: number;
  /** 1 and above. */
  readonly sequence: number;
  /** The gate's clock when the unit was taken, ms since 1970. */
  readonly at: number;
  /** `<hash of the key>.<fingerprint>`, 64 characters at most. */
  readonly idempotency?: string;
  /** Text of the `SlotSet` that the epoch is of; absent where it is of all slots. */
  readonly slots?: string;
}

/** The epoch of a record, and the slots that it is of. */
export interface EpochInLog {
  readonly epoch: number;
  /** Text of a `SlotSet`; `undefined` for all slots. */
  readonly slots: string | undefined;
}

const CLAIM_ID = /^clm_[0-9a-z]{40}$/;
const VOUCHER_ID = /^vch_[0-9a-z]{16}$/;
const TEXT_MAX = 64;
const ORDINAL_MAX = 1_048_575;
const EPOCH_MAX = 2_147_483_647;

/** The record of a unit that the gate gave, the same whenever and by whomever it is made. */
export function claimRecord(
  ids: ClaimIds,
  { epoch, slots }: EpochInLog,
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
    ...(slots === undefined ? {} : { slots }),
  };
}

/** A record with where the log holds it; without, it comes from the intake. */
export interface LoggedClaim {
  readonly record: ClaimRecord;
  readonly position?: ClaimPosition;
}

interface ClaimPosition {
  readonly partition: number;
  readonly offset: bigint;
  /** What of the partition is consumed with this claim; absent where that is not kept account of. */
  readonly covers?: { readonly from: number; readonly next: number };
  /** A record of a newer epoch stands before it in the partition. */
  readonly overtaken?: boolean;
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

/**
 * Claims of one voucher that travel in one record of the log, without what they have in common. Of each: id, user id, ordinal, sequence,
 * time, and the idempotency key where there is one.
 */
interface ClaimPack {
  readonly v: 2;
  readonly voucher_id: string;
  readonly epoch: number;
  readonly slots?: string;
  readonly claims: readonly (readonly unknown[])[];
}

const FIELDS_MAX = 6;

/** Far below the megabyte that Kafka takes as one record. */
export const PACK_MAX = 2_000;

/**
 * The text of one record of the log.
 * @param claims of one voucher and epoch, 1 to `PACK_MAX`
 */
export function packClaims(claims: readonly [ClaimRecord, ...ClaimRecord[]]): string {
  const [{ voucher_id, epoch, slots }] = claims;
  const rows = claims.map(({ id, user_id, ordinal, sequence, at, idempotency }) =>
    idempotency === undefined
      ? [id, user_id, ordinal, sequence, at]
      : [id, user_id, ordinal, sequence, at, idempotency],
  );
  const of = slots === undefined ? { epoch } : { epoch, slots };
  return JSON.stringify({ v: 2, voucher_id, ...of, claims: rows } satisfies ClaimPack);
}

/** Reads what `packClaims` wrote, or a single claim as JSON. A claim that cannot be read spoils no other of its record. */
export function unpackClaims(
  text: string,
  source: string,
): { readonly claims: readonly ClaimRecord[]; readonly unreadable: readonly UnreadableClaim[] } {
  const parsed = parseJson(text);
  if (!isPack(parsed)) {
    const record = checked(parsed);
    return typeof record === 'string'
      ? { claims: [], unreadable: [{ source, payload: text, reason: record }] }
      : { claims: [record], unreadable: [] };
  }
  const claims: ClaimRecord[] = [];
  const unreadable: UnreadableClaim[] = [];
  const { voucher_id, epoch, slots } = parsed;
  for (const [index, row] of parsed.claims.entries()) {
    const [id, user_id, ordinal, sequence, at, idempotency] = row;
    const record = checked({
      v: 1,
      id,
      voucher_id,
      user_id,
      ordinal,
      epoch,
      sequence,
      at,
      idempotency,
      slots,
    });
    if (typeof record !== 'string') claims.push(record);
    else unreadable.push({ source: `${source}#${index}`, payload: JSON.stringify(row), reason: record });
  }
  return { claims, unreadable };
}

/** @returns the record, or the reason why the text is none */
export const parseRecord = (text: string): ClaimRecord | string => checked(parseJson(text));

/**
 * Looked at by hand: every claim passes here, and a library's schema took 1.6 µs for it, this 0.4.
 * @returns the claim alone, without what else the value may hold; or what is wrong
 */
function checked(value: unknown): ClaimRecord | string {
  if (value === undefined) return 'not JSON';
  if (typeof value !== 'object' || value === null) return 'not a claim';
  const fields = value as Partial<Record<keyof ClaimRecord, unknown>>;
  const { v, id, voucher_id, user_id, ordinal, epoch, sequence, at, idempotency, slots } = fields;
  if (v !== 1) return 'v is not 1';
  if (typeof id !== 'string' || !CLAIM_ID.test(id)) return 'id is none of a claim';
  if (typeof voucher_id !== 'string' || !VOUCHER_ID.test(voucher_id))
    return 'voucher_id is none of a voucher';
  if (typeof user_id !== 'string' || user_id === '' || user_id.length > TEXT_MAX)
    return `user_id is not 1 to ${TEXT_MAX} characters`;
  if (!isWithin(ordinal, 1, ORDINAL_MAX)) return `ordinal is not a number from 1 to ${ORDINAL_MAX}`;
  if (!isWithin(epoch, 0, EPOCH_MAX)) return `epoch is not a number from 0 to ${EPOCH_MAX}`;
  if (!isWithin(sequence, 1)) return 'sequence is not a number from 1';
  if (!isWithin(at, 0)) return 'at is not a time';
  if (slots !== undefined && !(typeof slots === 'string' && SlotSet.isText(slots)))
    return 'slots are no set of slots';
  const of = slots === undefined ? { epoch } : { epoch, slots };
  const record = { v, id, voucher_id, user_id, ordinal, ...of, sequence, at } as const;
  if (idempotency === undefined) return record;
  if (typeof idempotency !== 'string' || idempotency.length > TEXT_MAX)
    return `idempotency is not ${TEXT_MAX} characters at most`;
  return { ...record, idempotency };
}

const isWithin = (value: unknown, least: number, most = Number.MAX_SAFE_INTEGER): value is number =>
  Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;

function isPack(value: unknown): value is ClaimPack {
  if (typeof value !== 'object' || value === null) return false;
  const { v, voucher_id, epoch, claims } = value as Partial<Record<keyof ClaimPack, unknown>>;
  return (
    v === 2 &&
    typeof voucher_id === 'string' &&
    typeof epoch === 'number' &&
    Array.isArray(claims) &&
    claims.every((row) => Array.isArray(row) && row.length <= FIELDS_MAX)
  );
}

/** `undefined`, which no JSON text means, for what is none. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
