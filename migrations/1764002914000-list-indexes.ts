import { TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

const INDICES: readonly (readonly [string, TableIndex])[] = [
  [
    'vouchers',
    new TableIndex({ name: 'vouchers_of_merchant_by_status', columnNames: ['merchant_id', 'status', 'id'] }),
  ],
  ['vouchers', new TableIndex({ name: 'vouchers_by_opening', columnNames: ['status', 'opens_at'] })],
  ['waiting_entries', new TableIndex({ name: 'waiting_entries_of_user', columnNames: ['user_id', 'state'] })],
  [
    'audit_log',
    new TableIndex({ name: 'audit_log_by_actor_action', columnNames: ['actor', 'action', 'id'] }),
  ],
  [
    'audit_log',
    new TableIndex({ name: 'audit_log_by_merchant_actor', columnNames: ['merchant_id', 'actor', 'id'] }),
  ],
];
const NAMES = 'merchants_by_name';

/** So that every list and every search reads about what it returns (docs/adr/0077). */
export class ListIndexes1764002914000 implements MigrationInterface {
  readonly name = 'ListIndexes1764002914000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [table, index] of INDICES) await runner.createIndex(table, index);
    const sqlite = runner.connection.options.type === 'better-sqlite3';
    // Names are found however they are written; the servers' collation compares them so by itself.
    await runner.query(`CREATE INDEX ${NAMES} ON merchants (name${sqlite ? ' COLLATE NOCASE' : ''})`);
  }

  async down(runner: QueryRunner): Promise<void> {
    const mysql = runner.connection.options.type !== 'better-sqlite3';
    await runner.query(`DROP INDEX ${NAMES}${mysql ? ' ON merchants' : ''}`);
    for (const [table, { name }] of [...INDICES].reverse()) await runner.dropIndex(table, name ?? '');
  }
}
