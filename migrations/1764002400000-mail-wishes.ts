import { Table, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

const id = (name: string, isPrimary = false) => ({ name, type: 'varchar', length: '64', isPrimary });
/** Milliseconds since 1970-01-01 UTC. */
const time = (name: string) => ({ name, type: 'bigint' });
const flag = (name: string) => ({ name, type: 'smallint' });

/** Which mails a user wants, and in which language. Who never chose has no row. */
const PREFERENCES = new Table({
  name: 'mail_preferences',
  columns: [
    id('user_id', true),
    { name: 'language', type: 'varchar', length: '8', isNullable: true },
    flag('claim_issued'),
    flag('waiting_offer'),
    flag('sold_out'),
    time('updated_at'),
  ],
});

/** Who wants to be told before a voucher opens. */
const WISHES = new Table({
  name: 'mail_wishes',
  columns: [
    id('voucher_id', true),
    id('user_id', true),
    // The opening that the user was told of; 0: none yet.
    { ...time('told_of'), default: 0 },
    time('created_at'),
  ],
  indices: [new TableIndex({ name: 'mail_wishes_of_user', columnNames: ['user_id'] })],
});

/** Of which totals a merchant was told that they are sold out. */
const SOLD_OUT = new Table({
  name: 'sold_out_mails',
  columns: [id('voucher_id', true), { name: 'total', type: 'int', isPrimary: true }, time('created_at')],
});

const DUE = new TableIndex({ name: 'mails_due', columnNames: ['status', 'due_at'] });
const DUE_BY_LANE = new TableIndex({ name: 'mails_due_by_lane', columnNames: ['status', 'lane', 'due_at'] });

/** Mails that people ask for, and lanes in which they leave (docs/adr/0073). */
export class MailWishes1764002400000 implements MigrationInterface {
  readonly name = 'MailWishes1764002400000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of [PREFERENCES, WISHES, SOLD_OUT]) await runner.createTable(table, true);
    await runner.query('ALTER TABLE mails ADD COLUMN lane SMALLINT NOT NULL DEFAULT 0');
    await runner.createIndex('mails', DUE_BY_LANE);
    await runner.dropIndex('mails', 'mails_due');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.createIndex('mails', DUE);
    await runner.dropIndex('mails', 'mails_due_by_lane');
    await runner.query('ALTER TABLE mails DROP COLUMN lane');
    for (const table of [SOLD_OUT, WISHES, PREFERENCES]) await runner.dropTable(table.name, true);
  }
}
