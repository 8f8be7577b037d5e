import { Table, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

/** One row for each voucher that somebody waited for; whoever changes the list holds it. */
const WAITING_LISTS = new Table({
  name: 'waiting_lists',
  columns: [
    { name: 'voucher_id', type: 'varchar', length: '64', isPrimary: true },
    { name: 'version', type: 'int' },
    { name: 'last_number', type: 'int' },
    { name: 'waiting', type: 'int' },
  ],
  indices: [new TableIndex({ name: 'waiting_lists_open', columnNames: ['waiting'] })],
});

/** Places, in the order of their numbers. */
const WAITING_ENTRIES = new Table({
  name: 'waiting_entries',
  columns: [
    { name: 'voucher_id', type: 'varchar', length: '64', isPrimary: true },
    { name: 'number', type: 'int', isPrimary: true },
    { name: 'user_id', type: 'varchar', length: '64' },
    { name: 'state', type: 'varchar', length: '16' },
    { name: 'joined_at', type: 'bigint' },
    { name: 'offered_at', type: 'bigint', isNullable: true },
    { name: 'offered_until', type: 'bigint', isNullable: true },
    { name: 'ended_at', type: 'bigint', isNullable: true },
  ],
  indices: [
    new TableIndex({ name: 'waiting_entries_by_state', columnNames: ['voucher_id', 'state', 'number'] }),
    new TableIndex({ name: 'waiting_entries_by_user', columnNames: ['voucher_id', 'user_id', 'number'] }),
  ],
});

/** Who waits for a voucher that is sold out, and who has an offer (docs/adr/0045). */
export class WaitingLists1764001410000 implements MigrationInterface {
  readonly name = 'WaitingLists1764001410000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(WAITING_LISTS, true);
    await runner.createTable(WAITING_ENTRIES, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(WAITING_ENTRIES.name, true);
    await runner.dropTable(WAITING_LISTS.name, true);
  }
}
