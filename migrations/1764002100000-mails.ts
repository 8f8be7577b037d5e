import { Table, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

const nullable = { isNullable: true };

/** Mails on their way out. Times are milliseconds since 1970-01-01 UTC. */
const MAILS = new Table({
  name: 'mails',
  columns: [
    { name: 'id', type: 'varchar', length: '64', isPrimary: true },
    { name: 'kind', type: 'varchar', length: '32' },
    { name: 'user_id', type: 'varchar', length: '64', ...nullable },
    { name: 'recipient', type: 'varchar', length: '254' },
    { name: 'language', type: 'varchar', length: '8' },
    // What the text is made of, sealed: links in it let people in. Gone once the mail has left.
    { name: 'params', type: 'text', ...nullable },
    { name: 'status', type: 'varchar', length: '8' },
    { name: 'attempts', type: 'int', default: 0 },
    // When it may be tried; while somebody tries it, when somebody else may.
    { name: 'due_at', type: 'bigint' },
    // From then on it is of no use to its reader.
    { name: 'expires_at', type: 'bigint' },
    { name: 'created_at', type: 'bigint' },
    { name: 'ended_at', type: 'bigint', ...nullable },
    { name: 'error', type: 'varchar', length: '300', ...nullable },
  ],
  indices: [
    new TableIndex({ name: 'mails_due', columnNames: ['status', 'due_at'] }),
    new TableIndex({ name: 'mails_ended', columnNames: ['ended_at'] }),
    new TableIndex({ name: 'mails_of_user', columnNames: ['user_id'] }),
  ],
});

/** Mails leave through an outbox (docs/adr/0063). */
export class Mails1764002100000 implements MigrationInterface {
  readonly name = 'Mails1764002100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(MAILS, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(MAILS.name, true);
  }
}
