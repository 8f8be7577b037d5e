/** Consumers dedupe by `id`. */
export interface DomainEvent {
  readonly id: string;
  readonly type: string;
  /** Events of one aggregate stay in order. */
  readonly key: string;
  /** JSON. */
  readonly payload: string;
}

/** Events of one key and type that travel together. */
export interface EventPack {
  readonly id: string;
  readonly type: string;
  readonly key: string;
  /** The events' JSON, a line each. */
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
