import type { DomainEvent } from '../ports/event-stream.js';

/** Events of one key and type that are one row of the outbox; a row from before there were packs is a pack of one. */
export interface EventPack {
  readonly id: string;
  readonly type: string;
  readonly key: string;
  /** The events' JSON, a line each. */
  readonly payload: string;
}

export interface CountedPack extends EventPack {
  readonly events: number;
}

export const PACK_EVENTS = 100;
/** The column is of type TEXT, which ends at 65,535 bytes. */
export const PACK_BYTES = 60_000;

/**
 * Packs of at most `PACK_EVENTS` events and `PACK_BYTES` bytes (an event beyond that is a pack by itself), in the order of the
 * events. A pack's id is that of its first event.
 * @param events whose payload is one line of JSON that begins with the id
 */
export function packEvents(events: readonly DomainEvent[]): CountedPack[] {
  const drafts: { readonly first: DomainEvent; readonly lines: string[]; bytes: number }[] = [];
  const open = new Map<string, (typeof drafts)[number]>();
  for (const event of events) {
    const bytes = Buffer.byteLength(event.payload) + 1;
    const kind = `${event.type} ${event.key}`;
    let draft = open.get(kind);
    if (!draft || draft.lines.length >= PACK_EVENTS || draft.bytes + bytes > PACK_BYTES) {
      draft = { first: event, lines: [], bytes: 0 };
      open.set(kind, draft);
      drafts.push(draft);
    }
    draft.lines.push(event.payload);
    draft.bytes += bytes;
  }
  return drafts.map(({ first: { id, type, key }, lines }) => ({
    id,
    type,
    key,
    payload: lines.join('\n'),
    events: lines.length,
  }));
}

/**
 * The events of a pack, as they were. A line that does not begin with an id was altered by hand: it goes under the pack's id, so
 * that it holds up no other.
 */
export const unpackEvents = ({ id, type, key, payload }: EventPack): DomainEvent[] =>
  lines(payload).map((line) => ({ id: idOf(line) ?? id, type, key, payload: line }));

/** The events of a pack, and the claim or other object each is about. A line that cannot be read tells of nothing. */
export const packedIds = (payload: string): { readonly event: string; readonly object: string }[] =>
  lines(payload).flatMap((line) => {
    try {
      const event = JSON.parse(line) as { id: string; data: { id: string } };
      return [{ event: event.id, object: event.data.id }];
    } catch {
      return [];
    }
  });

const lines = (payload: string): string[] => payload.split('\n').filter((line) => line !== '');

const idOf = (line: string): string | undefined => /^\{"id":"([^"]+)"/.exec(line)?.[1];
