import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * How many events of each voucher and type were removed from the outbox, and up to which time, so that the audit's equation of events
 * still holds without them (docs/adr/0055). After `down` it does not where any were removed.
 */
export class OutboxRetention1764002500000 implements MigrationInterface {
  readonly name = 'OutboxRetention1764002500000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'outbox_removed',
        columns: [
          { name: 'aggregate_id', type: 'varchar', length: '64', isPrimary: true },
          { name: 'type', type: 'varchar', length: '64', isPrimary: true },
          { name: 'events', type: 'bigint' },
          { name: 'up_to', type: 'bigint' },
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('outbox_removed');
  }
}
