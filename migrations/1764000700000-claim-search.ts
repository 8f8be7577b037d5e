import type { MigrationInterface, QueryRunner } from 'typeorm';

/** For merchants who look for one of their customers' claims: by its code, or by how the name begins (docs/adr/0030). */
export class ClaimSearch1764000700000 implements MigrationInterface {
  readonly name = 'ClaimSearch1764000700000';

  async up(runner: QueryRunner): Promise<void> {
    const sqlite = runner.connection.options.type === 'better-sqlite3';
    await runner.query('CREATE INDEX claims_by_code ON claims (code)');
    // Elsewhere columns compare without case by themselves.
    await runner.query(`CREATE INDEX users_by_name ON users (name${sqlite ? ' COLLATE NOCASE' : ''})`);
  }

  async down(runner: QueryRunner): Promise<void> {
    const mysql = runner.connection.options.type !== 'better-sqlite3';
    await runner.query(`DROP INDEX users_by_name${mysql ? ' ON users' : ''}`);
    await runner.query(`DROP INDEX claims_by_code${mysql ? ' ON claims' : ''}`);
  }
}
