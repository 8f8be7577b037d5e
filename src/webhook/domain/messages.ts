import { hash } from 'node:crypto';
import { rfc3339 } from '../../common/clock.js';
import { base32Bytes } from '../../common/ids.js';

/** Events in one message at most. */
export const BATCH_MAX = 250;
/** A batch is closed before it is longer; an event that is longer by itself goes alone. */
export const BATCH_BYTES = 262_144;

/** What of a delivery makes a message. */
export interface Sendable {
  readonly eventId: string;
  readonly payload: string;
  readonly attempts: number;
  readonly roundFrom: number;
  readonly createdAt: number;
  /** The batch it last went in. */
  readonly batchId: string | null;
}

/** What one request carries. */
export interface Message<T> {
  /** Sent as `webhook-id`. */
  readonly id: string;
  readonly body: string;
  readonly deliveries: readonly T[];
}

/**
 * Puts deliveries into messages, in their order. An endpoint that takes one event at a time gets the events themselves; another gets
 * batches, also of one event. What failed together is sent again together: then the batch has the id it had.
 * @param size events in a message, from 1 to `BATCH_MAX`
 */
export function messagesOf<T extends Sendable>(size: number, deliveries: readonly T[]): Message<T>[] {
  if (size === 1) return deliveries.map((one) => ({ id: one.eventId, body: one.payload, deliveries: [one] }));
  const batches: T[][] = [];
  let bytes = 0;
  for (const one of deliveries) {
    const batch = batches.at(-1);
    const length = Buffer.byteLength(one.payload);
    const fits = batch !== undefined && batch.length < size && bytes + length <= BATCH_BYTES;
    if (fits && batch[0] !== undefined && belongTogether(batch[0], one)) {
      batch.push(one);
      bytes += length;
    } else {
      batches.push([one]);
      bytes = length;
    }
  }
  return batches.map(batchOf);
}

/** Those of one batch have the same number of tries behind them, so that they are due together again. */
const belongTogether = (one: Sendable, other: Sendable): boolean =>
  one.batchId === other.batchId && one.attempts - one.roundFrom === other.attempts - other.roundFrom;

/** Its id is made of those of its events: the same events are the same batch, and others never are. */
function batchOf<T extends Sendable>(deliveries: readonly T[]): Message<T> {
  const ids = deliveries.map(({ eventId }) => eventId).join(' ');
  const id = `bat_${base32Bytes(hash('sha256', ids, 'buffer'), 26)}`;
  const created = rfc3339(Math.max(...deliveries.map(({ createdAt }) => createdAt)));
  const events = deliveries.map(({ payload }) => payload).join(',');
  const body = `{"id":"${id}","type":"batch","version":1,"created_at":"${created}","data":{"events":[${events}]}}`;
  return { id, body, deliveries };
}
