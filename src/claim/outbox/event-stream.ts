/** Events of one key and type that travel together. */
export interface EventPack {
  readonly type: string;
  /** Events of one key stay in order. */
  readonly key: string;
  /** The events' JSON, a line each. Subscribers dedupe by their `id`. */
  readonly payload: string;
  readonly events: number;
}

/**
 * Where the outbox relay sends events: a Kafka topic with a pack in each record, in embedded mode a file; in both an event is a
 * line of JSON. At least once.
 */
export abstract class EventStream {
  abstract send(packs: readonly EventPack[]): Promise<void>;
}
