import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';

/** Sums of the claims on a voucher by windows of sequence numbers that are settled, so that each is read once (docs/adr/0075). */
export class ClaimWindows1764002510000 implements MigrationInterface {
  readonly name = 'ClaimWindows1764002510000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'claim_windows',
        columns: [
          { name: 'voucher_id', type: 'varchar', length: '64', isPrimary: true },
          { name: 'window_no', type: 'int', isPrimary: true },
          { name: 'width_s', type: 'int' },
          { name: 'sums', type: 'text' },
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('claim_windows');
  }
}
