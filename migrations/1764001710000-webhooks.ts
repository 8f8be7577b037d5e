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

const ENDPOINTS = new Table({
  name: 'webhook_endpoints',
  columns: [
    text('id', 64, { isPrimary: true }),
    text('merchant_id', 64),
    text('url', 2_000),
    text('description', 200, nullable),
    // Separated by spaces; '*' is all, those to come too.
    text('events', 2_000),
    text('status', 16),
    text('disabled_reason', 16, nullable),
    // Sealed: it has to be read to sign.
    text('secret', 500),
    text('previous_secret', 500, nullable),
    time('previous_secret_until', nullable),
    time('created_at'),
    text('created_by', 64),
    time('last_success_at', nullable),
    // Batches without a success in a row, and until when nothing is tried.
    int('failures', { default: 0 }),
    time('paused_until', { default: 0 }),
    text('lease_owner', 64, nullable),
    time('lease_until', { default: 0 }),
  ],
  indices: [new TableIndex({ name: 'webhook_endpoints_by_merchant', columnNames: ['merchant_id', 'id'] })],
});

const DELIVERIES = new Table({
  name: 'webhook_deliveries',
  columns: [
    text('id', 64, { isPrimary: true }),
    text('endpoint_id', 64),
    text('event_id', 64),
    text('event_type', 64),
    // What the event is about: of one subject, events go out in order.
    text('subject', 64),
    { name: 'payload', type: 'text' },
    text('status', 16),
    int('attempts', { default: 0 }),
    // How many there were when the present round of retries began.
    int('round_from', { default: 0 }),
    time('due_at'),
    time('created_at'),
    time('ended_at', nullable),
  ],
  indices: [
    new TableIndex({ name: 'webhook_deliveries_due', columnNames: ['endpoint_id', 'status', 'due_at'] }),
    new TableIndex({
      name: 'webhook_deliveries_of_subject',
      columnNames: ['endpoint_id', 'subject', 'status', 'id'],
    }),
    new TableIndex({ name: 'webhook_deliveries_by_status', columnNames: ['endpoint_id', 'status', 'id'] }),
    new TableIndex({ name: 'webhook_deliveries_by_endpoint', columnNames: ['endpoint_id', 'id'] }),
  ],
});

const ATTEMPTS = new Table({
  name: 'webhook_attempts',
  columns: [
    text('delivery_id', 64, { isPrimary: true }),
    int('number', { isPrimary: true }),
    time('at'),
    int('duration_ms'),
    int('response_status', nullable),
    { name: 'response_body', type: 'text', isNullable: true },
    text('error', 200, nullable),
  ],
});

/** Events sent to merchants by HTTP (docs/adr/0058). */
export class Webhooks1764001710000 implements MigrationInterface {
  readonly name = 'Webhooks1764001710000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of [ENDPOINTS, DELIVERIES, ATTEMPTS]) await runner.createTable(table, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [ATTEMPTS, DELIVERIES, ENDPOINTS]) await runner.dropTable(table.name, true);
  }
}
