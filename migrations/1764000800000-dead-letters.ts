import {
  TableColumn,
  TableIndex,
  type MigrationInterface,
  type QueryRunner,
  type TableColumnOptions,
} from 'typeorm';

const TABLE = 'claim_dead_letters';
const nullable = { isNullable: true };
const text = (name: string, length: number, extra: Partial<TableColumnOptions> = {}): TableColumn =>
  new TableColumn({ name, type: 'varchar', length: String(length), ...extra });
/** Milliseconds since 1970-01-01 UTC. */
const time = (name: string): TableColumn => new TableColumn({ name, type: 'bigint', ...nullable });

const COLUMNS: readonly TableColumn[] = [
  text('status', 16, { default: `'open'` }),
  text('claim_id', 64, nullable),
  text('voucher_id', 64, nullable),
  new TableColumn({ name: 'retries', type: 'int', default: 0 }),
  time('retried_at'),
  time('closed_at'),
  text('closed_by', 64, nullable),
  text('note', 500, nullable),
];
const INDICES: readonly TableIndex[] = [
  new TableIndex({ name: 'claim_dead_letters_by_status', columnNames: ['status', 'created_at', 'id'] }),
  new TableIndex({ name: 'claim_dead_letters_by_claim', columnNames: ['claim_id'] }),
  new TableIndex({ name: 'claim_dead_letters_by_voucher', columnNames: ['voucher_id', 'status'] }),
];

/**
 * A dead letter holds its claim until an administrator retries or discards it (docs/adr/0031). Those of before hold none:
 * their claims were rejected at the gate, and their units given back, at the moment they were set aside.
 */
export class DeadLetters1764000800000 implements MigrationInterface {
  readonly name = 'DeadLetters1764000800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.addColumns(TABLE, [...COLUMNS]);
    await runner.createIndices(TABLE, [...INDICES]);
    await runner.query(
      `UPDATE ${TABLE} SET status = 'discarded', closed_at = created_at, note = 'set aside by an earlier version, which rejected the claim at once'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const { name } of INDICES) await runner.dropIndex(TABLE, name ?? '');
    for (const { name } of COLUMNS) await runner.dropColumn(TABLE, name);
  }
}
