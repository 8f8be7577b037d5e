import { Table, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

const text = (name: string, length: number, isNullable = false) => ({
  name,
  type: 'varchar',
  length: String(length),
  isNullable,
});
/** Milliseconds since 1970-01-01 UTC. */
const time = (name: string, isNullable = false) => ({ name, type: 'bigint', isNullable });

const INVITATIONS = new Table({
  name: 'staff_invitations',
  columns: [
    { ...text('id', 64), isPrimary: true },
    text('merchant_id', 64),
    text('role', 16),
    // Whose account alone may accept it; gone with that account.
    text('email', 254, true),
    text('token_hash', 64),
    time('created_at'),
    text('created_by', 64),
    time('expires_at'),
    time('accepted_at', true),
    text('accepted_by', 64, true),
    time('withdrawn_at', true),
  ],
  indices: [
    new TableIndex({ name: 'staff_invitations_by_token', columnNames: ['token_hash'], isUnique: true }),
    new TableIndex({ name: 'staff_invitations_by_merchant', columnNames: ['merchant_id', 'id'] }),
    new TableIndex({ name: 'staff_invitations_by_email', columnNames: ['email'] }),
    new TableIndex({ name: 'staff_invitations_by_expiry', columnNames: ['expires_at'] }),
  ],
});
const USERS_BY_MERCHANT = new TableIndex({ name: 'users_by_merchant', columnNames: ['merchant_id', 'id'] });

/** Invitations to work for a merchant, and the list of those who do (docs/adr/0072). */
export class StaffInvitations1764002210000 implements MigrationInterface {
  readonly name = 'StaffInvitations1764002210000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(INVITATIONS, true);
    await runner.createIndex('users', USERS_BY_MERCHANT);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('users', USERS_BY_MERCHANT);
    await runner.dropTable(INVITATIONS);
  }
}
