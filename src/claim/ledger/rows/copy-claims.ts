import type { EntityManager } from 'typeorm';
import { inList, placeholders, UnfitDataError, type Database } from '../../../database/database.js';
import { areCopied } from './claim-layout.js';
import { packCode, packTail, packUser, packVoucher, voucherOf } from './packing.js';

/** Rows that one statement copies, or compares. */
const COPY_ROWS = 500;

/** Tables whose claims are packed, in that order: rows go from the first to the second, and never back. */
export const UNPACKED = ['claims', 'claims_archive'] as const;
export type Unpacked = (typeof UNPACKED)[number];

/** What a claim is told apart by (`packed_claims_once`). */
const KEY = ['voucher_id', 'user_id', 'ordinal'] as const;
const REST = [
  'tail',
  'epoch',
  'sequence',
  'status',
  'code',
  'reject_reason',
  'idempotency',
  'created_at',
  'issued_at',
  'moved_at',
  'moved_by',
  'moves',
  'cancel_reason',
  'confirm_until',
] as const;
const COLUMNS = [...KEY, ...REST];
const UNPACKED_COLUMNS = COLUMNS.map((name) => (name === 'tail' ? 'id' : name)).join(', ');

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
export function packedIds(): (id: string, voucherId: string) => { voucher: Buffer; tail: Buffer } {
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

/** Rows as `packed_claims` has them. @throws UnfitDataError */
function packedRows(rows: readonly Raw[]): (readonly Value[])[] {
  const packed = packedIds();
  return rows.map((row) => {
    const { voucher, tail } = packed(row.id, row.voucher_id);
    const forms: Readonly<Record<string, Value>> = {
      voucher_id: voucher,
      tail,
      user_id: packUser(row.user_id),
      code: row.code === null ? null : packCode(row.code),
    };
    return COLUMNS.map((name) => forms[name] ?? row[name] ?? null);
  });
}

const UPSERT = `ON DUPLICATE KEY UPDATE ${REST.map((name) => `${name} = VALUES(${name})`).join(', ')}`;

/**
 * Writes claims to `packed_claims` as they are in another table; a copy that is there is brought up to date.
 * @param ids as many as `COPY_ROWS`
 * @param lock what keeps the rows as they are until the commit; of rows that the transaction wrote itself nothing has to
 * @returns how many there were
 * @throws UnfitDataError where a row cannot be packed
 */
export async function copyClaims(
  tx: EntityManager,
  table: Unpacked,
  ids: readonly string[],
  lock = '',
): Promise<number> {
  const rows: Raw[] = await tx.query(
    `SELECT ${UNPACKED_COLUMNS} FROM ${table} WHERE id IN (${inList(ids.length)}) ORDER BY id${lock}`,
    [...ids],
  );
  if (rows.length > 0)
    await tx.query(
      `INSERT INTO packed_claims (${COLUMNS.join(', ')}) VALUES ${placeholders(rows.length, COLUMNS.length)} ${UPSERT}`,
      packedRows(rows).flat(),
    );
  return rows.length;
}

/**
 * Called by whoever has written rows of `claims`, in the same transaction: while older claims are being packed, what was copied before stays
 * equal, and what was not is copied early.
 */
export async function copyAsWritten(tx: EntityManager, ids: readonly string[]): Promise<void> {
  if (!areCopied(tx)) return;
  for (let from = 0; from < ids.length; from += COPY_ROWS)
    await copyClaims(tx, 'claims', ids.slice(from, from + COPY_ROWS));
}

/** Ids of a table in their order, which is that of the rows. @param after '' for the first ones */
export async function idsBehind(db: EntityManager, table: Unpacked, after: string): Promise<string[]> {
  const rows: { id: string }[] = await db.query(
    `SELECT id FROM ${table} WHERE id > ? ORDER BY id LIMIT ${COPY_ROWS}`,
    [after],
  );
  return rows.map(({ id }) => id);
}

type PackedRow = Readonly<Record<string, Value | undefined>>;

/** Drivers answer numbers of 64 bits as text where they like. */
const comparable = (value: Value | undefined): string =>
  Buffer.isBuffer(value) ? value.toString('hex') : JSON.stringify(value == null ? null : String(value));
const lineOf = (names: readonly string[], row: PackedRow): string =>
  names.map((name) => comparable(row[name])).join();
const keyOf = (row: PackedRow): string => lineOf(KEY, row);

/** Rows of those ids, each with what its packed row should say, and the packed rows that there are. */
async function withCopies(
  tx: EntityManager,
  table: Unpacked,
  ids: readonly string[],
): Promise<
  [rows: readonly { readonly row: Raw; readonly packed: PackedRow }[], copies: readonly PackedRow[]]
> {
  const rows: Raw[] = await tx.query(
    `SELECT ${UNPACKED_COLUMNS} FROM ${table} WHERE id IN (${inList(ids.length)})`,
    [...ids],
  );
  if (rows.length === 0) return [[], []];
  const expected = packedRows(rows).map((values) =>
    Object.fromEntries(COLUMNS.map((name, at) => [name, values[at]])),
  );
  const copies: PackedRow[] = await tx.query(
    `SELECT ${COLUMNS.join(', ')} FROM packed_claims FORCE INDEX (packed_claims_by_tail) WHERE tail IN (${inList(rows.length)})`,
    expected.map((packed) => packed['tail']),
  );
  return [rows.map((row, at) => ({ row, packed: expected[at] ?? {} })), copies];
}

/** Claims of those ids whose packed row is missing, or says something else; of one moment. */
export async function unequalCopies(
  db: Database,
  table: Unpacked,
  ids: readonly string[],
): Promise<string[]> {
  return db.snapshot(async (tx) => {
    const [rows, copies] = await withCopies(tx, table, ids);
    const found = new Set(copies.map((copy) => lineOf(COLUMNS, copy)));
    return rows.filter(({ packed }) => !found.has(lineOf(COLUMNS, packed))).map(({ row }) => row.id);
  });
}

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
    const [rows, copies] = await withCopies(tx, table, ids);
    const moves = new Map(copies.map((copy) => [keyOf(copy), Number(copy['moves'] ?? 0)]));
    const ahead = rows.filter(({ row, packed }) => {
      const packedMoves = moves.get(keyOf(packed));
      return packedMoves === undefined || packedMoves < Number(row['moves'] ?? 0);
    });
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
