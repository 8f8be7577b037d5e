import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Database, inList, numberOrNull } from '../../database/database.js';
import { Keyset } from '../../database/keyset.js';
import type { GateWaitingList } from '../gate/gate-offers.js';
import { ClaimColumns } from './rows/claim-columns.js';
import { claimsOfUsers } from './rows/claims-of-holders.js';

/** `lapsed`: the offer was over; `closed`: the voucher ended first. */
export type WaitingState = 'waiting' | 'offered' | 'accepted' | 'declined' | 'lapsed' | 'left' | 'closed';

/** A place in a waiting list. Times in ms since 1970; those of the offer by the gate's clock. */
export interface WaitingEntry {
  readonly number: number;
  readonly userId: string;
  readonly state: WaitingState;
  readonly joinedAt: number;
  readonly offeredAt: number | null;
  readonly offeredUntil: number | null;
}

/** `claimed`: the claim that it led to is a row. */
export type PlaceWithClaim = WaitingEntry & { readonly claimed: boolean };

export interface WaitingListRow {
  readonly version: number;
  readonly lastNumber: number;
}

interface EntryRow {
  readonly number: number | string;
  readonly user_id: string;
  readonly state: WaitingState;
  readonly joined_at: number | string;
  readonly offered_at: number | string | null;
  readonly offered_until: number | string | null;
}

const COLUMNS = 'number, user_id, state, joined_at, offered_at, offered_until';
const LED_TO = new ClaimColumns('userId', 'status', 'createdAt');
const LISTS_A_RUN = 200;

/** The places of one state, in the order of the line. */
const PLACES_IN_STATE = new Keyset({
  table: 'waiting_entries',
  index: 'waiting_entries_by_state',
  within: ['voucher_id', 'state'],
  by: ['number'],
});

/** Waiting lists in the database. Whoever changes one holds its row, and raises its version. */
@Injectable()
export class WaitingStore {
  constructor(private readonly db: Database) {}

  /** The list's row, held until the transaction ends; made where there was none. */
  async hold(tx: EntityManager, voucherId: string): Promise<WaitingListRow> {
    await tx.query(
      `${this.db.insertIgnore} waiting_lists (voucher_id, version, last_number, waiting) VALUES (?, 0, 0, 0)`,
      [voucherId],
    );
    const [row] = await tx.query<{ version: number | string; last_number: number | string }[]>(
      `SELECT version, last_number FROM waiting_lists WHERE voucher_id = ?${this.db.forUpdate}`,
      [voucherId],
    );
    return { version: Number(row?.version ?? 0), lastNumber: Number(row?.last_number ?? 0) };
  }

  /** The user's last place. */
  async last(on: EntityManager, voucherId: string, userId: string): Promise<WaitingEntry | undefined> {
    const rows: EntryRow[] = await on.query(
      `SELECT ${COLUMNS} FROM waiting_entries WHERE voucher_id = ? AND user_id = ? ORDER BY number DESC LIMIT 1`,
      [voucherId, userId],
    );
    return rows[0] && entryOf(rows[0]);
  }

  async insert(
    tx: EntityManager,
    voucherId: string,
    number: number,
    userId: string,
    at: number,
  ): Promise<void> {
    await tx.query(
      `INSERT INTO waiting_entries (voucher_id, number, user_id, state, joined_at) VALUES (?, ?, ?, 'waiting', ?)`,
      [voucherId, number, userId, at],
    );
  }

  /** Those who wait, the first ones first, with whether their claim is a row: their offer was forgotten by the gate. */
  async next(tx: EntityManager, voucherId: string, limit: number): Promise<PlaceWithClaim[]> {
    const rows: EntryRow[] = await tx.query(
      `SELECT ${COLUMNS} FROM waiting_entries WHERE voucher_id = ? AND state = 'waiting' ORDER BY number LIMIT ${limit}`,
      [voucherId],
    );
    return withClaims(tx, voucherId, rows.map(entryOf));
  }

  /** Offers, with whether a claim that was taken since is a row. */
  async offered(on: EntityManager, voucherId: string): Promise<PlaceWithClaim[]> {
    const rows: EntryRow[] = await on.query(
      `SELECT ${COLUMNS} FROM waiting_entries WHERE voucher_id = ? AND state = 'offered'`,
      [voucherId],
    );
    const places = await withClaims(on, voucherId, rows.map(entryOf));
    return places.sort((a, b) => a.number - b.number);
  }

  async end(
    tx: EntityManager,
    voucherId: string,
    numbers: readonly number[],
    state: WaitingState,
    at: number,
  ): Promise<void> {
    if (numbers.length === 0) return;
    await tx.query(
      `UPDATE waiting_entries SET state = ?, ended_at = ? WHERE voucher_id = ? AND number IN (${inList(numbers.length)})`,
      [state, at, voucherId, ...numbers],
    );
  }

  /** The voucher is over for all who wait. */
  async close(tx: EntityManager, voucherId: string, at: number): Promise<void> {
    await tx.query(
      `UPDATE waiting_entries SET state = 'closed', ended_at = ? WHERE voucher_id = ? AND state = 'waiting'`,
      [at, voucherId],
    );
  }

  /** An offer that the gate had no unit for. */
  async backInLine(tx: EntityManager, voucherId: string, numbers: readonly number[]): Promise<void> {
    if (numbers.length === 0) return;
    await tx.query(
      `UPDATE waiting_entries SET state = 'waiting', offered_at = NULL, offered_until = NULL WHERE voucher_id = ? AND number IN (${inList(numbers.length)})`,
      [voucherId, ...numbers],
    );
  }

  async offer(
    tx: EntityManager,
    voucherId: string,
    numbers: readonly number[],
    { at, until }: { readonly at: number; readonly until: number },
  ): Promise<void> {
    if (numbers.length === 0) return;
    await tx.query(
      `UPDATE waiting_entries SET state = 'offered', offered_at = ?, offered_until = ? WHERE voucher_id = ? AND number IN (${inList(numbers.length)})`,
      [at, until, voucherId, ...numbers],
    );
  }

  /** Notes the change: the gate takes each version once. @returns the new version */
  async change(tx: EntityManager, voucherId: string, row: WaitingListRow): Promise<number> {
    const open = await this.open(tx, voucherId);
    await tx.query(
      'UPDATE waiting_lists SET version = ?, last_number = ?, waiting = ? WHERE voucher_id = ?',
      [row.version + 1, row.lastNumber, open > 0 ? 1 : 0, voucherId],
    );
    return row.version + 1;
  }

  /** What the gate is to be told, and a rebuilt gate begins with; nothing where nobody ever waited. */
  async told(voucherId: string, on: EntityManager = this.db.read): Promise<GateWaitingList | undefined> {
    return (await this.toldOf([voucherId], on)).get(voucherId);
  }

  /** The same for many vouchers. @param ids as many as one statement may name */
  async toldOf(
    ids: readonly string[],
    on: EntityManager = this.db.read,
  ): Promise<ReadonlyMap<string, GateWaitingList>> {
    const rows = await on.query<{ voucher_id: string; version: number | string; waiting: number | string }[]>(
      `SELECT voucher_id, version, waiting FROM waiting_lists WHERE voucher_id IN (${inList(ids.length)})`,
      [...ids],
    );
    const told = new Map<string, GateWaitingList>();
    for (const { voucher_id: id, version, waiting } of rows) {
      const entries = Number(waiting) === 1 ? await this.offered(on, id) : [];
      told.set(id, {
        version: Number(version),
        waiting: Number(waiting) === 1,
        offers: entries
          .filter(({ claimed }) => !claimed)
          .map(({ userId, number, offeredUntil }) => ({ userId, number, until: offeredUntil ?? 0 })),
      });
    }
    return told;
  }

  /** Vouchers that somebody waits for. */
  async openLists(): Promise<string[]> {
    const rows: { voucher_id: string }[] = await this.db.read.query(
      `SELECT voucher_id FROM waiting_lists WHERE waiting = 1 ORDER BY voucher_id LIMIT ${LISTS_A_RUN}`,
    );
    return rows.map(({ voucher_id: id }) => id);
  }

  /** The places that a user has in lists that are open, the newest first: by the user, however many lists are open. */
  async openOf(
    userId: string,
    limit: number,
  ): Promise<{ readonly voucherId: string; readonly entry: WaitingEntry }[]> {
    const columns = COLUMNS.split(', ')
      .map((column) => `e.${column}`)
      .join(', ');
    const hint = this.db.dialect === 'sqlite' ? '' : ' FORCE INDEX (waiting_entries_of_user)';
    const rows: (EntryRow & { voucher_id: string })[] = await this.db.read.query(
      `SELECT e.voucher_id, ${columns} FROM waiting_entries e${hint}
         JOIN waiting_lists l ON l.voucher_id = e.voucher_id
        WHERE e.user_id = ? AND e.state IN ('waiting', 'offered') AND l.waiting = 1
        ORDER BY e.joined_at DESC, e.voucher_id LIMIT ${limit}`,
      [userId],
    );
    return rows.map((row) => ({ voucherId: row.voucher_id, entry: entryOf(row) }));
  }

  /** Places of one state in the order of the line; with `before` the other way round, the nearest first. */
  async page(
    voucherId: string,
    state: WaitingState,
    {
      limit,
      after,
      before,
    }: {
      readonly limit: number;
      readonly after: number | undefined;
      readonly before: number | undefined;
    },
  ): Promise<WaitingEntry[]> {
    const place = { dialect: this.db.dialect, direction: before === undefined ? 'ASC' : 'DESC' } as const;
    const cursor = before ?? after;
    const rows: EntryRow[] = await this.db.read.query(
      `SELECT ${COLUMNS} FROM ${PLACES_IN_STATE.from(place)} WHERE ${PLACES_IN_STATE.list(place)}
         ${cursor === undefined ? '' : `AND ${PLACES_IN_STATE.behind(place)}`}
        ORDER BY ${PLACES_IN_STATE.order(place)} LIMIT ${limit}`,
      [voucherId, state, ...(cursor === undefined ? [] : PLACES_IN_STATE.behindValues([cursor]))],
    );
    return rows.map(entryOf);
  }

  async has(voucherId: string, number: number): Promise<boolean> {
    const rows: unknown[] = await this.db.read.query(
      'SELECT 1 AS found FROM waiting_entries WHERE voucher_id = ? AND number = ?',
      [voucherId, number],
    );
    return rows.length > 0;
  }

  /** How many stand before a place. */
  async before(voucherId: string, number: number): Promise<number> {
    const [row] = await this.db.read.query<{ n: number | string }[]>(
      `SELECT COUNT(*) AS n FROM waiting_entries WHERE voucher_id = ? AND state = 'waiting' AND number < ?`,
      [voucherId, number],
    );
    return Number(row?.n ?? 0);
  }

  /** How many wait for a voucher, and how many have an offer. */
  async counts(voucherId: string): Promise<{ readonly waiting: number; readonly offered: number }> {
    const rows: { state: string; n: number | string }[] = await this.db.read.query(
      `SELECT state, COUNT(*) AS n FROM waiting_entries WHERE voucher_id = ? AND state IN ('waiting', 'offered') GROUP BY state`,
      [voucherId],
    );
    const of = (state: WaitingState): number => Number(rows.find((row) => row.state === state)?.n ?? 0);
    return { waiting: of('waiting'), offered: of('offered') };
  }

  private async open(tx: EntityManager, voucherId: string): Promise<number> {
    const [row] = await tx.query<{ n: number | string }[]>(
      `SELECT COUNT(*) AS n FROM waiting_entries WHERE voucher_id = ? AND state IN ('waiting', 'offered')`,
      [voucherId],
    );
    return Number(row?.n ?? 0);
  }
}

const entryOf = (row: EntryRow): WaitingEntry => ({
  number: Number(row.number),
  userId: row.user_id,
  state: row.state,
  joinedAt: Number(row.joined_at),
  offeredAt: numberOrNull(row.offered_at),
  offeredUntil: numberOrNull(row.offered_until),
});

/**
 * With whether a place or its offer led to a claim: while somebody waits, nobody gets one otherwise. One that the ledger refused ends an
 * offer, which is used, but not a place that went back in line. The claims are read after the places: they may be newer, never older.
 */
async function withClaims(
  on: EntityManager,
  voucherId: string,
  places: readonly WaitingEntry[],
): Promise<PlaceWithClaim[]> {
  const users = [...new Set(places.map(({ userId }) => userId))];
  const claims = new Map<string, { readonly status: string; readonly createdAt: number }[]>();
  for (const claim of await claimsOfUsers(on, LED_TO, voucherId, users)) {
    const others = claims.get(claim.userId);
    if (others) others.push(claim);
    else claims.set(claim.userId, [claim]);
  }
  return places.map((place) => ({
    ...place,
    claimed: (claims.get(place.userId) ?? []).some(({ status, createdAt }) => {
      const since = status === 'rejected' ? place.offeredAt : place.joinedAt;
      return since !== null && createdAt >= since;
    }),
  }));
}
