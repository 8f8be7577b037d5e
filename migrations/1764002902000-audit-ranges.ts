import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';

const RANGES = new Table({
  name: 'audit_ranges',
  columns: [
    { name: 'voucher_id', type: 'varchar', length: '64', isPrimary: true },
    { name: 'range_no', type: 'int', isPrimary: true },
    // Rows in the range, and how many of them were ever issued.
    { name: 'claims', type: 'int' },
    { name: 'ever_issued', type: 'int' },
    // No user had more live claims than so many.
    { name: 'per_user_limit', type: 'int' },
    // Counts the audits that proved a range: the lowest is read again first.
    { name: 'round', type: 'int' },
  ],
});

/** Ranges of a voucher's line whose claims an audit has proved (docs/adr/0088). */
export class AuditRanges1764002902000 implements MigrationInterface {
  readonly name = 'AuditRanges1764002902000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(RANGES, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(RANGES.name, true);
  }
}
