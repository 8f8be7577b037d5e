import { Table, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

/** Append-only: what the stock of a voucher is made of. Number 0 is what it was published with. */
const STOCK_LEDGER = new Table({
  name: 'stock_ledger',
  columns: [
    { name: 'voucher_id', type: 'varchar', length: '64', isPrimary: true },
    { name: 'number', type: 'int', isPrimary: true },
    { name: 'delta', type: 'int' },
    { name: 'reason', type: 'varchar', length: '200' },
    { name: 'actor', type: 'varchar', length: '64', isNullable: true },
    { name: 'state', type: 'varchar', length: '16' },
    { name: 'idempotency', type: 'varchar', length: '64', isNullable: true },
    { name: 'created_at', type: 'bigint' },
    { name: 'settled_at', type: 'bigint', isNullable: true },
  ],
  indices: [new TableIndex({ name: 'stock_ledger_by_state', columnNames: ['state', 'created_at'] })],
});

export class StockLedger1764000300000 implements MigrationInterface {
  readonly name = 'StockLedger1764000300000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(STOCK_LEDGER, true);
    // Vouchers that were published before there was a ledger begin with the stock they have.
    await runner.query(
      `INSERT INTO stock_ledger (voucher_id, number, delta, reason, actor, state, created_at, settled_at)
       SELECT s.voucher_id, 0, s.total, 'initial', NULL, 'applied', v.updated_at, v.updated_at
         FROM voucher_stock s JOIN vouchers v ON v.id = s.voucher_id WHERE v.status <> 'draft'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(STOCK_LEDGER.name, true);
  }
}
