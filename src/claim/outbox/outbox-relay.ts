import { Injectable, Optional } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Database, inList } from '../../database/database.js';
import { failpoint } from '../../common/failpoints.js';
import { modeOf } from '../../common/mode.js';
import { Metrics } from '../../observability/metrics.js';
import { Clock } from '../../common/clock.js';
import type { PackRow } from '../../database/outbox.js';
import { eventsOf } from '../domain/event-pack.js';
import { EventStream, type EventPack } from './event-stream.js';
import { OutboxSubscriber } from './outbox-subscriber.js';

/** Rows looked at, of which as many are taken as hold `EVENTS` events, and at least one. */
const ROWS = 500;
const EVENTS = 2_000;
const NEW = 0;
const SENT = 1;

/**
 * Sends the packs of events that are not sent yet. They are chosen by status: commit order is not id
 * order, so no cursor could be trusted. Rows are held while they are sent, so two relays share the work; a death in between sends
 * them again under the same ids.
 */
@Injectable()
export class OutboxRelay {
  constructor(
    private readonly db: Database,
    private readonly stream: EventStream,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    @Optional() private readonly subscriber?: OutboxSubscriber,
  ) {}

  async run(): Promise<void> {
    try {
      while (await this.relay());
    } finally {
      await this.measure();
    }
  }

  private async measure(): Promise<void> {
    const rows: { n: number | string }[] = await this.db.read.query(
      `SELECT COALESCE(SUM(events), 0) AS n FROM outbox WHERE status = ${NEW}`,
    );
    this.metrics.outboxDepth.set(Number(rows[0]?.n ?? 0));
  }

  /** @returns whether there may be more */
  private async relay(): Promise<boolean> {
    const { sent, more } = await this.db.write(async (tx) => {
      const waiting: { id: string; events: number }[] = await tx.query(
        `SELECT id, events FROM outbox WHERE status = ${NEW} ORDER BY created_at LIMIT ${ROWS}${this.db.skipLocked}`,
      );
      const chosen = upTo(EVENTS, waiting);
      if (chosen.length === 0) return { sent: 0, more: false };
      const packs = await this.packs(tx, chosen);
      // The stream is of what happened in the world; events of the test mode go to its webhooks alone.
      const live = packs.filter(({ key }) => modeOf(key) === 'live');
      if (live.length > 0) await this.stream.send(live);
      failpoint('outbox.after-send');
      await this.subscriber?.take(tx, packs);
      await tx.query(
        `UPDATE outbox SET status = ${SENT}, sent_at = ? WHERE id IN (${inList(chosen.length)})`,
        [this.clock.now(), ...chosen],
      );
      const sent = packs.reduce((sum, { events }) => sum + events, 0);
      return { sent, more: chosen.length < waiting.length || waiting.length === ROWS };
    });
    this.metrics.eventsSent.inc(sent);
    return more;
  }

  /** In the order of the ids. */
  private async packs(tx: EntityManager, ids: readonly string[]): Promise<EventPack[]> {
    const rows: PackRow[] = await tx.query(
      `SELECT id, type, aggregate_id, payload, packed, events, created_at FROM outbox WHERE id IN (${inList(ids.length)})`,
      [...ids],
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    return ids.flatMap((id) => {
      const row = byId.get(id);
      if (!row) return [];
      const { type, aggregate_id: key, events } = row;
      return [{ type, key, payload: eventsOf(row).join('\n'), events: Number(events) }];
    });
  }
}

/** The first of `rows` that together hold at most `most` events; the very first in any case. */
function upTo(most: number, rows: readonly { readonly id: string; readonly events: number }[]): string[] {
  const ids: string[] = [];
  let sum = 0;
  for (const { id, events } of rows) {
    sum += events;
    if (ids.length > 0 && sum > most) break;
    ids.push(id);
  }
  return ids;
}
