import { TableColumn, type MigrationInterface, type QueryRunner } from 'typeorm';

interface PackRow {
  id: string;
  type: string;
  aggregate_id: string;
  payload: string;
  status: number;
  created_at: number | string;
  sent_at: number | string | null;
}

const PAGE = 100;

/** How many events a row of the outbox holds; rows from before hold one each, and are packs of one as they stand (docs/adr/0032). */
export class OutboxPacks1764000900000 implements MigrationInterface {
  readonly name = 'OutboxPacks1764000900000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.addColumn('outbox', new TableColumn({ name: 'events', type: 'int', default: 1 }));
  }

  /** The program before knows a row as one event: packs become rows again. */
  async down(runner: QueryRunner): Promise<void> {
    for (;;) {
      const packs = (await runner.query(
        `SELECT id, type, aggregate_id, payload, status, created_at, sent_at FROM outbox WHERE events <> 1 LIMIT ${PAGE}`,
      )) as PackRow[];
      if (packs.length === 0) break;
      for (const pack of packs) await split(runner, pack);
    }
    await runner.dropColumn('outbox', 'events');
  }
}

async function split(runner: QueryRunner, pack: PackRow): Promise<void> {
  await runner.query('DELETE FROM outbox WHERE id = ?', [pack.id]);
  for (const payload of pack.payload.split('\n').filter((line) => line !== '')) {
    const { id } = JSON.parse(payload) as { id: string };
    await runner.query(
      'INSERT INTO outbox (id, type, aggregate_id, payload, status, created_at, sent_at, events) VALUES (?, ?, ?, ?, ?, ?, ?, 1)',
      [id, pack.type, pack.aggregate_id, payload, pack.status, pack.created_at, pack.sent_at],
    );
  }
}
