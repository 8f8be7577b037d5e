import { rfc3339 } from '../../common/clock.js';
import { base32Number, eventId } from '../../common/ids.js';
import type { PackRow } from '../../database/outbox.js';
import { CLAIM_EVENT_VERSION, type ClaimEventType, type StatusAfter } from './claim-events.js';
import type { EventClaim } from './event-claim.js';
import { packClaims, unpackClaims } from './packed-claims.js';

export const PACK_EVENTS = 100;
/** The events of a full pack stay below 65,535 bytes also as their subscribers read them: the column is of type TEXT. */
const PACK_BYTES = 40_000;
/** What a line with data counts more: an event is longer than its line by some 300 bytes, which short lines leave room for. */
const LONG_LINE_BYTES = 250;
/** Of a line at most, besides its id and user. */
const NUMBERS_BYTES = 60;

/** What a claim is after each kind of event. */
const STATUS_AFTER = {
  'claim.held': 'held',
  'claim.released': 'released',
  'claim.issued': 'issued',
  'claim.rejected': 'rejected',
  'claim.redeemed': 'redeemed',
  'claim.redemption_rolled_back': 'issued',
  'claim.expired': 'expired',
  'claim.reinstated': 'issued',
  'claim.cancelled': 'cancelled',
} as const satisfies { readonly [Type in ClaimEventType]: StatusAfter<Type> };

/** What is read of a row for its events. */
export type EventRow = Omit<PackRow, 'id' | 'events'>;

/**
 * Each line names what the row does not: `[the claim's id without its voucher, user id, ordinal, sequence]`, and where it is a move,
 * which one and what else it says. The event is made of it when it is sent. A line that is an event already stays one. Where every line
 * can be had as bytes, the row has those in place of the lines (`packed-claims.ts`).
 * @param at when it happened, ms since 1970
 * @returns rows of at most `PACK_EVENTS` events and `PACK_BYTES` bytes (an event beyond that is a row by itself), in the order of
 * the claims, each with the id of its first event
 */
export function packEvents(type: ClaimEventType, claims: readonly EventClaim[], at: number): PackRow[] {
  const drafts: { readonly first: EventClaim; readonly claims: EventClaim[]; bytes: number }[] = [];
  const open = new Map<string, (typeof drafts)[number]>();
  for (const claim of claims) {
    const bytes = mostBytesOf(claim);
    let draft = open.get(claim.voucher_id);
    if (!draft || draft.claims.length >= PACK_EVENTS || draft.bytes + bytes > PACK_BYTES) {
      draft = { first: claim, claims: [], bytes: 0 };
      open.set(claim.voucher_id, draft);
      drafts.push(draft);
    }
    draft.claims.push(claim);
    draft.bytes += bytes;
  }
  return drafts.map(({ first, claims }) => {
    const packed = packClaims(first.voucher_id, claims) ?? null;
    return {
      id: eventId(type, first.id, first.move),
      type,
      aggregate_id: first.voucher_id,
      payload: packed ? null : claims.map(lineOf).join('\n'),
      packed,
      events: claims.length,
      created_at: at,
    };
  });
}

/**
 * The same packs under ids that grow with the time at which they are written: their rows are put behind one another, which takes two
 * thirds of the room (docs/adr/0111). For packs that are written with the rows of their claims, whose keys let none be written twice.
 * @param now as late as possible, ms since 1970
 */
export const inOrder = (packs: readonly PackRow[], now: number): PackRow[] =>
  packs.map((pack, n) => ({
    ...pack,
    id: `evt_${base32Number(now, 10)}${base32Number(n, 3)}${pack.id.slice('evt_'.length, 'evt_'.length + 8)}`,
  }));

/** The events of a row as subscribers read them, each a line of JSON. A line that was altered by hand is given as it stands. */
export function eventsOf(row: EventRow): string[] {
  if (row.packed) return unpackClaims(row.aggregate_id, row.packed).map((claim) => writtenOut(row, claim));
  if (row.payload === null) throw new Error(`a row of the outbox for ${row.aggregate_id} has no events`);
  return linesOf(row.payload).map((line) => eventOf(row, line));
}

/** The claims that the events of a row are about. A line that cannot be read tells of none. */
export function claimIdsOf(row: EventRow): string[] {
  if (row.packed) return unpackClaims(row.aggregate_id, row.packed).map(({ id }) => id);
  return eventsOf(row).flatMap((event) => {
    try {
      return [(JSON.parse(event) as { data: { id: string } }).data.id];
    } catch {
      return [];
    }
  });
}

/** How a reader takes apart what carries several events. */
export const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

const headOf = (voucherId: string): string => `clm_${voucherId.slice(4)}`;

/** @param tail of a line: the id without its voucher, or whole */
const idOf = (voucherId: string, tail: string): string =>
  tail.startsWith('clm_') ? tail : `${headOf(voucherId)}${tail}`;

/** Text that JSON has no other form of: between quotes it stands as it is. */
const PLAIN = /^[\w.:@-]*$/;
/** The line of an issued claim, which every claim has. */
const PLAIN_LINE = /^\["([\w.:@-]*)","([\w.:@-]*)",([1-9]\d*),([1-9]\d*)\]$/;

function lineOf({ id, voucher_id, user_id, ordinal, sequence, move, data }: EventClaim): string {
  const head = headOf(voucher_id);
  const tail = id.startsWith(head) ? id.slice(head.length) : id;
  if (move === undefined && PLAIN.test(tail) && PLAIN.test(user_id))
    return `["${tail}","${user_id}",${ordinal},${sequence}]`;
  const line: unknown[] = [tail, user_id, ordinal, sequence];
  if (move !== undefined) line.push(move);
  if (move !== undefined && data !== undefined) line.push(data);
  return JSON.stringify(line);
}

/** Of a claim's line. Counted where a letter may have another form in JSON. */
function mostBytesOf(claim: EventClaim): number {
  const { id, user_id: user, data } = claim;
  if (data === undefined && PLAIN.test(user) && PLAIN.test(id))
    return id.length + user.length + NUMBERS_BYTES;
  return Buffer.byteLength(lineOf(claim)) + 1 + (data === undefined ? 0 : LONG_LINE_BYTES);
}

function eventOf(row: EventRow, line: string): string {
  if (!line.startsWith('[')) return line;
  const voucher_id = row.aggregate_id;
  const plain = PLAIN_LINE.exec(line);
  if (plain) {
    const [, tail = '', user_id = '', ordinal, sequence] = plain;
    const id = idOf(voucher_id, tail);
    return plainEvent(row, id, user_id, `${ordinal}`, `${sequence}`);
  }
  let parts: [string, string, number, number, number?, Readonly<Record<string, unknown>>?];
  try {
    parts = JSON.parse(line) as typeof parts;
  } catch {
    return line;
  }
  const [tail, user_id, ordinal, sequence, move, data] = parts;
  const id = idOf(voucher_id, String(tail));
  return anyEvent(row, { id, user_id, ordinal, sequence }, move, data);
}

const writtenOut = (row: EventRow, { id, user_id, ordinal, sequence, move }: EventClaim): string =>
  move === undefined && PLAIN.test(user_id)
    ? plainEvent(row, id, user_id, String(ordinal), String(sequence))
    : anyEvent(row, { id, user_id, ordinal, sequence }, move);

/** The same text as below, without an object in between: every claim passes here. */
const plainEvent = (
  { type, aggregate_id: voucherId, created_at }: EventRow,
  id: string,
  user: string,
  ordinal: string,
  sequence: string,
): string =>
  `{"id":"${eventId(type, id)}","type":"${type}","version":${CLAIM_EVENT_VERSION},"created_at":"${rfc3339(Number(created_at))}",` +
  `"data":{"object":"claim","id":"${id}","voucher_id":"${voucherId}","user_id":"${user}","ordinal":${ordinal},` +
  `"sequence":${sequence},"status":"${STATUS_AFTER[type as ClaimEventType]}"}}`;

/** The code stays out of the event: who holds it holds the voucher's worth. */
const anyEvent = (
  { type, aggregate_id: voucher_id, created_at }: EventRow,
  { id, user_id, ordinal, sequence }: Omit<EventClaim, 'voucher_id' | 'move' | 'data'>,
  move: number | undefined,
  data?: Readonly<Record<string, unknown>>,
): string =>
  JSON.stringify({
    id: eventId(type, id, move),
    type,
    version: CLAIM_EVENT_VERSION,
    created_at: rfc3339(Number(created_at)),
    data: {
      object: 'claim',
      id,
      voucher_id,
      user_id,
      ordinal,
      sequence,
      status: STATUS_AFTER[type as ClaimEventType],
      ...data,
    },
  });
