import type { EntityManager } from 'typeorm';
import { COLUMN_NAMES } from '../../src/claim/ledger/rows/claim-columns.js';
import { isPacked, segmentOf } from '../../src/claim/ledger/rows/claim-layout.js';
import {
  claimIdOf,
  codeOf,
  packCode,
  packTail,
  packUser,
  packVoucher,
  userOf,
  voucherOf,
} from '../../src/claim/ledger/rows/packing.js';
import { base32Number, ClaimIds } from '../../src/common/ids.js';
import { placeholders } from '../../src/database/database.js';

/** A claim's row with names as the tables have them, and text where it is packed; numbers of 64 bits may be text. */
export interface StoredClaim {
  readonly id: string;
  readonly voucher_id: string;
  readonly user_id: string;
  readonly ordinal: number;
  readonly epoch: number;
  readonly sequence: number;
  readonly status: string;
  readonly code: string | null;
  readonly reject_reason: string | null;
  readonly idempotency: string | null;
  readonly created_at: number;
  readonly issued_at: number | null;
  readonly moved_at: number | null;
  readonly moved_by: string | null;
  readonly moves: number | null;
  readonly cancel_reason: string | null;
  readonly confirm_until: number | null;
}

/** Asks the database, in whichever way a test has to. */
export interface Ask {
  (sql: string, values: unknown[]): Promise<unknown>;
  /** SQLite packs no claims. */
  readonly isFile?: boolean;
}

export const asking = (on: EntityManager): Ask =>
  Object.assign((sql: string, values: unknown[]): Promise<unknown> => on.query(sql, values), {
    isFile: on.connection.options.type === 'better-sqlite3',
  });

/** Of packed claims, of which an earlier version of the schema has none. */
async function askPacked(ask: Ask, sql: string, values: unknown[]): Promise<unknown[]> {
  if (ask.isFile) return [];
  try {
    return (await ask(sql, values)) as unknown[];
  } catch (error) {
    if ((error as { code?: string }).code === 'ER_NO_SUCH_TABLE') return [];
    throw error;
  }
}

const NUMBERS = [
  'ordinal',
  'epoch',
  'sequence',
  'created_at',
  'issued_at',
  'moved_at',
  'moves',
  'confirm_until',
];

type Raw = Record<string, unknown>;

function stored(raw: Raw): StoredClaim {
  const row: Raw = { ...raw };
  if (Buffer.isBuffer(row['tail'])) {
    const voucher = row['voucher_id'] as Buffer;
    row['id'] = claimIdOf(voucher, row['tail']);
    row['voucher_id'] = voucherOf(voucher);
    row['user_id'] = userOf(row['user_id'] as Buffer);
    row['code'] = row['code'] === null ? null : codeOf(row['code'] as Buffer);
    delete row['tail'];
    delete row['n'];
    delete row['segment'];
  }
  for (const name of NUMBERS) if (row[name] !== null) row[name] = Number(row[name]);
  return row as unknown as StoredClaim;
}

const bySequence = (a: StoredClaim, b: StoredClaim): number =>
  a.sequence - b.sequence || (a.id < b.id ? -1 : 1);

/** Claims that are no archived ones, in whichever table they are. @param where a voucher's, a user's, or without it all of them */
export async function claimRows(
  ask: Ask,
  where: {
    readonly voucherId?: string;
    readonly userId?: string;
    readonly sequences?: readonly number[];
  } = {},
): Promise<StoredClaim[]> {
  const { voucherId, userId, sequences } = where;
  const given = [
    ['voucher_id', voucherId, packVoucher(voucherId ?? '')],
    ['user_id', userId, packUser(userId ?? '')],
  ].filter((one): one is [string, string, Buffer] => one[1] !== undefined);
  const among = sequences ? [`sequence IN (${sequences.join(', ')})`] : [];
  const condition = ['1 = 1', ...given.map(([column]) => `${column} = ?`), ...among].join(' AND ');
  const text = (await ask(
    `SELECT * FROM claims WHERE ${condition}`,
    given.map(([, value]) => value),
  )) as Raw[];
  const packed = (await askPacked(
    ask,
    `SELECT * FROM packed_claims WHERE ${condition}`,
    given.map(([, , value]) => value ?? null),
  )) as Raw[];
  return [...text, ...packed].map(stored).sort(bySequence);
}

/** How many claims of a voucher there are of each status, counted by the database. */
export async function claimStatuses(ask: Ask, voucherId: string): Promise<Record<string, number>> {
  const sql = (table: string): string =>
    `SELECT status, COUNT(*) AS n FROM ${table} WHERE voucher_id = ? GROUP BY status`;
  const rows = [
    ...((await ask(sql('claims'), [voucherId])) as Raw[]),
    ...((await askPacked(ask, sql('packed_claims'), [packVoucher(voucherId) ?? null])) as Raw[]),
  ];
  return Object.fromEntries(rows.map(({ status, n }) => [String(status), Number(n)]));
}

/** The claim of that id. @throws Error where there is none */
export async function claimRow(ask: Ask, id: string): Promise<StoredClaim> {
  const [voucher, tail] = packedId(id);
  const text = (await ask('SELECT * FROM claims WHERE id = ?', [id])) as Raw[];
  const packed = (await askPacked(ask, 'SELECT * FROM packed_claims WHERE voucher_id = ? AND tail = ?', [
    voucher,
    tail,
  ])) as Raw[];
  const [found] = [...text, ...packed];
  if (!found) throw new Error(`there is no claim ${id}`);
  return stored(found);
}

/** Nothing equals `null`: what has no packed form is not found. */
function packedId(id: string): [Buffer | null, Buffer | null] {
  const ref = ClaimIds.parse(id);
  return [(ref && packVoucher(ref.voucherId)) ?? null, packTail(id) ?? null];
}

/** Changes a row past all that keeps it right. */
export async function changeClaim(
  ask: Ask,
  id: string,
  changes: Partial<Omit<StoredClaim, 'id' | 'voucher_id' | 'user_id'>>,
): Promise<void> {
  const set = Object.keys(changes)
    .map((name) => `${name} = ?`)
    .join(', ');
  const values = Object.values(changes);
  await ask(`UPDATE claims SET ${set} WHERE id = ?`, [...values, id]);
  const packed = Object.entries(changes).map(([name, value]) =>
    name === 'code' && typeof value === 'string' ? packCode(value) : value,
  );
  await askPacked(ask, `UPDATE packed_claims SET ${set} WHERE voucher_id = ? AND tail = ?`, [
    ...packed,
    ...packedId(id),
  ]);
}

export async function deleteClaim(ask: Ask, id: string): Promise<void> {
  await ask('DELETE FROM claims WHERE id = ?', [id]);
  await askPacked(ask, 'DELETE FROM packed_claims WHERE voucher_id = ? AND tail = ?', packedId(id));
}

export type NewClaim = Pick<
  StoredClaim,
  'id' | 'voucher_id' | 'user_id' | 'ordinal' | 'epoch' | 'sequence' | 'status' | 'created_at'
> &
  Partial<StoredClaim>;

const COLUMNS = COLUMN_NAMES.filter((name) => name !== 'id');
const CHUNK = 500;

/** Writes rows past all that keeps them right, into the table that claims on their voucher have. */
export async function insertClaims(tx: EntityManager, claims: readonly NewClaim[]): Promise<void> {
  for (let from = 0; from < claims.length; from += CHUNK) {
    const chunk = claims.slice(from, from + CHUNK);
    const isIn = ({ voucher_id: id }: NewClaim): boolean => isPacked(tx, id);
    await insert(
      tx,
      'claims',
      'id',
      chunk.filter((claim) => !isIn(claim)).map((claim) => [claim.id, ...values(claim)]),
    );
    // In all segments that there are, one after the other.
    const segments = segmentOf(tx) + 1;
    await insert(
      tx,
      'packed_claims',
      'segment, tail',
      chunk.filter(isIn).map((claim) => [claim.sequence % segments, ...packedValues(claim)]),
    );
  }
}

const values = (claim: NewClaim): unknown[] => COLUMNS.map((name) => claim[name] ?? null);

function packedValues(claim: NewClaim): unknown[] {
  const [voucher, tail] = packedId(claim.id);
  const [, , ...others] = values({ ...claim, code: null });
  others[COLUMNS.indexOf('code') - 2] = claim.code == null ? null : packCode(claim.code);
  return [tail, voucher, packUser(claim.user_id), ...others];
}

async function insert(
  tx: EntityManager,
  table: string,
  first: string,
  rows: readonly (readonly unknown[])[],
): Promise<void> {
  if (rows.length === 0) return;
  await tx.query(
    `INSERT INTO ${table} (${[first, ...COLUMNS].join(', ')}) VALUES ${placeholders(rows.length, rows[0]?.length ?? 0)}`,
    rows.flat(),
  );
}

/** An id as claims have them, of a claim that nobody made. @param n which one, below 2^32 */
export const claimIdAt = (voucherId: string, n: number, ordinal = 1): string =>
  `clm_${voucherId.slice(4)}${base32Number(ordinal, 4)}${base32Number(Math.imul(n, SPREAD) >>> 0, 7)}${'0'.repeat(13)}`;

/** Odd: of different numbers it makes different ones, which begin differently as the ids of claims do. */
const SPREAD = 2_654_435_761;

/** All claims of a voucher that are no archived ones. */
export async function deleteClaimsOf(ask: Ask, voucherId: string): Promise<void> {
  await ask('DELETE FROM claims WHERE voucher_id = ?', [voucherId]);
  await askPacked(ask, 'DELETE FROM packed_claims WHERE voucher_id = ?', [packVoucher(voucherId) ?? null]);
}
