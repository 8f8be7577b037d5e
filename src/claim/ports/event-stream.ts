export interface DomainEvent {
  /** Consumers dedupe by it. */
  readonly id: string;
  readonly type: string;
  /** Events of one aggregate stay in order. */
  readonly key: string;
  /** JSON. */
  readonly payload: string;
}

/** Where the outbox relay sends events: a Kafka topic, in embedded mode a file of JSON lines. At least once. */
export abstract class EventStream {
  abstract send(events: readonly DomainEvent[]): Promise<void>;
}
