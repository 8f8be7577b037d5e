import type { EntityManager } from 'typeorm';
import { placeholders } from './database.js';

/** A row of the outbox: events of one voucher and type that happened at the same time. */
export interface PackRow {
  /** That of its first event. */
  readonly id: string;
  readonly type: string;
  /** The voucher. */
  readonly aggregate_id: string;
  /**
   * A line for each event: the event itself, as JSON, or for a claim what the row does not name, a fifth of it
   * (`claim/domain/event-pack.ts`, docs/adr/0032).
   */
  readonly payload: string;
  readonly events: number;
  /** ms since 1970. */
  readonly created_at: number | string;
}

const PACK_COLUMNS = 'id, type, aggregate_id, payload, events, status, created_at';
/** With the bytes that a pack may have they stay below the 16 MB that MariaDB takes as one statement. */
const INSERT_PACKS = 100;

/**
 * Writes events in the transaction that makes them true.
 * @param insert `INSERT INTO`, or the dialect's way to leave packs alone that are there
 */
export async function insertPacks(
  tx: EntityManager,
  packs: readonly PackRow[],
  insert = 'INSERT INTO',
): Promise<void> {
  for (let from = 0; from < packs.length; from += INSERT_PACKS) {
    const chunk = packs.slice(from, from + INSERT_PACKS);
    await tx.query(
      `${insert} outbox (${PACK_COLUMNS}) VALUES ${placeholders(chunk.length, 7)}`,
      chunk.flatMap(packValues),
    );
  }
}

const packValues = ({ id, type, aggregate_id, payload, events, created_at }: PackRow): unknown[] => [
  id,
  type,
  aggregate_id,
  payload,
  events,
  0,
  created_at,
];
