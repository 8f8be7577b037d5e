import { Table, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

const id = (name: string) => ({ name, type: 'varchar', length: '64' });
const email = { name: 'email', type: 'varchar', length: '254' };
/** Milliseconds since 1970-01-01 UTC. */
const time = (name: string) => ({ name, type: 'bigint' });

/** Links that were mailed. A row is a link that nobody has used. */
const ACCOUNT_TOKENS = new Table({
  name: 'account_tokens',
  columns: [
    { ...id('hash'), isPrimary: true },
    { name: 'purpose', type: 'varchar', length: '16' },
    id('user_id'),
    email,
    // Of what has to be as it was for the link to be good.
    { ...id('bound_to'), isNullable: true },
    time('expires_at'),
    time('created_at'),
  ],
  indices: [
    new TableIndex({ name: 'account_tokens_of_user', columnNames: ['user_id', 'purpose'] }),
    new TableIndex({ name: 'account_tokens_by_expiry', columnNames: ['expires_at'] }),
  ],
});

/** Who asked for a new password, whether there is such an account or not. */
const PASSWORD_RESETS = new Table({
  name: 'password_reset_requests',
  columns: [
    { ...id('id'), isPrimary: true },
    email,
    { name: 'language', type: 'varchar', length: '8' },
    time('created_at'),
  ],
});

/** A new password by mail, and proofs of e-mail addresses (docs/adr/0063). */
export class AccountRecovery1764002110000 implements MigrationInterface {
  readonly name = 'AccountRecovery1764002110000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE users ADD COLUMN email_verified_at BIGINT NULL');
    for (const table of [ACCOUNT_TOKENS, PASSWORD_RESETS]) await runner.createTable(table, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [PASSWORD_RESETS, ACCOUNT_TOKENS]) await runner.dropTable(table.name, true);
    await runner.query('ALTER TABLE users DROP COLUMN email_verified_at');
  }
}
