import type { Kafka } from 'kafkajs';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { setTimeout as delay } from 'node:timers/promises';
import { eventsOf, linesOf } from '../../src/claim/domain/event-pack.js';
import type { PackRow } from '../../src/database/outbox.js';
import type { Books, IssuedEvent } from './history.js';
import { claimRows } from '../harness/claim-rows.js';

const EVENTS_TIMEOUT_MS = 15_000;
/** An event too many would come within this time. */
const LATE_EVENTS_MS = 300;

/** What the database holds of a voucher, read past the application. */
export interface LedgerBooks extends Omit<Books, 'events'> {
  readonly written: readonly IssuedEvent[];
  /** Events that the relay has not sent yet. */
  readonly unsent: number;
}

export async function readLedger(databaseUrl: string, voucherId: string): Promise<LedgerBooks> {
  const connection = await createConnection(databaseUrl.replace(/^mariadb:/, 'mysql:'));
  try {
    const rows = await claimRows(async (sql, values) => (await connection.query(sql, values))[0], {
      voucherId,
    });
    const claims = rows.map(({ id, user_id: userId, ordinal, epoch, sequence, status, code }) => ({
      id,
      userId,
      ordinal,
      epoch,
      sequence,
      status,
      code,
    }));
    const [stock] = await connection.query<(RowDataPacket & { issued: number })[]>(
      'SELECT issued FROM voucher_stock WHERE voucher_id = ?',
      [voucherId],
    );
    const [outbox] = await connection.query<(RowDataPacket & PackRow & { status: number })[]>(
      `SELECT * FROM outbox WHERE aggregate_id = ? AND type = 'claim.issued'`,
      [voucherId],
    );
    return {
      claims,
      issued: stock[0]?.issued ?? 0,
      written: outbox.flatMap(events),
      unsent: outbox.filter(({ status }) => status === 0).flatMap(events).length,
    };
  } finally {
    await connection.end();
  }
}

interface EventBody {
  readonly id: string;
  readonly type: string;
  readonly data: { readonly id: string; readonly voucher_id: string };
}

const toEvent = ({ id, data }: EventBody): IssuedEvent => ({ id, claimId: data.id });

const events = (row: PackRow): IssuedEvent[] =>
  eventsOf(row).map((event) => toEvent(JSON.parse(event) as EventBody));

/** The events that a subscriber who comes now is told of a voucher: waits for as many as are expected, then for too many. */
export async function readEvents(
  kafka: Kafka,
  topic: string,
  voucherId: string,
  expected: number,
): Promise<IssuedEvent[]> {
  const consumer = kafka.consumer({ groupId: `rehearsal-events-${Date.now()}`, maxWaitTimeInMs: 100 });
  const events: IssuedEvent[] = [];
  const distinct = new Set<string>();
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message }) => {
        for (const line of linesOf(message.value?.toString() ?? '')) {
          const event = JSON.parse(line) as EventBody;
          if (event.type !== 'claim.issued' || event.data.voucher_id !== voucherId) continue;
          events.push(toEvent(event));
          distinct.add(event.id);
        }
      },
    });
    const deadline = performance.now() + EVENTS_TIMEOUT_MS;
    while (distinct.size < expected && performance.now() < deadline) await delay(50);
    await delay(LATE_EVENTS_MS);
    return events;
  } finally {
    await consumer.disconnect();
  }
}
