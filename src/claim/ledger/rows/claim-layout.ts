import type { DataSource, EntityManager } from 'typeorm';
import { numberOrNull, type Database } from '../../../database/database.js';
import { base32Value, ClaimIds, isId } from '../../../common/ids.js';
import { inMode } from '../../../common/mode.js';

/** What the epoch's row says of how claims are stored. */
export interface LayoutColumns {
  /** ms since 1970; `null` where none are packed. */
  readonly claims_packed_from: number | string | null;
  /** Of the packing of older claims (docs/adr/0114): `copying`, or `packed` until their old tables are empty. */
  readonly claims_packing: string | null;
  /** Of packed claims that are written now (docs/adr/0117), from 0. */
  readonly claims_segment?: number;
}

/** Of the column; 255 is none (`Keyset`). */
export const SEGMENT_MAX = 254;

interface Layout {
  readonly packedFrom: number | undefined;
  readonly isCopied: boolean;
  readonly segment: number;
}

/**
 * Which claims are packed (docs/adr/0113): those on vouchers that were made since a moment that the database names. The voucher's id says
 * when it was made, so each claim has one table to be in, and whoever has its id, or its voucher's, knows which. The moment changes once at
 * most, to the begin of time, when the claims that are older were packed too (docs/adr/0114).
 */
const layouts = new WeakMap<DataSource, Layout>();

/** Of transactions that read the layout themselves: it is theirs to the end, whatever the process learns meanwhile. */
const held = new WeakMap<EntityManager, Layout>();

const UNKNOWN: Layout = { packedFrom: undefined, isCopied: false, segment: 0 };

const layoutOf = (db: EntityManager): Layout => held.get(db) ?? layouts.get(db.connection) ?? UNKNOWN;

/**
 * What the database was read to say.
 * @param columns of the epoch's row; none where the database has no such row yet
 * @param tx the transaction that read it, and keeps it
 */
export function learnLayout(
  connections: readonly DataSource[],
  columns: LayoutColumns | undefined,
  tx?: EntityManager,
): void {
  const layout = {
    packedFrom: numberOrNull(columns?.claims_packed_from ?? null) ?? undefined,
    isCopied: columns?.claims_packing === 'copying',
    segment: Number(columns?.claims_segment ?? 0),
  };
  for (const connection of connections) layouts.set(connection, layout);
  if (tx) held.set(tx, layout);
}

/**
 * For who reads the epoch's row and does not hold it: called before the question.
 * @returns what learns the answer, unless something was learnt since the question was asked: that is newer
 */
export function layoutAnswer(
  connections: readonly DataSource[],
): (columns: LayoutColumns | undefined) => void {
  const known = (): (Layout | undefined)[] => connections.map((connection) => layouts.get(connection));
  const before = known();
  return (columns) => {
    if (known().every((layout, at) => layout === before[at])) learnLayout(connections, columns);
  };
}

const LAYOUT = 'SELECT claims_packed_from, claims_packing, claims_segment FROM gate_epoch WHERE id = 1';

/** Asks for the layout, and learns it. */
export async function readLayout({ read, connections }: Database): Promise<LayoutColumns | undefined> {
  const learn = layoutAnswer(connections);
  const [row] = await read.query<LayoutColumns[]>(LAYOUT);
  learn(row);
  return row;
}

/**
 * Learns the layout and holds it until the commit, where it could change: whoever is about to write claims then knows no less than the
 * others. Where no claim is packed there are minutes until the first is (`claim-rows-setting.ts`), and where all are nothing changes.
 */
export async function holdLayout(
  { forShare, connections }: Pick<Database, 'forShare' | 'connections'>,
  tx: EntityManager,
): Promise<void> {
  if (packedShare(tx) !== 'some' || held.has(tx)) return;
  const [row] = await tx.query<LayoutColumns[]>(LAYOUT + forShare);
  learnLayout(connections, row, tx);
}

/** For reads of one moment: claims are read where they were then. */
export async function layoutOfSnapshot(tx: EntityManager): Promise<void> {
  if (packedShare(tx) !== 'some') return;
  const [row] = await tx.query<LayoutColumns[]>(LAYOUT);
  learnLayout([], row, tx);
}

/** Whether claims that are not packed are written to both tables, because they are being packed. */
export const areCopied = (db: EntityManager): boolean => layoutOf(db).isCopied;

/** Into which claims are written (docs/adr/0117). Who knows less than the others writes into an older one: nothing depends on that. */
export const segmentOf = (db: EntityManager): number => layoutOf(db).segment;

/** All that may have claims: one more than is known, since others may have gone on a moment ago. */
export const segmentsOf = (db: EntityManager): readonly number[] =>
  Array.from({ length: Math.min(segmentOf(db) + 1, SEGMENT_MAX) + 1 }, (_none, at) => at);

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
