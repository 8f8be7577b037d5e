import { Table, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

const nullable = { isNullable: true };

const BLOCKS = new Table({
  name: 'blocks',
  columns: [
    { name: 'id', type: 'varchar', length: '64', isPrimary: true },
    { name: 'kind', type: 'varchar', length: '16' },
    { name: 'subject', type: 'varchar', length: '64' },
    { name: 'reason', type: 'varchar', length: '500' },
    { name: 'source', type: 'varchar', length: '16' },
    { name: 'created_by', type: 'varchar', length: '64', ...nullable },
    { name: 'created_at', type: 'bigint' },
    { name: 'ends_at', type: 'bigint', ...nullable },
    { name: 'removed_at', type: 'bigint', ...nullable },
    { name: 'removed_by', type: 'varchar', length: '64', ...nullable },
    { name: 'change_number', type: 'bigint' },
  ],
  indices: [
    new TableIndex({ name: 'blocks_by_change', columnNames: ['change_number'] }),
    new TableIndex({ name: 'blocks_by_end', columnNames: ['ends_at'] }),
    new TableIndex({ name: 'blocks_by_removal', columnNames: ['removed_at'] }),
  ],
});

/** One row: the number of the last change, which its holder keeps locked until the commit. */
const CHANGES = new Table({
  name: 'block_changes',
  columns: [
    { name: 'id', type: 'int', isPrimary: true },
    { name: 'last', type: 'bigint', default: 0 },
  ],
});

export class BlockList1764000200000 implements MigrationInterface {
  readonly name = 'BlockList1764000200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(BLOCKS, true);
    await runner.createTable(CHANGES, true);
    await runner.query('INSERT INTO block_changes (id, last) VALUES (1, 0)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('block_changes', true);
    await runner.dropTable('blocks', true);
  }
}
