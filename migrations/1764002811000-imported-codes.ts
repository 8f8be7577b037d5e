import { Table, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

const LISTS = new Table({
  name: 'code_lists',
  columns: [
    { name: 'voucher_id', type: 'varchar', length: '64', isPrimary: true },
    // How many there are, how many claims have got one, and how many of those were cancelled since.
    { name: 'codes', type: 'int' },
    { name: 'given', type: 'int', default: 0 },
    { name: 'retired', type: 'int', default: 0 },
    { name: 'updated_at', type: 'bigint' },
  ],
});

const CODES = new Table({
  name: 'voucher_codes',
  columns: [
    { name: 'voucher_id', type: 'varchar', length: '64', isPrimary: true },
    // From 1, in the order of the files.
    { name: 'number', type: 'int', isPrimary: true },
    { name: 'merchant_id', type: 'varchar', length: '64' },
    { name: 'code', type: 'varchar', length: '32' },
    // As it is compared: capital letters and digits alone.
    { name: 'folded', type: 'varchar', length: '32' },
  ],
  indices: [
    new TableIndex({
      name: 'voucher_codes_once',
      columnNames: ['merchant_id', 'folded'],
      isUnique: true,
    }),
  ],
});

/** Codes that a merchant brings along (docs/adr/0085). */
export class ImportedCodes1764002811000 implements MigrationInterface {
  readonly name = 'ImportedCodes1764002811000';

  async up(runner: QueryRunner): Promise<void> {
    // By SQL: all three databases add a column without touching the rows, while the table API copies the table on SQLite.
    await runner.query(
      "ALTER TABLE vouchers ADD COLUMN code_source VARCHAR(16) NOT NULL DEFAULT 'generated'",
    );
    await runner.createTable(LISTS, true);
    await runner.createTable(CODES, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(CODES.name, true);
    await runner.dropTable(LISTS.name, true);
    await runner.query('ALTER TABLE vouchers DROP COLUMN code_source');
  }
}
