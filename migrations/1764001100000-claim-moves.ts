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
/** Milliseconds since 1970-01-01 UTC. */
const time = (name: string, extra: Partial<TableColumnOptions> = {}): TableColumnOptions => ({
  name,
  type: 'bigint',
  ...extra,
});

const REDEMPTIONS = new Table({
  name: 'redemptions',
  columns: [
    text('id', 64, { isPrimary: true }),
    text('claim_id', 64),
    text('voucher_id', 64),
    text('merchant_id', 64),
    text('by_user', 64),
    text('location', 100, nullable),
    time('at'),
    time('rolled_back_at', nullable),
    text('rolled_back_by', 64, nullable),
    text('reason', 200, nullable),
  ],
  indices: [
    new TableIndex({ name: 'redemptions_by_claim', columnNames: ['claim_id'] }),
    new TableIndex({ name: 'redemptions_by_merchant', columnNames: ['merchant_id', 'id'] }),
  ],
});

/** Append-only. */
const AUDIT_LOG = new Table({
  name: 'audit_log',
  columns: [
    text('id', 64, { isPrimary: true }),
    time('at'),
    text('actor_kind', 16),
    text('actor', 64, nullable),
    text('merchant_id', 64, nullable),
    text('action', 64),
    text('object_type', 32),
    text('object_id', 64),
    { name: 'objects', type: 'int', default: 1 },
    { name: 'details', type: 'text', isNullable: true },
    text('address', 64, nullable),
    text('request_id', 64, nullable),
  ],
  indices: [
    new TableIndex({ name: 'audit_log_by_merchant', columnNames: ['merchant_id', 'id'] }),
    new TableIndex({ name: 'audit_log_by_object', columnNames: ['object_id', 'id'] }),
  ],
});

/** On a claim that never moved they are all null, and take no room in its row. */
const COLUMNS = ['moved_at BIGINT NULL', 'moved_by VARCHAR(64) NULL', 'moves INT NULL'];

/**
 * What becomes of a claim after it is a row (docs/adr/0043). The columns are added by SQL: all three databases do that without
 * touching the rows, while the table API copies the whole table on SQLite.
 */
export class ClaimMoves1764001100000 implements MigrationInterface {
  readonly name = 'ClaimMoves1764001100000';

  async up(runner: QueryRunner): Promise<void> {
    for (const column of COLUMNS) await runner.query(`ALTER TABLE claims ADD COLUMN ${column}`);
    await runner.createTable(REDEMPTIONS, true);
    await runner.createTable(AUDIT_LOG, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(AUDIT_LOG.name, true);
    await runner.dropTable(REDEMPTIONS.name, true);
    for (const name of ['moves', 'moved_by', 'moved_at'])
      await runner.query(`ALTER TABLE claims DROP COLUMN ${name}`);
  }
}
