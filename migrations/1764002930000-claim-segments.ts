import { TableColumn, type MigrationInterface, type QueryRunner } from 'typeorm';

const isFile = ({ connection }: QueryRunner): boolean => connection.options.type === 'better-sqlite3';

/** By each index what it is of: before this migration, and since. The names stay, as statements of every version have them. */
const INDEXES = {
  packed_claims_by_user: { before: 'user_id, created_at', since: 'segment, user_id, created_at' },
  packed_claims_by_tail: { before: 'tail(6)', since: 'voucher_id(3), tail(6)' },
  packed_claims_by_code: { before: 'code(4)', since: 'segment, code(4)' },
} as const;

/** One statement: there is no moment without them, and claims go on meanwhile. */
const asThey = (are: 'before' | 'since'): string =>
  Object.entries(INDEXES)
    .map(([name, columns]) => `DROP INDEX ${name}, ADD INDEX ${name} (${columns[are]})`)
    .join(', ');

/** Entries of the indexes of packed claims lie near each other in each that was in random order (docs/adr/0117). */
export class ClaimSegments1764002930000 implements MigrationInterface {
  readonly name = 'ClaimSegments1764002930000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [name, type] of [
      ['claims_segment', 'int'],
      ['claims_segment_from', 'bigint'],
    ] as const)
      await runner.addColumn('gate_epoch', new TableColumn({ name, type, default: 0 }));
    if (isFile(runner)) return;
    // A statement of its own: with the indexes MySQL would write the table anew.
    await runner.query('ALTER TABLE packed_claims ADD COLUMN segment TINYINT UNSIGNED NOT NULL DEFAULT 0');
    const [row] = (await runner.query('SELECT n FROM packed_claims LIMIT 1')) as { n: number | string }[];
    // Each index repeats it. A table that has rows keeps it as it is: it would have to be written anew, and nobody could claim meanwhile.
    if (!row) await runner.query('ALTER TABLE packed_claims MODIFY n INT UNSIGNED NOT NULL AUTO_INCREMENT');
    await runner.query(`ALTER TABLE packed_claims ${asThey('since')}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    if (!isFile(runner)) {
      await runner.query(`ALTER TABLE packed_claims ${asThey('before')}`);
      await runner.query('ALTER TABLE packed_claims DROP COLUMN segment');
    }
    for (const name of ['claims_segment_from', 'claims_segment']) await runner.dropColumn('gate_epoch', name);
  }
}
