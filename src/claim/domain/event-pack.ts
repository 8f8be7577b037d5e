import { rfc3339 } from '../../common/clock.js';
import { eventId } from '../../common/ids.js';
import type { PackRow } from '../../database/outbox.js';
import { CLAIM_EVENT_VERSION, type ClaimEventType, type StatusAfter } from './claim-events.js';
import type { ClaimRecord } from './claim-record.js';

export const PACK_EVENTS = 100;
/** The events of a full pack stay below 65,535 bytes also as their subscribers read them: the column is of type TEXT. */
export const PACK_BYTES = 40_000;
/** What a line with data counts more: an event is longer than its line by some 300 bytes, which short lines leave room for. */
const LONG_LINE_BYTES = 250;

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

/** What the event of a claim says of it, besides what the event's type says. */
export interface EventClaim extends Pick<
  ClaimRecord,
  'id' | 'voucher_id' | 'user_id' | 'ordinal' | 'sequence'
> {
  /** Which move of the claim, from 1; none for the events of its issue. */
  readonly move?: number;
  /** Further members of the event's `data`. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/**
 * Each line names what the row does not: `[the claim's id without its voucher, user id, ordinal, sequence]`, and where it is a move,
 * which one and what else it says. The event is made of it when it is sent. A line that is an event already stays one.
 * @param at when it happened, ms since 1970
 * @returns rows of at most `PACK_EVENTS` events and `PACK_BYTES` bytes (an event beyond that is a row by itself), in the order of
 * the claims
 */
export function packEvents(type: ClaimEventType, claims: readonly EventClaim[], at: number): PackRow[] {
  const drafts: { readonly first: EventClaim; readonly lines: string[]; bytes: number }[] = [];
  const open = new Map<string, (typeof drafts)[number]>();
  for (const claim of claims) {
    const line = lineOf(claim);
    const bytes = Buffer.byteLength(line) + 1 + (claim.data === undefined ? 0 : LONG_LINE_BYTES);
    let draft = open.get(claim.voucher_id);
    if (!draft || draft.lines.length >= PACK_EVENTS || draft.bytes + bytes > PACK_BYTES) {
      draft = { first: claim, lines: [], bytes: 0 };
      open.set(claim.voucher_id, draft);
      drafts.push(draft);
    }
    draft.lines.push(line);
    draft.bytes += bytes;
  }
  return drafts.map(({ first, lines }) => ({
    id: eventId(type, first.id, first.move),
    type,
    aggregate_id: first.voucher_id,
    payload: lines.join('\n'),
    events: lines.length,
    created_at: at,
  }));
}

/** The events of a row as subscribers read them, each a line of JSON. A line that was altered by hand is given as it stands. */
export const eventsOf = (row: Omit<PackRow, 'id' | 'events'>): string[] =>
  linesOf(row.payload).map((line) => eventOf(row, line));

/** The claims that the events of a row are about. A line that cannot be read tells of none. */
export const claimIdsOf = (row: Omit<PackRow, 'id' | 'events'>): string[] =>
  eventsOf(row).flatMap((event) => {
    try {
      return [(JSON.parse(event) as { data: { id: string } }).data.id];
    } catch {
      return [];
    }
  });

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

/** The code stays out of the event: who holds it holds the voucher's worth. */
function eventOf(
  { type, aggregate_id: voucherId, created_at }: Omit<PackRow, 'id' | 'events'>,
  line: string,
): string {
  if (!line.startsWith('[')) return line;
  const plain = PLAIN_LINE.exec(line);
  if (plain) {
    const [, tail = '', user = '', ordinal, sequence] = plain;
    const id = idOf(voucherId, tail);
    // The same text as below, without an object in between: every claim passes here.
    return (
      `{"id":"${eventId(type, id)}","type":"${type}","version":${CLAIM_EVENT_VERSION},"created_at":"${rfc3339(Number(created_at))}",` +
      `"data":{"object":"claim","id":"${id}","voucher_id":"${voucherId}","user_id":"${user}","ordinal":${ordinal},` +
      `"sequence":${sequence},"status":"${STATUS_AFTER[type as ClaimEventType]}"}}`
    );
  }
  let parts: [string, string, number, number, number?, Readonly<Record<string, unknown>>?];
  try {
    parts = JSON.parse(line) as typeof parts;
  } catch {
    return line;
  }
  const [tail, user_id, ordinal, sequence, move, data] = parts;
  const id = idOf(voucherId, String(tail));
  return JSON.stringify({
    id: eventId(type, id, move),
    type,
    version: CLAIM_EVENT_VERSION,
    created_at: rfc3339(Number(created_at)),
    data: {
      object: 'claim',
      id,
      voucher_id: voucherId,
      user_id,
      ordinal,
      sequence,
      status: STATUS_AFTER[type as ClaimEventType],
      ...data,
    },
  });
}
