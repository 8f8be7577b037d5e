import { Injectable } from '@nestjs/common';
import { Database, inList } from '../../platform/database/database.js';
import { failpoint } from '../../platform/failpoints.js';
import { Metrics } from '../../platform/ops/metrics.js';
import { Clock } from '../../shared/clock.js';
import { EventStream } from '../ports/event-stream.js';

const BATCH = 500;
const NEW = 0;
const SENT = 1;

interface Row {
  id: string;
  type: string;
  aggregate_id: string;
  payload: string;
}

/**
 * Sends events that are not sent yet, chosen by status: commit order is not id order, so no cursor could be trusted. Rows
 * are held while they are sent, so two relays share the work; a death in between sends them again under the same ids.
 */
@Injectable()
export class OutboxRelay {
  constructor(
    private readonly db: Database,
    private readonly stream: EventStream,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  async run(): Promise<void> {
    while ((await this.relay()) === BATCH);
    const rows: { n: number | string }[] = await this.db.read.query(
      `SELECT COUNT(*) AS n FROM outbox WHERE status = ${NEW}`,
    );
    this.metrics.outboxDepth.set(Number(rows[0]?.n ?? 0));
  }

  private async relay(): Promise<number> {
    const sent = await this.db.write(async (tx) => {
      const rows: Row[] = await tx.query(
        `SELECT id, type, aggregate_id, payload FROM outbox WHERE status = ${NEW} ORDER BY created_at LIMIT ${BATCH}${this.db.skipLocked}`,
      );
      if (rows.length === 0) return 0;
      await this.stream.send(
        rows.map(({ id, type, aggregate_id: key, payload }) => ({ id, type, key, payload })),
      );
      failpoint('outbox.after-send');
      await tx.query(`UPDATE outbox SET status = ${SENT}, sent_at = ? WHERE id IN (${inList(rows.length)})`, [
        this.clock.now(),
        ...rows.map((row) => row.id),
      ]);
      return rows.length;
    });
    this.metrics.eventsSent.inc(sent);
    return sent;
  }
}
