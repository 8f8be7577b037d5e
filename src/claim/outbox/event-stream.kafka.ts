import type { OnApplicationShutdown } from '@nestjs/common';
import { Partitioners, type Kafka, type Producer } from 'kafkajs';
import { compressionOf } from '../../kafka/compression.js';
import { EventStream, type EventPack } from './event-stream.js';

/**
 * A pack is a record: kafkajs spends 25 µs on a record, as much as on all else that an event costs (docs/adr/0032). Keyed by voucher,
 * so that a voucher's events stay in order.
 */
export class KafkaEventStream extends EventStream implements OnApplicationShutdown {
  private readonly producer: Producer;
  private connecting: Promise<void> | undefined;

  constructor(
    kafka: Kafka,
    private readonly topic: string,
  ) {
    super();
    this.producer = kafka.producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
    });
  }

  async send(packs: readonly EventPack[]): Promise<void> {
    this.connecting ??= this.producer.connect().catch((error: unknown) => {
      this.connecting = undefined;
      throw error;
    });
    await this.connecting;
    const messages = packs.map(({ type, key, payload, events }) => ({
      key,
      value: payload,
      headers: { type, events: String(events) },
    }));
    await this.producer.send({
      topic: this.topic,
      acks: -1,
      compression: compressionOf(messages),
      messages,
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.producer.disconnect().catch(() => undefined);
  }
}
