import { Table, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

const JOBS = new Table({
  name: 'audit_jobs',
  columns: [
    { name: 'id', type: 'varchar', length: '64', isPrimary: true },
    { name: 'voucher_id', type: 'varchar', length: '64' },
    // 1: every claim is read.
    { name: 'whole', type: 'smallint' },
    { name: 'state', type: 'varchar', length: '16' },
    // Per cent.
    { name: 'progress', type: 'smallint', default: 0 },
    // Of the run that is under way, and when it was last heard of: another takes its place where that is long ago.
    { name: 'lease', type: 'varchar', length: '64', isNullable: true },
    { name: 'beat_at', type: 'bigint', isNullable: true },
    { name: 'attempts', type: 'smallint', default: 0 },
    // JSON: the equations.
    { name: 'result', type: 'text', isNullable: true },
    { name: 'created_at', type: 'bigint' },
    { name: 'finished_at', type: 'bigint', isNullable: true },
  ],
  indices: [
    new TableIndex({ name: 'audit_jobs_by_state', columnNames: ['state', 'id'] }),
    new TableIndex({ name: 'audit_jobs_by_voucher', columnNames: ['voucher_id', 'id'] }),
  ],
});

/** Audits that merchants asked for and that run by themselves (docs/adr/0088). */
export class AuditJobs1764002902010 implements MigrationInterface {
  readonly name = 'AuditJobs1764002902010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(JOBS, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(JOBS.name, true);
  }
}
