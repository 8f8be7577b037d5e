import { TableColumn, type MigrationInterface, type QueryRunner } from 'typeorm';

/** Slots of a Redis Cluster whose epoch is another one than that of the row: they kept an older one (docs/adr/0096). */
export class SlotEpochs1764002913000 implements MigrationInterface {
  readonly name = 'SlotEpochs1764002913000';

  async up(runner: QueryRunner): Promise<void> {
    const column = { name: 'slot_groups', type: 'mediumtext', isNullable: true };
    await runner.addColumn('gate_epoch', new TableColumn(column));
  }

  async down(runner: QueryRunner): Promise<void> {
    const rows = (await runner.query('SELECT opened_epoch, slot_groups FROM gate_epoch')) as {
      opened_epoch: number;
      slot_groups: string | null;
    }[];
    for (const { opened_epoch: opened, slot_groups: text } of rows) {
      if (text === null) continue;
      // A version that knows no groups takes what is older than this for void: claims of a kept epoch may still be on their way.
      const groups = JSON.parse(text) as { epoch: number }[];
      const oldest = Math.min(opened, ...groups.map(({ epoch }) => epoch));
      await runner.query('UPDATE gate_epoch SET opened_epoch = ?, barrier = NULL', [oldest]);
    }
    await runner.dropColumn('gate_epoch', 'slot_groups');
  }
}
