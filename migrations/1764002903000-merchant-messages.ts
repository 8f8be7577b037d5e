import { Table, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

const id = (name: string, isPrimary = false) => ({ name, type: 'varchar', length: '64', isPrimary });
/** Milliseconds since 1970-01-01 UTC. */
const time = (name: string, isNullable = false) => ({ name, type: 'bigint', isNullable });
const count = (name: string) => ({ name, type: 'int', default: 0 });

/** What merchants write to those who hold claims on a voucher. */
const MESSAGES = new Table({
  name: 'voucher_messages',
  columns: [
    id('id', true),
    id('voucher_id'),
    id('merchant_id'),
    id('by_user'),
    { name: 'subject', type: 'varchar', length: '200' },
    { name: 'body', type: 'text' },
    // Of the claims whose holders are meant, separated by commas.
    { name: 'statuses', type: 'varchar', length: '64' },
    { name: 'state', type: 'varchar', length: '16' },
    // The user up to whom mails were made.
    { ...id('position'), default: "''" },
    count('recipients'),
    time('created_at'),
    time('finished_at', true),
  ],
  indices: [
    new TableIndex({ name: 'voucher_messages_of_voucher', columnNames: ['voucher_id', 'id'] }),
    new TableIndex({ name: 'voucher_messages_by_state', columnNames: ['state'] }),
  ],
});

/** What became of mails that were made together: the mails themselves are forgotten after a week. */
const BATCHES = new Table({
  name: 'mail_batches',
  columns: [id('id', true), count('sent'), count('failed')],
});

/** Who wants no mails of a merchant. */
const REFUSALS = new Table({
  name: 'merchant_mail_refusals',
  columns: [id('user_id', true), id('merchant_id', true), time('created_at')],
});

/** Merchants write to those who hold their vouchers (docs/adr/0090). */
export class MerchantMessages1764002903000 implements MigrationInterface {
  readonly name = 'MerchantMessages1764002903000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of [MESSAGES, BATCHES, REFUSALS]) await runner.createTable(table, true);
    // By SQL: all three databases add a column without touching the rows.
    await runner.query('ALTER TABLE mails ADD COLUMN batch VARCHAR(64) NULL');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE mails DROP COLUMN batch');
    for (const table of [REFUSALS, BATCHES, MESSAGES]) await runner.dropTable(table.name, true);
  }
}
