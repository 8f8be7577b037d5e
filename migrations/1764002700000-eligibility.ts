import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';

const LISTS = new Table({
  name: 'eligibility_lists',
  columns: [
    { name: 'voucher_id', type: 'varchar', length: '64', isPrimary: true },
    { name: 'people', type: 'int' },
    { name: 'updated_at', type: 'bigint' },
  ],
});

/** `person` is the SHA-256 of a normalised address, as lower-case hex: the addresses themselves are not kept. */
const PEOPLE = new Table({
  name: 'eligible_people',
  columns: [
    { name: 'voucher_id', type: 'varchar', length: '64', isPrimary: true },
    { name: 'person', type: 'varchar', length: '64', isPrimary: true },
  ],
});

/** Who may claim a voucher, where not everybody may (docs/adr/0083). */
export class Eligibility1764002700000 implements MigrationInterface {
  readonly name = 'Eligibility1764002700000';

  async up(runner: QueryRunner): Promise<void> {
    // By SQL: all three databases add a column without touching the rows, while the table API copies the table on SQLite.
    await runner.query("ALTER TABLE vouchers ADD COLUMN eligibility VARCHAR(16) NOT NULL DEFAULT 'everyone'");
    await runner.createTable(LISTS, true);
    await runner.createTable(PEOPLE, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(PEOPLE.name, true);
    await runner.dropTable(LISTS.name, true);
    await runner.query('ALTER TABLE vouchers DROP COLUMN eligibility');
  }
}
