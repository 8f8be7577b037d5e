import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The pattern that a voucher's codes are made by; `NULL` where there is none (docs/adr/0094). */
export class CodePatterns1764002906000 implements MigrationInterface {
  readonly name = 'CodePatterns1764002906000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE vouchers ADD COLUMN code_pattern VARCHAR(32) NULL');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE vouchers DROP COLUMN code_pattern');
  }
}
