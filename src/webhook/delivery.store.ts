import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { base32Number } from '../common/ids.js';
import { requireCursors } from '../common/cursors.js';
import { affectedRows, Database, inList, placeholders } from '../database/database.js';
import { inBatches, PRUNE_ROWS } from '../database/prune.js';
import { Keyset, type NewestFirst } from '../database/keyset.js';

export type DeliveryStatus = 'pending' | 'delivered' | 'failed';

/** An event on its way to an endpoint. Times in ms since 1970. */
export interface Delivery {
  /** Sorts in the order of the events. */
  readonly id: string;
  readonly endpointId: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly subject: string;
  /** The event as it is sent. */
  readonly payload: string;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  /** Attempts before this round of retries; more than 0 after a replay. */
  readonly roundFrom: number;
  readonly dueAt: number;
  readonly createdAt: number;
  readonly endedAt: number | null;
  /** The batch that it last went in; `null` where it went alone, or not yet. */
  readonly batchId: string | null;
}

export interface Attempt {
  readonly number: number;
  readonly at: number;
  readonly durationMs: number;
  readonly responseStatus: number | null;
  readonly responseBody: string | null;
  readonly error: string | null;
}

/** What one attempt made of a delivery. */
export interface Settlement {
  readonly delivery: Delivery;
  readonly attempt: Attempt;
  readonly status: DeliveryStatus;
  readonly dueAt: number;
  /** The batch that it went in. */
  readonly batchId: string | null;
}

interface Row {
  readonly id: string;
  readonly endpoint_id: string;
  readonly event_id: string;
  readonly event_type: string;
  readonly subject: string;
  readonly payload: string;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  readonly round_from: number;
  readonly due_at: number | string;
  readonly created_at: number | string;
  readonly ended_at: number | string | null;
  readonly batch_id: string | null;
}

interface AttemptRow {
  readonly number: number;
  readonly at: number | string;
  readonly duration_ms: number;
  readonly response_status: number | null;
  readonly response_body: string | null;
  readonly error: string | null;
}

const COLUMNS =
  'id, endpoint_id, event_id, event_type, subject, payload, status, attempts, round_from, due_at, created_at, ended_at, batch_id';
const ATTEMPT_COLUMNS = 'number, at, duration_ms, response_status, response_body, error';
const INSERT_ROWS = 100;

const DELIVERIES_OF_ENDPOINT = new Keyset({
  table: 'webhook_deliveries',
  index: 'webhook_deliveries_by_endpoint',
  within: ['endpoint_id'],
  by: ['id'],
});

const DELIVERIES_OF_STATUS = new Keyset({
  table: 'webhook_deliveries',
  index: 'webhook_deliveries_by_status',
  within: ['endpoint_id', 'status'],
  by: ['id'],
});

export interface DeliveryFilter extends NewestFirst {
  readonly status?: DeliveryStatus | undefined;
}

/** Deliveries and their attempts in the database. */
@Injectable()
export class DeliveryStore {
  constructor(private readonly db: Database) {}

  async insert(tx: EntityManager, deliveries: readonly Delivery[]): Promise<void> {
    for (let from = 0; from < deliveries.length; from += INSERT_ROWS) {
      const chunk = deliveries.slice(from, from + INSERT_ROWS);
      await tx.query(
        `INSERT INTO webhook_deliveries (${COLUMNS}) VALUES ${placeholders(chunk.length, 13)}`,
        chunk.flatMap((one) => [
          one.id,
          one.endpointId,
          one.eventId,
          one.eventType,
          one.subject,
          one.payload,
          one.status,
          one.attempts,
          one.roundFrom,
          one.dueAt,
          one.createdAt,
          one.endedAt,
          one.batchId,
        ]),
      );
    }
  }

  /**
   * What may be sent now: of each subject the oldest that is pending, if its time has come. What went in one batch stands together.
   * @param held ids of deliveries that are under way: they are left out, and hold back those behind them
   */
  async due(
    endpointId: string,
    now: number,
    limit: number,
    held: ReadonlySet<string> = new Set(),
  ): Promise<Delivery[]> {
    const others = held.size === 0 ? '' : ` AND d.id NOT IN (${inList(held.size)})`;
    const rows: Row[] = await this.db.read.query(
      `SELECT ${COLUMNS} FROM webhook_deliveries d
        WHERE d.endpoint_id = ? AND d.status = 'pending' AND d.due_at <= ?${others}
          AND NOT EXISTS (SELECT 1 FROM webhook_deliveries o WHERE o.endpoint_id = d.endpoint_id
                             AND o.subject = d.subject AND o.status = 'pending' AND o.id < d.id)
        ORDER BY d.due_at, d.batch_id, d.id LIMIT ${limit}`,
      [endpointId, now, ...held],
    );
    return rows.map(deliveryOf);
  }

  /** Writes what a batch of attempts came to. What was ended or begun anew meanwhile stays as it is. */
  async settle(tx: EntityManager, settlements: readonly Settlement[]): Promise<void> {
    for (const [{ delivery, status, dueAt, batchId }, ids, endedAt] of alike(settlements)) {
      const isPending = status === 'pending';
      await tx.query(
        `UPDATE webhook_deliveries SET status = ?, attempts = ?, batch_id = ?, ${isPending ? 'due_at' : 'ended_at'} = ?
          WHERE id IN (${inList(ids.length)}) AND status = 'pending' AND attempts = ?`,
        [status, delivery.attempts + 1, batchId, isPending ? dueAt : endedAt, ...ids, delivery.attempts],
      );
    }
    await tx.query(
      `${this.db.insertIgnore} webhook_attempts (delivery_id, ${ATTEMPT_COLUMNS}) VALUES ${placeholders(settlements.length, 7)}`,
      settlements.flatMap(({ delivery, attempt }) => [
        delivery.id,
        attempt.number,
        attempt.at,
        attempt.durationMs,
        attempt.responseStatus,
        attempt.responseBody,
        attempt.error,
      ]),
    );
  }

  async own(endpointId: string, id: string): Promise<Delivery | undefined> {
    const rows: Row[] = await this.db.read.query(
      `SELECT ${COLUMNS} FROM webhook_deliveries WHERE id = ? AND endpoint_id = ?`,
      [id, endpointId],
    );
    return rows.map(deliveryOf)[0];
  }

  /** The last attempts of a delivery, the first of them first. */
  async attempts(deliveryId: string, most: number): Promise<Attempt[]> {
    const rows: AttemptRow[] = await this.db.read.query(
      `SELECT ${ATTEMPT_COLUMNS} FROM webhook_attempts WHERE delivery_id = ? ORDER BY number DESC LIMIT ${most}`,
      [deliveryId],
    );
    return rows.map(attemptOf).reverse();
  }

  /**
   * Newest first; one more than `limit` where there are more.
   * @throws Problem validation_failed for an unknown cursor
   */
  async page(endpointId: string, { status, ...page }: DeliveryFilter): Promise<Delivery[]> {
    const { read } = this.db;
    await requireCursors(page, (id) => DELIVERIES_OF_ENDPOINT.holds(read, [endpointId], id));
    const [keyset, list] =
      status === undefined
        ? [DELIVERIES_OF_ENDPOINT, [endpointId]]
        : [DELIVERIES_OF_STATUS, [endpointId, status]];
    const [sql, values] = keyset.newestFirst(this.db.dialect, list, page);
    const rows: Row[] = await this.db.read.query(`SELECT ${COLUMNS} ${sql}`, values);
    return rows.map(deliveryOf);
  }

  /** Begins a delivery that has ended anew. @returns whether it had */
  async replay(tx: EntityManager, endpointId: string, id: string, now: number): Promise<boolean> {
    return (await this.begin(tx, 'id = ? AND endpoint_id = ?', [id, endpointId], now)) === 1;
  }

  /** Begins those anew whose events were noted in a span of time. @returns how many */
  replaySpan(
    tx: EntityManager,
    endpointId: string,
    span: { readonly since: number; readonly until: number; readonly status?: DeliveryStatus | undefined },
    now: number,
  ): Promise<number> {
    const { since, until, status } = span;
    return this.begin(
      tx,
      `endpoint_id = ? AND id >= ? AND id < ?${status === undefined ? '' : ' AND status = ?'}`,
      [endpointId, firstIdAt(since), firstIdAt(until), ...(status === undefined ? [] : [status])],
      now,
    );
  }

  /** Removes what was noted before a time and is no longer pending. @returns how many */
  prune(before: number): Promise<number> {
    return inBatches(() =>
      this.db.write(async (tx) => {
        const rows: { id: string }[] = await tx.query(
          `SELECT id FROM webhook_deliveries WHERE id < ? AND status <> 'pending' ORDER BY id LIMIT ${PRUNE_ROWS}`,
          [firstIdAt(before)],
        );
        await this.removeAll(tx, rows);
        return rows.length;
      }),
    );
  }

  /** Removes deliveries of an endpoint. @returns how many */
  async removeSome(tx: EntityManager, endpointId: string, limit: number): Promise<number> {
    const rows: { id: string }[] = await tx.query(
      `SELECT id FROM webhook_deliveries WHERE endpoint_id = ? LIMIT ${limit}`,
      [endpointId],
    );
    await this.removeAll(tx, rows);
    return rows.length;
  }

  private async removeAll(tx: EntityManager, rows: readonly { readonly id: string }[]): Promise<void> {
    if (rows.length === 0) return;
    const ids = rows.map(({ id }) => id);
    await tx.query(`DELETE FROM webhook_attempts WHERE delivery_id IN (${inList(ids.length)})`, ids);
    await tx.query(`DELETE FROM webhook_deliveries WHERE id IN (${inList(ids.length)})`, ids);
  }

  private begin(tx: EntityManager, where: string, values: readonly unknown[], now: number): Promise<number> {
    return affectedRows(
      tx,
      `UPDATE webhook_deliveries SET status = 'pending', round_from = attempts, due_at = ?, ended_at = NULL, batch_id = NULL
        WHERE ${where} AND status <> 'pending'`,
      [now, ...values],
    );
  }
}

/** Settlements that one statement writes, each with the ids of its deliveries and the end of the last attempt among them. */
function alike(settlements: readonly Settlement[]): (readonly [Settlement, readonly string[], number])[] {
  const groups = new Map<string, Settlement[]>();
  for (const one of settlements) {
    // What ended within a second ended at once.
    const at = one.status === 'pending' ? one.dueAt : Math.floor(endOf(one) / 1_000);
    const key = `${one.status} ${one.delivery.attempts} ${one.batchId} ${at}`;
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    return [[first, group.map(({ delivery }) => delivery.id), Math.max(...group.map(endOf))] as const];
  });
}

const endOf = ({ attempt }: Settlement): number => attempt.at + attempt.durationMs;

const firstIdAt = (ms: number): string => `dlv_${base32Number(ms, 10)}`;

const deliveryOf = (row: Row): Delivery => ({
  id: row.id,
  endpointId: row.endpoint_id,
  eventId: row.event_id,
  eventType: row.event_type,
  subject: row.subject,
  payload: row.payload,
  status: row.status,
  attempts: Number(row.attempts),
  roundFrom: Number(row.round_from),
  dueAt: Number(row.due_at),
  createdAt: Number(row.created_at),
  endedAt: row.ended_at === null ? null : Number(row.ended_at),
  batchId: row.batch_id,
});

const attemptOf = (row: AttemptRow): Attempt => ({
  number: Number(row.number),
  at: Number(row.at),
  durationMs: Number(row.duration_ms),
  responseStatus: row.response_status === null ? null : Number(row.response_status),
  responseBody: row.response_body,
  error: row.error,
});
