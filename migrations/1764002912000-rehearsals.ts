import { Table, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

const REHEARSALS = new Table({
  name: 'rehearsals',
  columns: [
    { name: 'id', type: 'varchar', length: '64', isPrimary: true },
    { name: 'voucher_id', type: 'varchar', length: '64' },
    { name: 'merchant_id', type: 'varchar', length: '64' },
    { name: 'by_user', type: 'varchar', length: '64' },
    // JSON: what was asked for.
    { name: 'request', type: 'text' },
    { name: 'state', type: 'varchar', length: '16' },
    // 1 while it is under way: there is one in an installation.
    { name: 'slot', type: 'smallint', isNullable: true },
    { name: 'shadow_id', type: 'varchar', length: '64' },
    // From when on the ledger takes no more claims of the shadow.
    { name: 'removed_at', type: 'bigint', isNullable: true },
    // 1: somebody wants it to end.
    { name: 'cancelled', type: 'smallint', default: 0 },
    { name: 'stopped_by', type: 'varchar', length: '16', isNullable: true },
    // Of the process that is at it, and when that was last heard of.
    { name: 'lease', type: 'varchar', length: '64', isNullable: true },
    { name: 'beat_at', type: 'bigint', isNullable: true },
    // JSON: what was measured, and the equations.
    { name: 'measured', type: 'text', isNullable: true },
    { name: 'audit', type: 'text', isNullable: true },
    { name: 'created_at', type: 'bigint' },
    { name: 'finished_at', type: 'bigint', isNullable: true },
  ],
  indices: [
    new TableIndex({ name: 'rehearsals_under_way', columnNames: ['slot'], isUnique: true }),
    new TableIndex({ name: 'rehearsals_by_shadow', columnNames: ['shadow_id'] }),
    new TableIndex({ name: 'rehearsals_by_voucher', columnNames: ['voucher_id', 'id'] }),
  ],
});

/** Rehearsals of drops (docs/adr/0093). */
export class Rehearsals1764002912000 implements MigrationInterface {
  readonly name = 'Rehearsals1764002912000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(REHEARSALS, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(REHEARSALS.name, true);
  }
}
