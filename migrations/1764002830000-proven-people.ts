import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';

/** `person` is the SHA-256 of the voucher and a proved mailbox or phone number, as lower-case hex. */
const PEOPLE = new Table({
  name: 'voucher_people',
  columns: [
    { name: 'voucher_id', type: 'varchar', length: '64', isPrimary: true },
    { name: 'person', type: 'varchar', length: '64', isPrimary: true },
    { name: 'user_id', type: 'varchar', length: '64' },
    { name: 'created_at', type: 'bigint' },
  ],
});

/** What a voucher asks a claimant to have proved, and by which account a person takes part (docs/adr/0089). */
export class ProvenPeople1764002830000 implements MigrationInterface {
  readonly name = 'ProvenPeople1764002830000';

  async up(runner: QueryRunner): Promise<void> {
    // By SQL: all three databases add a column without touching the rows, while the table API copies the table on SQLite.
    await runner.query("ALTER TABLE vouchers ADD COLUMN requires_proof VARCHAR(16) NOT NULL DEFAULT 'none'");
    await runner.query("ALTER TABLE vouchers ADD COLUMN one_per VARCHAR(16) NOT NULL DEFAULT 'account'");
    await runner.createTable(PEOPLE, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(PEOPLE.name, true);
    await runner.query('ALTER TABLE vouchers DROP COLUMN one_per');
    await runner.query('ALTER TABLE vouchers DROP COLUMN requires_proof');
  }
}
