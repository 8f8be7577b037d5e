import { Table, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

/** What a token of the merchant's has to say, and the sealed secret that signs it. */
const TOKENS = new Table({
  name: 'eligibility_tokens',
  columns: [
    { name: 'voucher_id', type: 'varchar', length: '64', isPrimary: true },
    { name: 'attribute', type: 'varchar', length: '64' },
    // A JSON list of texts.
    { name: 'accepted', type: 'text' },
    { name: 'secret', type: 'varchar', length: '255' },
    { name: 'updated_at', type: 'bigint' },
  ],
});

/** `member` is the SHA-256 of the voucher and the subject of a token, as lower-case hex. */
const MEMBERS = new Table({
  name: 'eligible_members',
  columns: [
    { name: 'voucher_id', type: 'varchar', length: '64', isPrimary: true },
    { name: 'member', type: 'varchar', length: '64', isPrimary: true },
    { name: 'user_id', type: 'varchar', length: '64' },
    { name: 'created_at', type: 'bigint' },
  ],
  indices: [
    new TableIndex({
      name: 'eligible_members_by_user',
      columnNames: ['voucher_id', 'user_id'],
      isUnique: true,
    }),
  ],
});

/** Who may claim by a token that the merchant signed (docs/adr/0103). */
export class EligibilityTokens1764002926000 implements MigrationInterface {
  readonly name = 'EligibilityTokens1764002926000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(TOKENS, true);
    await runner.createTable(MEMBERS, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(MEMBERS.name, true);
    await runner.dropTable(TOKENS.name, true);
  }
}
