import type { DataSource, EntityManager } from 'typeorm';
import { numberOrNull } from '../../../database/database.js';
import { base32Value, ClaimIds, isId } from '../../../common/ids.js';
import { inMode } from '../../../common/mode.js';

/**
 * Which claims are packed (docs/adr/0113): those on vouchers that were made since a moment that the database names, once and for all. The
 * voucher's id says when it was made, so each claim has one table to be in, and whoever has its id, or its voucher's, knows which.
 */
const packedSince = new WeakMap<DataSource, number | undefined>();

/**
 * What the database was read to say. It does not change any more once it says something.
 * @param column `claims_packed_from` of the epoch's row
 * @returns ms since 1970; `undefined` where none are packed
 */
export function learnLayout(
  connections: readonly DataSource[],
  column: number | string | null | undefined,
): number | undefined {
  const from = numberOrNull(column ?? null) ?? undefined;
  for (const connection of connections) packedSince.set(connection, from);
  return from;
}

export type PackedShare = 'none' | 'some' | 'all';

/** How many of the claims are packed, as far as it is known without a look: where it is all, no other table has any. */
export function packedShare(db: EntityManager): PackedShare {
  const packedFrom = packedSince.get(db.connection);
  if (packedFrom === undefined) return 'none';
  return packedFrom === 0 ? 'all' : 'some';
}

/** Whether the claims on a voucher are packed. */
export function isPacked(db: EntityManager, voucherId: string): boolean {
  const packedFrom = packedSince.get(db.connection);
  if (packedFrom === undefined || !isId('vch', voucherId)) return false;
  if (packedFrom === 0) return true;
  return (base32Value(inMode(voucherId, 'live').slice(4, 14)) ?? 0) >= packedFrom;
}

interface ByLayout<T> {
  readonly text: readonly T[];
  readonly packed: readonly T[];
}

/** What concerns claims, as those are stored. @param voucherOf `undefined`: no voucher that could be packed */
export function byLayout<T>(
  db: EntityManager,
  items: readonly T[],
  voucherOf: (item: T) => string | undefined,
): ByLayout<T> {
  if (packedShare(db) === 'none') return { text: items, packed: [] };
  const text: T[] = [];
  const packed: T[] = [];
  for (const item of items) {
    const voucherId = voucherOf(item);
    if (voucherId !== undefined && isPacked(db, voucherId)) packed.push(item);
    else text.push(item);
  }
  return { text, packed };
}

/** Of a claim's id. */
export const voucherOfClaim = (claimId: string): string | undefined => ClaimIds.parse(claimId)?.voucherId;
