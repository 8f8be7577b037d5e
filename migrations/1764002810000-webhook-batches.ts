import { TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

const BEFORE = new TableIndex({
  name: 'webhook_deliveries_due',
  columnNames: ['endpoint_id', 'status', 'due_at'],
});
/** The events of a batch that is sent again stand together, and none of them has to be sorted. */
const AFTER = new TableIndex({
  name: 'webhook_deliveries_due',
  columnNames: ['endpoint_id', 'status', 'due_at', 'batch_id', 'id'],
});

/** Several events in one message (docs/adr/0082). By SQL: no database copies the table for a column. */
export class WebhookBatches1764002810000 implements MigrationInterface {
  readonly name = 'WebhookBatches1764002810000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE webhook_endpoints ADD COLUMN batch_size INT NOT NULL DEFAULT 1');
    await runner.query('ALTER TABLE webhook_deliveries ADD COLUMN batch_id VARCHAR(64) NULL');
    await runner.dropIndex('webhook_deliveries', BEFORE.name ?? '');
    await runner.createIndex('webhook_deliveries', AFTER);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('webhook_deliveries', AFTER.name ?? '');
    await runner.createIndex('webhook_deliveries', BEFORE);
    await runner.query('ALTER TABLE webhook_deliveries DROP COLUMN batch_id');
    await runner.query('ALTER TABLE webhook_endpoints DROP COLUMN batch_size');
  }
}
