import { TableColumn, type MigrationInterface, type QueryRunner } from 'typeorm';

/** On which history of its server the gate's epoch was begun: every process holds the gate against it (docs/adr/0040). */
export class GateHistory1764001340000 implements MigrationInterface {
  readonly name = 'GateHistory1764001340000';

  async up(runner: QueryRunner): Promise<void> {
    const column = { name: 'history', type: 'varchar', length: '100', isNullable: true };
    await runner.addColumn('gate_epoch', new TableColumn(column));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropColumn('gate_epoch', 'history');
  }
}
