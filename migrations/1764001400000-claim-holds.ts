import { Table, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

/** Claims that wait for their confirmation, by the time at which they return; a row is there as long as the claim is held. */
const CLAIM_HOLDS = new Table({
  name: 'claim_holds',
  columns: [
    { name: 'claim_id', type: 'varchar', length: '64', isPrimary: true },
    { name: 'voucher_id', type: 'varchar', length: '64' },
    { name: 'confirm_until', type: 'bigint' },
  ],
  indices: [
    new TableIndex({ name: 'claim_holds_by_time', columnNames: ['confirm_until', 'claim_id'] }),
    new TableIndex({ name: 'claim_holds_by_voucher', columnNames: ['voucher_id'] }),
  ],
});

/** By SQL: all three databases add a column without touching the rows, while the table API copies the table on SQLite. */
const COLUMNS = [
  ['vouchers', 'confirm_within_s', 'INT NULL'],
  ['vouchers', 'confirm_by', `VARCHAR(16) NOT NULL DEFAULT 'user'`],
  ['claims', 'confirm_until', 'BIGINT NULL'],
] as const;

/** A claim may have to be confirmed before it is issued (docs/adr/0054). */
export class ClaimHolds1764001400000 implements MigrationInterface {
  readonly name = 'ClaimHolds1764001400000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [table, column, type] of COLUMNS)
      await runner.query(`ALTER TABLE ${table} ADD COLUMN ${column} ${type}`);
    await runner.createTable(CLAIM_HOLDS, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(CLAIM_HOLDS.name, true);
    for (const [table, column] of COLUMNS) await runner.query(`ALTER TABLE ${table} DROP COLUMN ${column}`);
  }
}
