import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which side of its merchant a key opens (docs/adr/0092); those before it are live. By SQL: no database copies the table for a column. */
export class ApiKeyModes1764002905000 implements MigrationInterface {
  readonly name = 'ApiKeyModes1764002905000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE api_keys ADD COLUMN mode VARCHAR(8) NOT NULL DEFAULT 'live'");
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE api_keys DROP COLUMN mode');
  }
}
