import type { MigrationInterface, QueryRunner } from 'typeorm';
import { eventsOf, type PackRow } from '../src/claim/domain/event-pack.js';

const PAGE = 100;

/**
 * A line of a pack may be a short form of its event (docs/adr/0032). Those that are there stay as they are; going back writes short
 * ones out, for a program that knows them as events alone.
 */
export class ShortEvents1764001000000 implements MigrationInterface {
  readonly name = 'ShortEvents1764001000000';

  up(): Promise<void> {
    return Promise.resolve();
  }

  async down(runner: QueryRunner): Promise<void> {
    for (let after = ''; ;) {
      const rows = (await runner.query(
        `SELECT id, type, aggregate_id, payload, events, created_at FROM outbox WHERE id > ? ORDER BY id LIMIT ${PAGE}`,
        [after],
      )) as PackRow[];
      if (rows.length === 0) return;
      after = rows.at(-1)?.id ?? after;
      for (const row of rows)
        await runner.query('UPDATE outbox SET payload = ? WHERE id = ?', [eventsOf(row).join('\n'), row.id]);
    }
  }
}
