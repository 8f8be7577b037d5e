import { Table, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

/** When the claims of a voucher are looked through because of their time, and how far that has come. */
const CLAIM_EXPIRY = new Table({
  name: 'claim_expiry',
  columns: [
    { name: 'voucher_id', type: 'varchar', length: '64', isPrimary: true },
    { name: 'due_at', type: 'bigint', isNullable: true },
    { name: 'position', type: 'varchar', length: '128', default: "''" },
    { name: 'expired', type: 'bigint', default: 0 },
  ],
  indices: [new TableIndex({ name: 'claim_expiry_by_due', columnNames: ['due_at', 'voucher_id'] })],
});

/** Claims whose time is over are stored as expired, batch by batch (docs/adr/0050). */
export class ClaimExpiry1764001900000 implements MigrationInterface {
  readonly name = 'ClaimExpiry1764001900000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(CLAIM_EXPIRY, true);
    await runner.query(
      `INSERT INTO claim_expiry (voucher_id, due_at)
       SELECT id, redeem_until FROM vouchers WHERE status <> 'draft' AND redeem_until IS NOT NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(CLAIM_EXPIRY.name, true);
  }
}
