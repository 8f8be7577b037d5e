import type { DataSource, EntityManager } from 'typeorm';
import { base32Value, ClaimIds, isId } from '../../../common/ids.js';
import { inMode } from '../../../common/mode.js';

/**
 * Which claims are packed (docs/adr/0113): those on vouchers that were made since a moment that the database names, once and for all. The
 * voucher's id says when it was made, so each claim has one table to be in, and whoever has its id, or its voucher's, knows which.
 */
interface Layout {
  /** ms since 1970; `undefined` where none are packed. */
  readonly packedFrom: number | undefined;
}

const NONE: Layout = { packedFrom: undefined };
const layouts = new WeakMap<DataSource, Layout>();

const layoutOf = ({ connection }: Pick<EntityManager, 'connection'>): Layout =>
  layouts.get(connection) ?? NONE;

/** What the database was read to say. It does not change any more once it says something. */
export function learnLayout(connections: readonly DataSource[], packedFrom: number | undefined): void {
  for (const connection of connections) {
    if (layouts.get(connection)?.packedFrom !== packedFrom || !layouts.has(connection))
      layouts.set(connection, { packedFrom });
  }
}

export type PackedShare = 'none' | 'some' | 'all';

/** How many of the claims are packed, as far as it is known without a look: where it is all, no other table has any. */
export function packedShare(db: EntityManager): PackedShare {
  const { packedFrom } = layoutOf(db);
  if (packedFrom === undefined) return 'none';
  return packedFrom === 0 ? 'all' : 'some';
}

/** Whether the claims on a voucher are packed. */
export function isPacked(db: EntityManager, voucherId: string): boolean {
  const { packedFrom } = layoutOf(db);
  if (packedFrom === undefined || !isId('vch', voucherId)) return false;
  if (packedFrom === 0) return true;
  return (base32Value(inMode(voucherId, 'live').slice(4, 14)) ?? 0) >= packedFrom;
}

/** Claims, by their ids, as they are stored. */
export function byLayout(
  db: EntityManager,
  claimIds: readonly string[],
): { readonly text: readonly string[]; readonly packed: readonly string[] } {
  const share = packedShare(db);
  if (share === 'none') return { text: claimIds, packed: [] };
  const text: string[] = [];
  const packed: string[] = [];
  for (const id of claimIds) {
    const ref = ClaimIds.parse(id);
    if (ref && isPacked(db, ref.voucherId)) packed.push(id);
    else text.push(id);
  }
  return { text, packed };
}
