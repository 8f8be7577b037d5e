import type { EntityManager } from 'typeorm';
import { inList, placeholders, UnfitDataError, type Database } from '../../../database/database.js';
import { COLUMN_NAMES } from './claim-columns.js';
import { areCopied, segmentOf } from './claim-layout.js';
import { CLAIM_TABLES } from './claim-places.js';
import { packCode, packTail, packUser, packVoucher, voucherOf } from './packing.js';

/** Rows that one statement copies, or compares. */
const COPY_ROWS = 500;

/** Tables whose claims are packed, in that order: rows go from the first to the second, and never back. */
export const UNPACKED = ['claims', 'claims_archive'] as const;
export type Unpacked = (typeof UNPACKED)[number];

/** What a claim is told apart by (`packed_claims_once`). */
const KEY = ['voucher_id', 'user_id', 'ordinal'] as const;
const COLUMNS = COLUMN_NAMES.map((name) => (name === 'id' ? 'tail' : name));
const UNPACKED_COLUMNS = COLUMN_NAMES.join(', ');
const UPSERT = `ON DUPLICATE KEY UPDATE ${COLUMNS.filter((name) => !KEY.some((key) => key === name))
  .map((name) => `${name} = VALUES(${name})`)
  .join(', ')}`;

type Value = string | number | Buffer | null;

/** Of a row with text. */
type Raw = Readonly<Record<string, string | number | null>> & {
  readonly id: string;
  readonly voucher_id: string;
  readonly user_id: string;
  readonly code: string | null;
};

/**
 * The bytes of claims' ids; those of a voucher are made once.
 * @returns what throws UnfitDataError for a claim that is not of that voucher, or a voucher that has no packed form
 */
function packedIds(): (id: string, voucherId: string) => { voucher: Buffer; tail: Buffer } {
  const vouchers = new Map<string, Buffer>();
  return (id, voucherId) => {
    let voucher = vouchers.get(voucherId);
    if (!voucher) {
      voucher = packVoucher(voucherId);
      if (!voucher) throw new UnfitDataError(`${voucherId} cannot be packed`);
      vouchers.set(voucherId, voucher);
    }
    const tail = id.startsWith(voucherId.slice(4), 4) ? packTail(id) : undefined;
    if (!tail) throw new UnfitDataError(`${id} is no claim on ${voucherId}`);
    return { voucher, tail };
  };
}

type PackedRow = Readonly<Record<string, Value | undefined>>;

/** Rows as `packed_claims` has them. @throws UnfitDataError */
function packedRows(rows: readonly Raw[]): PackedRow[] {
  const packed = packedIds();
  return rows.map((row) => {
    const { voucher, tail } = packed(row.id, row.voucher_id);
    const code = row.code === null ? null : packCode(row.code);
    return { ...row, voucher_id: voucher, tail, user_id: packUser(row.user_id), code };
  });
}

/** @param suffix locks, as SQL */
const rowsOf = (tx: EntityManager, table: Unpacked, ids: readonly string[], suffix = ''): Promise<Raw[]> =>
  tx.query(
    `SELECT ${UNPACKED_COLUMNS} FROM ${table} WHERE id IN (${inList(ids.length)}) ORDER BY id${suffix}`,
    [...ids],
  );

/**
 * Writes claims to `packed_claims` as they are in another table; a copy that is there is brought up to date.
 * @param ids as many as `COPY_ROWS`
 * @param lock what keeps the rows as they are until the commit; of rows that the transaction wrote itself nothing has to
 * @throws UnfitDataError where a row cannot be packed
 */
export async function copyClaims(
  tx: EntityManager,
  table: Unpacked,
  ids: readonly string[],
  lock = '',
): Promise<void> {
  const rows = packedRows(await rowsOf(tx, table, ids, lock));
  if (rows.length === 0) return;
  const segment = segmentOf(tx);
  await tx.query(
    `INSERT INTO packed_claims (segment, ${COLUMNS.join(', ')}) VALUES ${placeholders(rows.length, 1 + COLUMNS.length)} ${UPSERT}`,
    rows.flatMap((row) => [segment, ...COLUMNS.map((name) => row[name])]),
  );
}

/**
 * Called by whoever has written rows of `claims`, in the same transaction: while older claims are being packed, what was copied before stays
 * equal, and what was not is copied early.
 */
export async function copyAsWritten(
  tx: EntityManager,
  claims: readonly { readonly id: string }[],
): Promise<void> {
  if (!areCopied(tx)) return;
  for (let from = 0; from < claims.length; from += COPY_ROWS) {
    const chunk = claims.slice(from, from + COPY_ROWS);
    await copyClaims(
      tx,
      'claims',
      chunk.map(({ id }) => id),
    );
  }
}

/** Ids of a table in their order, which is that of the rows. @param after '' for the first ones */
export async function idsBehind(db: EntityManager, table: Unpacked, after: string): Promise<string[]> {
  const rows: { id: string }[] = await db.query(
    `SELECT id FROM ${table} WHERE id > ? ORDER BY id LIMIT ${COPY_ROWS}`,
    [after],
  );
  return rows.map(({ id }) => id);
}

/** Drivers answer numbers of 64 bits as text where they like. */
const comparable = (value: Value | undefined): string =>
  Buffer.isBuffer(value) ? value.toString('hex') : JSON.stringify(value == null ? null : String(value));
const lineOf = (names: readonly string[], row: PackedRow): string =>
  names.map((name) => comparable(row[name])).join();
const keyOf = (row: PackedRow): string => lineOf(KEY, row);

interface Pair {
  readonly row: Raw;
  /** What the packed row should say. */
  readonly packed: PackedRow;
  /** What it says; `undefined` where there is none. */
  readonly copy: PackedRow | undefined;
}

/** Rows of those ids beside their packed ones. */
async function pairsOf(tx: EntityManager, table: Unpacked, ids: readonly string[]): Promise<Pair[]> {
  const rows = await rowsOf(tx, table, ids);
  if (rows.length === 0) return [];
  const packed = packedRows(rows);
  const { from, where } = CLAIM_TABLES.packed.byIds(rows.map(({ id }) => id));
  const [condition, values] = where;
  const found: PackedRow[] = await tx.query(`SELECT ${COLUMNS.join(', ')} FROM ${from} WHERE ${condition}`, [
    ...values,
  ]);
  const copies = new Map(found.map((copy) => [keyOf(copy), copy]));
  return rows.map((row, at) => {
    const expected = packed[at] ?? {};
    return { row, packed: expected, copy: copies.get(keyOf(expected)) };
  });
}

/** Claims of those ids whose packed row is missing, or says something else; of one moment. */
export const unequalCopies = (db: Database, table: Unpacked, ids: readonly string[]): Promise<string[]> =>
  db.snapshot(async (tx) =>
    (await pairsOf(tx, table, ids))
      .filter(({ packed, copy }) => !copy || lineOf(COLUMNS, copy) !== lineOf(COLUMNS, packed))
      .map(({ row }) => row.id),
  );

/** Claims of a table that has ids. @returns how many there are of each voucher, by its id */
async function countsOf(tx: EntityManager, table: Unpacked, into: Map<string, number>): Promise<void> {
  const rows: { voucher_id: string; n: number | string }[] = await tx.query(
    `SELECT voucher_id, COUNT(*) AS n FROM ${table} GROUP BY voucher_id`,
  );
  for (const { voucher_id: id, n } of rows) into.set(id, (into.get(id) ?? 0) + Number(n));
}

/**
 * Vouchers of whose claims the packed copies are not as many as the claims, of one moment: a copy was deleted, or is of no claim.
 * @param isOlder whether claims on a voucher are in the other tables
 */
export async function unequalCounts(
  db: Database,
  isOlder: (voucherId: string) => boolean,
): Promise<string[]> {
  return db.snapshot(async (tx) => {
    const expected = new Map<string, number>();
    for (const table of UNPACKED) await countsOf(tx, table, expected);
    const rows: { voucher_id: Buffer; n: number | string }[] = await tx.query(
      'SELECT voucher_id, COUNT(*) AS n FROM packed_claims GROUP BY voucher_id',
    );
    const copies = new Map(rows.map((row) => [voucherOf(row.voucher_id), Number(row.n)]));
    const all = new Set([...expected.keys(), ...[...copies.keys()].filter(isOlder)]);
    return [...all].filter((id) => (expected.get(id) ?? 0) !== (copies.get(id) ?? 0)).sort();
  });
}

/** Rows of those ids that say what no packed one does: a claim that is missing there, though its voucher is not, or has moved less often. */
export async function aheadOfPacked(
  db: Database,
  table: Unpacked,
  ids: readonly string[],
): Promise<string[]> {
  return db.snapshot(async (tx) => {
    const ahead = (await pairsOf(tx, table, ids)).filter(
      ({ row, copy }) => !copy || Number(copy['moves'] ?? 0) < Number(row['moves'] ?? 0),
    );
    if (ahead.length === 0) return [];
    const vouchers = [...new Set(ahead.map(({ row }) => row.voucher_id))];
    const there: { voucher_id: string }[] = await tx.query(
      `SELECT voucher_id FROM voucher_stock WHERE voucher_id IN (${inList(vouchers.length)})`,
      vouchers,
    );
    const known = new Set(there.map(({ voucher_id: id }) => id));
    return ahead.filter(({ row }) => known.has(row.voucher_id)).map(({ row }) => row.id);
  });
}

/** Its space on the disk is free then. */
export const emptyUnpacked = (db: Database, table: Unpacked): Promise<unknown> =>
  db.write((tx) => tx.query(`TRUNCATE TABLE ${table}`));
