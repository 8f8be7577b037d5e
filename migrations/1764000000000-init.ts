import {
  Table,
  TableIndex,
  type MigrationInterface,
  type QueryRunner,
  type TableColumnOptions,
} from 'typeorm';

const id = (name: string, extra: Partial<TableColumnOptions> = {}): TableColumnOptions => ({
  name,
  type: 'varchar',
  length: '64',
  ...extra,
});
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
const primary = { isPrimary: true };
const nullable = { isNullable: true };

const TABLES: readonly Table[] = [
  new Table({
    name: 'users',
    columns: [
      id('id', primary),
      text('email', 254, { ...nullable, isUnique: true }),
      text('phone', 20, { ...nullable, isUnique: true }),
      text('name', 200),
      text('password_hash', 255, nullable),
      text('role', 16),
      id('merchant_id', nullable),
      text('merchant_role', 16, nullable),
      time('created_at'),
    ],
  }),
  new Table({
    name: 'merchants',
    columns: [id('id', primary), text('name', 200), text('time_zone', 64), time('created_at')],
  }),
  new Table({
    name: 'vouchers',
    columns: [
      id('id', primary),
      id('merchant_id'),
      text('title', 200),
      { name: 'description', type: 'text', isNullable: true },
      text('status', 16),
      int('total_stock'),
      int('per_user_limit'),
      time('opens_at'),
      time('closes_at'),
      time('redeem_until', nullable),
      text('time_zone', 64),
      { name: 'face_amount', type: 'bigint', isNullable: true },
      text('face_currency', 3, nullable),
      { name: 'protection', type: 'text' },
      int('version'),
      time('created_at'),
      time('updated_at'),
    ],
    indices: [
      new TableIndex({ name: 'vouchers_by_merchant', columnNames: ['merchant_id', 'id'] }),
      new TableIndex({ name: 'vouchers_by_status', columnNames: ['status', 'id'] }),
    ],
  }),
  // Apart from the voucher: this row is hot while a drop runs, and edits of the voucher must not wait for it.
  new Table({
    name: 'voucher_stock',
    columns: [id('voucher_id', primary), int('total'), int('issued', { default: 0 })],
  }),
  new Table({
    name: 'claims',
    columns: [
      id('id', primary),
      id('voucher_id'),
      id('user_id'),
      int('ordinal'),
      int('epoch'),
      { name: 'sequence', type: 'bigint' },
      text('status', 16),
      text('code', 32, nullable),
      text('reject_reason', 64, nullable),
      text('idempotency', 64, nullable),
      time('created_at'),
      time('issued_at', nullable),
    ],
    indices: [
      new TableIndex({
        name: 'claims_once',
        columnNames: ['voucher_id', 'user_id', 'ordinal'],
        isUnique: true,
      }),
      new TableIndex({ name: 'claims_by_user', columnNames: ['user_id', 'created_at', 'id'] }),
      new TableIndex({ name: 'claims_by_sequence', columnNames: ['voucher_id', 'sequence'] }),
    ],
  }),
  new Table({
    name: 'claim_intake',
    columns: [
      id('claim_id', primary),
      id('voucher_id'),
      int('epoch'),
      { name: 'payload', type: 'text' },
      int('attempts', { default: 0 }),
      time('created_at'),
    ],
    indices: [new TableIndex({ name: 'claim_intake_by_age', columnNames: ['created_at'] })],
  }),
  new Table({
    name: 'claim_dead_letters',
    columns: [
      id('id', primary),
      text('source', 128),
      { name: 'payload', type: 'text' },
      text('reason', 1000),
      time('created_at'),
    ],
  }),
  new Table({
    name: 'outbox',
    columns: [
      id('id', primary),
      text('type', 64),
      id('aggregate_id'),
      { name: 'payload', type: 'text' },
      int('status', { default: 0 }),
      time('created_at'),
      time('sent_at', nullable),
    ],
    indices: [
      new TableIndex({ name: 'outbox_by_status', columnNames: ['status', 'created_at'] }),
      new TableIndex({ name: 'outbox_by_aggregate', columnNames: ['aggregate_id', 'type'] }),
    ],
  }),
  new Table({
    name: 'gate_epoch',
    columns: [
      int('id', primary),
      int('epoch'),
      text('state', 16),
      int('scripts_version'),
      { name: 'barrier', type: 'text', isNullable: true },
      text('leader', 64, nullable),
      time('leader_until', { default: 0 }),
      time('changed_at'),
    ],
  }),
  new Table({
    name: 'idempotency_keys',
    columns: [
      id('id', primary),
      text('fingerprint', 64),
      int('status', nullable),
      { name: 'body', type: 'text', isNullable: true },
      text('location', 500, nullable),
      time('locked_until'),
      time('created_at'),
    ],
    indices: [new TableIndex({ name: 'idempotency_keys_by_age', columnNames: ['created_at'] })],
  }),
];

export class Init1764000000000 implements MigrationInterface {
  readonly name = 'Init1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.createTable(table, true);
    await runner.query(
      `INSERT INTO gate_epoch (id, epoch, state, scripts_version, leader_until, changed_at) VALUES (1, 0, 'lost', 0, 0, 0)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [...TABLES].reverse()) await runner.dropTable(table.name, true);
  }
}
