import { TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

const INDICES = [
  new TableIndex({ name: 'audit_log_by_actor', columnNames: ['actor', 'id'] }),
  new TableIndex({ name: 'audit_log_by_action', columnNames: ['action', 'id'] }),
  new TableIndex({ name: 'audit_log_by_merchant_action', columnNames: ['merchant_id', 'action', 'id'] }),
];

/** So that each filter of the audit log reads its pages from the cursor (docs/adr/0064). */
export class AuditLogIndexes1764002200000 implements MigrationInterface {
  readonly name = 'AuditLogIndexes1764002200000';

  async up(runner: QueryRunner): Promise<void> {
    for (const index of INDICES) await runner.createIndex('audit_log', index);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const { name } of INDICES) await runner.dropIndex('audit_log', name ?? '');
  }
}
