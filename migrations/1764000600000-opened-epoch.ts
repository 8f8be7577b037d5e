import { TableColumn, type MigrationInterface, type QueryRunner } from 'typeorm';

/** Which epoch was open last: records of older ones are void for good, whatever recovery is under way (docs/adr/0023). */
export class OpenedEpoch1764000600000 implements MigrationInterface {
  readonly name = 'OpenedEpoch1764000600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.addColumn('gate_epoch', new TableColumn({ name: 'opened_epoch', type: 'int', default: 0 }));
    await runner.query(`UPDATE gate_epoch SET opened_epoch = epoch WHERE state = 'open'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropColumn('gate_epoch', 'opened_epoch');
  }
}
