import { TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

const INDICES: readonly (readonly [string, TableIndex])[] = [
  ['vouchers', new TableIndex({ name: 'vouchers_by_end', columnNames: ['status', 'closes_at', 'id'] })],
  [
    'claim_dead_letters',
    new TableIndex({ name: 'claim_dead_letters_by_age', columnNames: ['created_at', 'id'] }),
  ],
  ['outbox', new TableIndex({ name: 'outbox_of_aggregate', columnNames: ['aggregate_id', 'type', 'id'] })],
];
/** What the last one takes the place of. Servers end every index with the primary key, SQLite does not. */
const BEFORE = new TableIndex({ name: 'outbox_by_aggregate', columnNames: ['aggregate_id', 'type'] });

/** So that every page of a list is read from its cursor, and what ended before its window is found without all that ever ended. */
export class PageIndexes1764001310000 implements MigrationInterface {
  readonly name = 'PageIndexes1764001310000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [table, index] of INDICES) await runner.createIndex(table, index);
    await runner.dropIndex('outbox', BEFORE.name ?? '');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.createIndex('outbox', BEFORE);
    for (const [table, { name }] of INDICES) await runner.dropIndex(table, name ?? '');
  }
}
