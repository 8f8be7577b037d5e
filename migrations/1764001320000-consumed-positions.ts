import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';

/** What the database has consumed of the log, in its own transactions (docs/adr/0041). */
export class ConsumedPositions1764001320000 implements MigrationInterface {
  readonly name = 'ConsumedPositions1764001320000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'consumed_positions',
        columns: [
          { name: 'topic', type: 'varchar', length: '249', isPrimary: true },
          { name: 'partition_no', type: 'int', isPrimary: true },
          { name: 'from_slot', type: 'bigint', isPrimary: true },
          { name: 'next_slot', type: 'bigint' },
          { name: 'epoch', type: 'int' },
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('consumed_positions');
  }
}
