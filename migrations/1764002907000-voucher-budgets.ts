import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a voucher costs at most, in minor units of its face value's currency; `NULL`: any (docs/adr/0095). */
export class VoucherBudgets1764002907000 implements MigrationInterface {
  readonly name = 'VoucherBudgets1764002907000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE vouchers ADD COLUMN budget_minor BIGINT NULL');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE vouchers DROP COLUMN budget_minor');
  }
}
