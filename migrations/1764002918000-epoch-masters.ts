import { TableColumn, type MigrationInterface, type QueryRunner } from 'typeorm';

/** The masters of a Redis Cluster that the epochs in use are of (docs/adr/0096). */
export class EpochMasters1764002918000 implements MigrationInterface {
  readonly name = 'EpochMasters1764002918000';

  async up(runner: QueryRunner): Promise<void> {
    const column = { name: 'masters', type: 'mediumtext', isNullable: true };
    await runner.addColumn('gate_epoch', new TableColumn(column));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropColumn('gate_epoch', 'masters');
  }
}
