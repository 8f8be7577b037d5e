import type { EntityManager } from 'typeorm';
import { placeholders } from './database.js';

/** A row of the outbox: events of one voucher and type that happened at the same time. */
export interface PackRow {
  /** That of its first event, or one that grows with the time. */
  readonly id: string;
  readonly type: string;
  /** The voucher. */
  readonly aggregate_id: string;
  /**
   * A line for each event: the event itself, as JSON, or for a claim what the row does not name, a fifth of it
   * (`claim/domain/event-pack.ts`, docs/adr/0032). None where `packed` has them: a version that does not know that column stops there,
   * and sends nothing of the row.
   */
  readonly payload: string | null;
  /** The same as bytes (`claim/domain/packed-claims.ts`, docs/adr/0111). SQLite's driver reads them as the latter. */
  readonly packed: Buffer | ArrayBuffer | null;
  readonly events: number;
  /** ms since 1970. */
  readonly created_at: number | string;
}

const PACK_COLUMNS = 'id, type, aggregate_id, payload, packed, events, status, created_at';
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
      `${insert} outbox (${PACK_COLUMNS}) VALUES ${placeholders(chunk.length, 8)}`,
      chunk.flatMap(packValues),
    );
  }
}

const packValues = (pack: PackRow): unknown[] => [
  pack.id,
  pack.type,
  pack.aggregate_id,
  pack.payload,
  pack.packed,
  pack.events,
  0,
  pack.created_at,
];
