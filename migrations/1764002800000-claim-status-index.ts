import { Table, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

const text = (name: string, length: string) => ({ name, type: 'varchar', length });

/** One row for each claim that is neither `issued` nor `expired`: the partial index that MariaDB and MySQL do not have. */
const STATUS_INDEX = new Table({
  name: 'claim_status_index',
  columns: [
    { ...text('claim_id', '64'), isPrimary: true },
    text('voucher_id', '64'),
    text('user_id', '64'),
    text('status', '16'),
    { name: 'sequence', type: 'bigint' },
    { name: 'created_at', type: 'bigint' },
  ],
  indices: [
    new TableIndex({
      name: 'claim_status_of_voucher',
      columnNames: ['voucher_id', 'status', 'sequence', 'claim_id'],
    }),
    new TableIndex({
      name: 'claim_status_of_user',
      columnNames: ['user_id', 'status', 'created_at', 'claim_id'],
    }),
  ],
});
const OF_CASHIER = new TableIndex({
  name: 'redemptions_by_cashier',
  columnNames: ['merchant_id', 'by_user', 'id'],
});

/** Claims that one statement looks at. */
const BATCH = 10_000;

/** Lists that are narrowed by a status or a cashier read what they return (docs/adr/0077). */
export class ClaimStatusIndex1764002800000 implements MigrationInterface {
  readonly name = 'ClaimStatusIndex1764002800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(STATUS_INDEX, true);
    await runner.createIndex('redemptions', OF_CASHIER);
    for (let after = ''; ;) {
      const [end] = (await runner.query(
        `SELECT id FROM claims WHERE id > ? ORDER BY id LIMIT 1 OFFSET ${BATCH - 1}`,
        [after],
      )) as { id: string }[];
      await runner.query(
        `INSERT INTO claim_status_index (claim_id, voucher_id, user_id, status, sequence, created_at)
         SELECT id, voucher_id, user_id, status, sequence, created_at FROM claims c
          WHERE id > ?${end ? ' AND id <= ?' : ''} AND status NOT IN ('issued', 'expired')
            AND NOT EXISTS (SELECT 1 FROM claim_status_index i WHERE i.claim_id = c.id)`,
        [after, ...(end ? [end.id] : [])],
      );
      if (!end) return;
      after = end.id;
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('redemptions', OF_CASHIER.name ?? '');
    await runner.dropTable(STATUS_INDEX.name, true);
  }
}
