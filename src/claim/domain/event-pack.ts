import type { DomainEvent, EventPack } from '../ports/event-stream.js';

export const PACK_EVENTS = 100;
/** The column is of type TEXT, which ends at 65,535 bytes. */
export const PACK_BYTES = 60_000;

/**
 * Packs of at most `PACK_EVENTS` events and `PACK_BYTES` bytes (an event beyond that is a pack by itself), in the order of the
 * events. A pack's id is that of its first event.
 * @param events whose payload is one line of JSON that begins with the id
 */
export function packEvents(events: readonly DomainEvent[]): EventPack[] {
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

/** The events of a pack, and the claim or other object each is about. A line that cannot be read tells of nothing. */
export const packedIds = (payload: string): { readonly event: string; readonly object: string }[] =>
  linesOf(payload).flatMap((line) => {
    try {
      const event = JSON.parse(line) as { id: string; data: { id: string } };
      return [{ event: event.id, object: event.data.id }];
    } catch {
      return [];
    }
  });

/** How a reader takes a pack apart. One that was written as an event by itself is a pack of one. */
export const linesOf = (payload: string): string[] => payload.split('\n').filter((line) => line !== '');
