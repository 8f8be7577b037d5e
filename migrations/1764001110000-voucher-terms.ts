import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';

const nullable = { isNullable: true };

/** What a published voucher said from a time on: one row when it is published, one for each edit afterwards. */
const VOUCHER_TERMS = new Table({
  name: 'voucher_terms',
  columns: [
    { name: 'voucher_id', type: 'varchar', length: '64', isPrimary: true },
    { name: 'version', type: 'int', isPrimary: true },
    { name: 'from_at', type: 'bigint' },
    { name: 'title', type: 'varchar', length: '200' },
    { name: 'description', type: 'text', ...nullable },
    { name: 'face_amount', type: 'bigint', ...nullable },
    { name: 'face_currency', type: 'varchar', length: '3', ...nullable },
    { name: 'redeem_from', type: 'bigint', ...nullable },
    { name: 'redeem_until', type: 'bigint', ...nullable },
    { name: 'time_zone', type: 'varchar', length: '64' },
  ],
});

const COLUMNS = ['redeem_from BIGINT NULL', 'rollback_within_s INT NOT NULL DEFAULT 600'];

/** When a voucher can be redeemed, how long that can be taken back, and what its holders were promised (docs/adr/0042, 0043). */
export class VoucherTerms1764001110000 implements MigrationInterface {
  readonly name = 'VoucherTerms1764001110000';

  async up(runner: QueryRunner): Promise<void> {
    for (const column of COLUMNS) await runner.query(`ALTER TABLE vouchers ADD COLUMN ${column}`);
    await runner.createTable(VOUCHER_TERMS, true);
    await runner.query(
      `INSERT INTO voucher_terms
         (voucher_id, version, from_at, title, description, face_amount, face_currency, redeem_from, redeem_until, time_zone)
       SELECT id, version, 0, title, description, face_amount, face_currency, redeem_from, redeem_until, time_zone
         FROM vouchers WHERE status <> 'draft'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(VOUCHER_TERMS.name, true);
    for (const name of ['rollback_within_s', 'redeem_from'])
      await runner.query(`ALTER TABLE vouchers DROP COLUMN ${name}`);
  }
}
