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

const API_KEYS = new Table({
  name: 'api_keys',
  columns: [
    text('id', 64, { isPrimary: true }),
    text('merchant_id', 64),
    text('name', 100),
    // Separated by spaces.
    text('scopes', 500),
    // JSON: address ranges; none is any address.
    text('addresses', 2_000),
    time('created_at'),
    text('created_by', 64),
    time('expires_at', nullable),
    time('last_used_at', nullable),
    time('revoked_at', nullable),
    text('revoked_by', 64, nullable),
  ],
  indices: [new TableIndex({ name: 'api_keys_by_merchant', columnNames: ['merchant_id', 'id'] })],
});

/** A key has two for a while after its rotation. */
const SECRETS = new Table({
  name: 'api_key_secrets',
  columns: [
    // SHA-256 of the secret, hexadecimal.
    text('hash', 64, { isPrimary: true }),
    text('key_id', 64),
    // Its last characters, by which people know it again.
    text('hint', 8),
    time('created_at'),
    time('ends_at', nullable),
  ],
  indices: [new TableIndex({ name: 'api_key_secrets_by_key', columnNames: ['key_id', 'created_at'] })],
});

/** Keys of a merchant's own programs (docs/adr/0051). */
export class ApiKeys1764001700000 implements MigrationInterface {
  readonly name = 'ApiKeys1764001700000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(API_KEYS, true);
    await runner.createTable(SECRETS, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(SECRETS.name, true);
    await runner.dropTable(API_KEYS.name, true);
  }
}
