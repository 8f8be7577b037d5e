import {
  Table,
  TableIndex,
  type MigrationInterface,
  type QueryRunner,
  type TableColumnOptions,
} from 'typeorm';

const nullable = { isNullable: true };
const text = (name: string, length: number, extra: Partial<TableColumnOptions> = {}): TableColumnOptions => ({
  name,
  type: 'varchar',
  length: String(length),
  ...extra,
});
const int = (name: string, extra: Partial<TableColumnOptions> = {}): TableColumnOptions => ({
  name,
  type: 'int',
  ...extra,
});
/** Milliseconds since 1970-01-01 UTC. */
const time = (name: string, extra: Partial<TableColumnOptions> = {}): TableColumnOptions => ({
  name,
  type: 'bigint',
  ...extra,
});

/** Append-only: what the ledger took back of a voucher, for the gate to take back in the order of the numbers. */
const UNIT_RETURNS = new Table({
  name: 'unit_returns',
  columns: [
    text('voucher_id', 64, { isPrimary: true }),
    int('number', { isPrimary: true }),
    text('cause', 16),
    int('units'),
    int('claims_count'),
    // JSON: [[user id, ordinal], ...]
    { name: 'claims', type: 'text' },
    text('state', 16),
    time('created_at'),
    time('settled_at', nullable),
  ],
  indices: [new TableIndex({ name: 'unit_returns_by_state', columnNames: ['state', 'created_at'] })],
});

/** Cancellations of many claims, as jobs with their progress. */
const CANCELLATIONS = new Table({
  name: 'cancellations',
  columns: [
    text('id', 64, { isPrimary: true }),
    text('voucher_id', 64),
    text('merchant_id', 64),
    text('by_user', 64),
    text('reason', 200),
    // JSON: which claims.
    { name: 'selection', type: 'text' },
    text('state', 16),
    int('total'),
    int('cancelled', { default: 0 }),
    int('refused', { default: 0 }),
    text('position', 128, { default: "''" }),
    time('created_at'),
    time('finished_at', nullable),
  ],
  indices: [
    new TableIndex({ name: 'cancellations_by_state', columnNames: ['state', 'created_at'] }),
    new TableIndex({ name: 'cancellations_by_voucher', columnNames: ['voucher_id', 'id'] }),
  ],
});

/** By SQL: all three databases add a column without touching the rows, while the table API copies the table on SQLite. */
const COLUMNS = [
  ['voucher_stock', 'returns', 'INT NOT NULL DEFAULT 0'],
  ['vouchers', 'cancellable_until', 'BIGINT NULL'],
  ['claims', 'cancel_reason', 'VARCHAR(200) NULL'],
] as const;

/** What gives a unit back is numbered, so that the gate takes it exactly once (docs/adr/0044). */
export class UnitReturns1764001200000 implements MigrationInterface {
  readonly name = 'UnitReturns1764001200000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [table, column, type] of COLUMNS)
      await runner.query(`ALTER TABLE ${table} ADD COLUMN ${column} ${type}`);
    await runner.createTable(UNIT_RETURNS, true);
    await runner.createTable(CANCELLATIONS, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(CANCELLATIONS.name, true);
    await runner.dropTable(UNIT_RETURNS.name, true);
    for (const [table, column] of COLUMNS) await runner.query(`ALTER TABLE ${table} DROP COLUMN ${column}`);
  }
}
