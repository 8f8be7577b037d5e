import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Units that are released at times, as JSON; `NULL` where there are none (docs/adr/0084). */
export class StockWaves1764002710000 implements MigrationInterface {
  readonly name = 'StockWaves1764002710000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE vouchers ADD COLUMN waves TEXT NULL');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE vouchers DROP COLUMN waves');
  }
}
