import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';

/** Why a voucher was taken down, by which administrator, and whether it ran. A row goes when the take-down is lifted. */
const TAKE_DOWNS = new Table({
  name: 'voucher_take_downs',
  columns: [
    { name: 'voucher_id', type: 'varchar', length: '64', isPrimary: true },
    { name: 'reason', type: 'varchar', length: '500' },
    { name: 'taken_down_by', type: 'varchar', length: '64' },
    { name: 'was_running', type: 'smallint' },
  ],
});

/** Vouchers that administrators take down (docs/adr/0017). Times are milliseconds since 1970-01-01 UTC. */
export class TakeDowns1764002420000 implements MigrationInterface {
  readonly name = 'TakeDowns1764002420000';

  async up(runner: QueryRunner): Promise<void> {
    // By SQL: all three databases add a column without touching the rows.
    await runner.query('ALTER TABLE vouchers ADD COLUMN taken_down_at BIGINT NULL');
    await runner.createTable(TAKE_DOWNS, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(TAKE_DOWNS.name, true);
    await runner.query('ALTER TABLE vouchers DROP COLUMN taken_down_at');
  }
}
