import { Table, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

const text = (name: string, length: string) => ({ name, type: 'varchar', length });
const int = (name: string) => ({ name, type: 'int' });
const time = (name: string) => ({ name, type: 'bigint' });
const nullable = { isNullable: true };

/** The columns of `claims`, and an index for each way by which a claim is looked for there. */
const ARCHIVE = new Table({
  name: 'claims_archive',
  columns: [
    { ...text('id', '64'), isPrimary: true },
    text('voucher_id', '64'),
    text('user_id', '64'),
    int('ordinal'),
    int('epoch'),
    time('sequence'),
    text('status', '16'),
    { ...text('code', '32'), ...nullable },
    { ...text('reject_reason', '64'), ...nullable },
    { ...text('idempotency', '64'), ...nullable },
    time('created_at'),
    { ...time('issued_at'), ...nullable },
    { ...time('moved_at'), ...nullable },
    { ...text('moved_by', '64'), ...nullable },
    { ...int('moves'), ...nullable },
    { ...text('cancel_reason', '200'), ...nullable },
    { ...time('confirm_until'), ...nullable },
  ],
  indices: [
    new TableIndex({
      name: 'claims_archive_once',
      columnNames: ['voucher_id', 'user_id', 'ordinal'],
      isUnique: true,
    }),
    new TableIndex({ name: 'claims_archive_by_user', columnNames: ['user_id', 'created_at', 'id'] }),
    new TableIndex({ name: 'claims_archive_by_sequence', columnNames: ['voucher_id', 'sequence', 'id'] }),
    new TableIndex({ name: 'claims_archive_by_code', columnNames: ['code'] }),
  ],
});

/** Claims that one statement takes back. */
const BATCH = 10_000;

/** Claims of vouchers that are archived and over, apart from those that running drops write (docs/adr/0087). */
export class ClaimsArchive1764002925000 implements MigrationInterface {
  readonly name = 'ClaimsArchive1764002925000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(ARCHIVE, true);
    // By SQL: all three databases add it without touching the rows, while the table API copies the table on SQLite.
    await runner.query('ALTER TABLE voucher_stock ADD COLUMN claims_archived VARCHAR(8) NULL');
  }

  async down(runner: QueryRunner): Promise<void> {
    // Claims are the truth: they go back before the table goes, also where that was ended half-way once.
    const columns = ARCHIVE.columns.map(({ name }) => name).join(', ');
    for (let after = ''; ;) {
      const [end] = (await runner.query(
        `SELECT id FROM claims_archive WHERE id > ? ORDER BY id LIMIT 1 OFFSET ${BATCH - 1}`,
        [after],
      )) as { id: string }[];
      await runner.query(
        `INSERT INTO claims (${columns}) SELECT ${columns} FROM claims_archive a
          WHERE id > ?${end ? ' AND id <= ?' : ''} AND NOT EXISTS (SELECT 1 FROM claims c WHERE c.id = a.id)`,
        [after, ...(end ? [end.id] : [])],
      );
      if (!end) break;
      after = end.id;
    }
    await runner.dropTable(ARCHIVE.name, true);
    await runner.query('ALTER TABLE voucher_stock DROP COLUMN claims_archived');
  }
}
