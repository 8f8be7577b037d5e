import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';

/** Who is kept out by an administrator: a user, or a merchant with all its people and keys. Times are milliseconds since 1970-01-01 UTC. */
const DISABLED = new Table({
  name: 'disabled_accounts',
  columns: [
    { name: 'id', type: 'varchar', length: '64', isPrimary: true },
    { name: 'reason', type: 'varchar', length: '500' },
    { name: 'disabled_at', type: 'bigint' },
    { name: 'disabled_by', type: 'varchar', length: '64' },
  ],
});

/** Accounts that administrators disable (docs/adr/0017). */
export class DisabledAccounts1764002410000 implements MigrationInterface {
  readonly name = 'DisabledAccounts1764002410000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(DISABLED, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(DISABLED);
  }
}
