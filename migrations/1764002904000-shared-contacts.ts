import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';

const id = (name: string, isPrimary = false) => ({ name, type: 'varchar', length: '64', isPrimary });

/** Who lets the merchant see a contact, for which claim. A row goes when that is taken back. */
const CONSENTS = new Table({
  name: 'claim_contact_consents',
  columns: [id('claim_id', true), id('user_id'), { name: 'created_at', type: 'bigint' }],
});

/** Contacts that people share at a claim, and drops that were taken down with their merchant (docs/adr/0090). */
export class SharedContacts1764002904000 implements MigrationInterface {
  readonly name = 'SharedContacts1764002904000';

  async up(runner: QueryRunner): Promise<void> {
    // By SQL: all three databases add a column without touching the rows.
    await runner.query('ALTER TABLE vouchers ADD COLUMN asks_contact SMALLINT NOT NULL DEFAULT 0');
    await runner.query('ALTER TABLE voucher_take_downs ADD COLUMN with_merchant SMALLINT NOT NULL DEFAULT 0');
    await runner.createTable(CONSENTS, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(CONSENTS.name, true);
    await runner.query('ALTER TABLE voucher_take_downs DROP COLUMN with_merchant');
    await runner.query('ALTER TABLE vouchers DROP COLUMN asks_contact');
  }
}
