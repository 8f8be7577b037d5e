import type { OnApplicationShutdown } from '@nestjs/common';
import { Partitioners, type Admin, type Kafka, type Producer } from 'kafkajs';
import type { Clock } from '../../shared/clock.js';
import type { ClaimRecord } from '../domain/claim-record.js';
import { ClaimLog, type LogPosition } from '../ports/claim-log.js';

export interface KafkaLogOptions {
  readonly topic: string;
  readonly groupId: string;
  readonly sendTimeoutMs: number;
}

/**
 * The log on Kafka. `acks: -1` and no idempotent producer: kafkajs reuses sequence numbers after a failed produce and can
 * lose acknowledged batches with it (its issue 1005); duplicates are no-ops for us anyway.
 */
export class KafkaClaimLog extends ClaimLog implements OnApplicationShutdown {
  readonly sink = 'kafka';
  private readonly producer: Producer;
  private readonly admin: Admin;
  private producing: Promise<void> | undefined;
  private administering: Promise<void> | undefined;

  constructor(
    kafka: Kafka,
    private readonly options: KafkaLogOptions,
    private readonly clock: Clock,
  ) {
    super();
    this.producer = kafka.producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
      retry: { retries: 2, initialRetryTime: 50, maxRetryTime: 500 },
    });
    this.admin = kafka.admin();
  }

  async append(records: readonly ClaimRecord[]): Promise<void> {
    await this.within(this.options.sendTimeoutMs, async () => {
      await this.connectProducer();
      await this.producer.send({
        topic: this.options.topic,
        acks: -1,
        timeout: this.options.sendTimeoutMs,
        messages: records.map((record) => ({ key: record.voucher_id, value: JSON.stringify(record) })),
      });
    });
  }

  async end(): Promise<LogPosition> {
    await this.connectAdmin();
    const offsets = await this.admin.fetchTopicOffsets(this.options.topic);
    return Object.fromEntries(offsets.map(({ partition, high }) => [String(partition), high]));
  }

  async passed(position: LogPosition): Promise<boolean> {
    const committed = await this.committed();
    return Object.entries(position).every(
      ([partition, end]) => (committed.get(partition) ?? 0n) >= BigInt(end),
    );
  }

  async lag(): Promise<number> {
    const [end, committed] = await Promise.all([this.end(), this.committed()]);
    let lag = 0n;
    for (const [partition, high] of Object.entries(end)) {
      const behind = BigInt(high) - (committed.get(partition) ?? 0n);
      if (behind > 0n) lag += behind;
    }
    return Number(lag);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.allSettled([this.producer.disconnect(), this.admin.disconnect()]);
  }

  /** Offsets the group has passed; a partition it never committed counts from the log's start. */
  private async committed(): Promise<Map<string, bigint>> {
    await this.connectAdmin();
    const { topic, groupId } = this.options;
    const [fetched, offsets] = await Promise.all([
      this.admin.fetchOffsets({ groupId, topics: [topic] }),
      this.admin.fetchTopicOffsets(topic),
    ]);
    const low = new Map(offsets.map((entry) => [String(entry.partition), BigInt(entry.low)]));
    const committed = new Map(low);
    for (const { partition, offset } of fetched[0]?.partitions ?? []) {
      if (BigInt(offset) >= 0n) committed.set(String(partition), BigInt(offset));
    }
    return committed;
  }

  private connectProducer(): Promise<void> {
    this.producing ??= this.producer.connect().catch((error: unknown) => {
      this.producing = undefined;
      throw error;
    });
    return this.producing;
  }

  private connectAdmin(): Promise<void> {
    this.administering ??= this.admin.connect().catch((error: unknown) => {
      this.administering = undefined;
      throw error;
    });
    return this.administering;
  }

  /** Rejects after `ms`; what was sent may still arrive, which is a duplicate then. */
  private async within(ms: number, work: () => Promise<void>): Promise<void> {
    let stop: () => void = () => undefined;
    const late = new Promise<never>((_resolve, reject) => {
      stop = this.clock.every(ms, () => reject(new Error(`Kafka did not acknowledge within ${ms} ms`)));
    });
    try {
      await Promise.race([work(), late]);
    } finally {
      stop();
    }
  }
}
