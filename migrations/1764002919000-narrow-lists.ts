import { TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

const INDICES: readonly (readonly [string, TableIndex])[] = [
  [
    'audit_log',
    new TableIndex({ name: 'audit_log_by_object_action', columnNames: ['object_id', 'action', 'id'] }),
  ],
  [
    'audit_log',
    new TableIndex({
      name: 'audit_log_by_merchant_actor_action',
      columnNames: ['merchant_id', 'actor', 'action', 'id'],
    }),
  ],
  ['vouchers', new TableIndex({ name: 'vouchers_shown', columnNames: ['taken_down_at', 'status', 'id'] })],
];

/** So that the audit log by several filters, and the public list beside vouchers that were taken down, read what they return (docs/adr/0077). */
export class NarrowLists1764002919000 implements MigrationInterface {
  readonly name = 'NarrowLists1764002919000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [table, index] of INDICES) await runner.createIndex(table, index);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [table, { name }] of [...INDICES].reverse()) await runner.dropIndex(table, name ?? '');
  }
}
