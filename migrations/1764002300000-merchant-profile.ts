import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';

/** By SQL: all three databases add a column without touching the rows, while the table API copies the table on SQLite. */
const COLUMNS = [
  ['color', 'VARCHAR(7) NULL'],
  ['logo', 'VARCHAR(32) NULL'],
  ['address', 'TEXT NULL'],
  ['terms', 'TEXT NULL'],
  ['contact_email', 'VARCHAR(254) NULL'],
  ['contact_phone', 'VARCHAR(40) NULL'],
  ['contact_website', 'VARCHAR(500) NULL'],
  ['version', 'INT NOT NULL DEFAULT 1'],
] as const;

/** The picture itself stands apart from the row that every page reads; SQLite takes any type that has BLOB in its name. */
const LOGOS = new Table({
  name: 'merchant_logos',
  columns: [
    { name: 'merchant_id', type: 'varchar', length: '64', isPrimary: true },
    { name: 'hash', type: 'varchar', length: '32' },
    { name: 'bytes', type: 'mediumblob' },
  ],
});

/** What a merchant shows of itself (docs/adr/0068). */
export class MerchantProfile1764002300000 implements MigrationInterface {
  readonly name = 'MerchantProfile1764002300000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [column, type] of COLUMNS)
      await runner.query(`ALTER TABLE merchants ADD COLUMN ${column} ${type}`);
    await runner.createTable(LOGOS, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(LOGOS.name, true);
    for (const [column] of COLUMNS.toReversed())
      await runner.query(`ALTER TABLE merchants DROP COLUMN ${column}`);
  }
}
