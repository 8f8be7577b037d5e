import { Table, TableColumn, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

const STATUSES = ['held', 'issued', 'rejected', 'released', 'redeemed', 'expired', 'cancelled'];

const nullable = { isNullable: true };
const text = (name: string, length: string) => ({ name, type: 'varchar', length, ...nullable });
const time = (name: string) => ({ name, type: 'bigint' });

const bytes = (name: string, length: string) => ({ name, type: 'binary', length });
const upTo = (name: string, length: string) => ({ name, type: 'varbinary', length });
const int = (name: string, type: string) => ({ name, type, unsigned: true });

/** What is text in `claims` is bits here, and rows follow each other in the order in which they come. */
const PACKED_CLAIMS = new Table({
  name: 'packed_claims',
  columns: [
    { ...int('n', 'bigint'), isPrimary: true, isGenerated: true, generationStrategy: 'increment' },
    bytes('voucher_id', '10'),
    // The 24 characters of the claim's id behind those of its voucher.
    bytes('tail', '15'),
    upTo('user_id', '66'),
    int('ordinal', 'mediumint'),
    int('epoch', 'int'),
    int('sequence', 'int'),
    { name: 'status', type: 'enum', enum: STATUSES },
    { ...upTo('code', '34'), ...nullable },
    text('reject_reason', '64'),
    text('idempotency', '64'),
    time('created_at'),
    { ...time('issued_at'), ...nullable },
    { ...time('moved_at'), ...nullable },
    text('moved_by', '64'),
    { name: 'moves', type: 'int', ...nullable },
    text('cancel_reason', '200'),
    { ...time('confirm_until'), ...nullable },
  ],
  indices: [
    new TableIndex({
      name: 'packed_claims_once',
      columnNames: ['voucher_id', 'user_id', 'ordinal'],
      isUnique: true,
    }),
    new TableIndex({ name: 'packed_claims_by_user', columnNames: ['user_id', 'created_at'] }),
    new TableIndex({ name: 'packed_claims_by_sequence', columnNames: ['voucher_id', 'sequence'] }),
  ],
});

/** What makes nearly each claim another one: an index of more would be larger for nothing. */
const PREFIXES = { tail: 6, code: 4 } as const;

/** What stands before text that is kept as it is. */
const TEXT = 0xff;

/** 8 characters of base 32 for 5 bytes. */
function base32(packed: Buffer): string {
  const letters = '0123456789abcdefghjkmnpqrstvwxyz';
  let bits = '';
  for (const byte of packed) bits += byte.toString(2).padStart(8, '0');
  return (bits.match(/.{5}/g) ?? []).map((five) => letters[parseInt(five, 2)]).join('');
}

const textOr = (packed: Buffer, shorter: (letters: string) => string): string =>
  packed[0] === TEXT ? packed.toString('utf8', 1) : shorter(base32(packed));

const grouped = (code: string): string => (code.match(/.{4}/g) ?? []).join('-');

/** Claims that one statement takes back. */
const BATCH = 500;
const COLUMNS =
  'id, voucher_id, user_id, ordinal, epoch, sequence, status, code, reject_reason, idempotency, created_at, issued_at, moved_at, moved_by, moves, cancel_reason, confirm_until';

interface PackedRow {
  readonly n: number | string;
  readonly voucher_id: Buffer;
  readonly tail: Buffer;
  readonly user_id: Buffer;
  readonly code: Buffer | null;
}

/** Embedded mode keeps `claims`: its rows are small, and there is no pool that they could be larger than. */
const isFile = ({ connection }: QueryRunner): boolean => connection.options.type === 'better-sqlite3';

/** Claims on vouchers that are made from a moment on, in a third of the space (docs/adr/0113). */
export class PackedClaims1764002928000 implements MigrationInterface {
  readonly name = 'PackedClaims1764002928000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.addColumn('gate_epoch', new TableColumn({ ...time('claims_packed_from'), ...nullable }));
    if (isFile(runner)) return;
    await runner.createTable(PACKED_CLAIMS, true);
    for (const [column, bytes] of Object.entries(PREFIXES))
      await runner.query(`CREATE INDEX packed_claims_by_${column} ON packed_claims (${column}(${bytes}))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropColumn('gate_epoch', 'claims_packed_from');
    if (isFile(runner)) return;
    // Claims are the truth: they go back before the table goes, also where that was ended half-way once.
    const names = COLUMNS.split(', ');
    for (let after = 0; ;) {
      const rows = (await runner.query(
        `SELECT p.* FROM packed_claims p WHERE p.n > ? ORDER BY p.n LIMIT ${BATCH}`,
        [after],
      )) as (PackedRow & Record<string, unknown>)[];
      if (rows.length === 0) break;
      const claims: Record<string, unknown>[] = rows.map((row) => ({
        ...row,
        id: `clm_${base32(row.voucher_id)}${base32(row.tail)}`,
        voucher_id: `vch_${base32(row.voucher_id)}`,
        user_id: textOr(row.user_id, (letters) => `usr_${letters}`),
        code: row.code && textOr(row.code, (letters) => grouped(letters.toUpperCase())),
      }));
      const there = (await runner.query(
        `SELECT id FROM claims WHERE id IN (${claims.map(() => '?').join(',')})`,
        claims.map(({ id }) => id),
      )) as { id: string }[];
      const known = new Set(there.map(({ id }) => id));
      const missing = claims.filter(({ id }) => !known.has(id as string));
      if (missing.length > 0)
        await runner.query(
          `INSERT INTO claims (${COLUMNS}) VALUES ${missing.map(() => `(${names.map(() => '?').join(',')})`).join(',')}`,
          missing.flatMap((claim) => names.map((name) => claim[name])),
        );
      after = Number(rows.at(-1)?.n);
    }
    await runner.dropTable('packed_claims', true);
  }
}
