import type { OnApplicationShutdown } from '@nestjs/common';
import { Partitioners, type Admin, type Kafka, type Producer } from 'kafkajs';
import type { Clock } from '../../../common/clock.js';
import { compressionOf } from '../../../kafka/compression.js';
import type { ConsumedPositions } from '../../ledger/consumed-positions.js';
import { PACK_MAX, packClaims, type ClaimRecord } from '../../domain/claim-record.js';
import type { LogPosition } from '../../domain/log-position.js';
import { ClaimLog } from '../claim-log.js';
import { isReadByOlder } from './log-readers.js';

/** A record's place in the log, as kafkajs names it. */
export interface LogPlace {
  readonly partition: number;
  readonly offset: string;
}

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
    private readonly positions: ConsumedPositions,
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
      const packs = messages(records);
      await this.producer.send({
        topic: this.options.topic,
        acks: -1,
        timeout: this.options.sendTimeoutMs,
        compression: compressionOf(packs),
        messages: packs,
      });
    });
  }

  async end(): Promise<LogPosition> {
    await this.connectAdmin();
    const offsets = await this.admin.fetchTopicOffsets(this.options.topic);
    return Object.fromEntries(offsets.map(({ partition, high }) => [String(partition), high]));
  }

  /**
   * What lay beyond the present end is gone with the data: then to have reached the end is to have passed. The group's position alone
   * proves nothing: a database that forgot lacks what was committed (docs/adr/0041).
   */
  async passed(position: LogPosition): Promise<boolean> {
    const coverage = await this.positions.read();
    const group = await this.group();
    return Object.entries(position).every(([partition, marked]) => {
      const { committed, high, low } = group.get(partition) ?? { committed: 0n, high: 0n, low: 0n };
      const reached = coverage.get(Number(partition))?.next(low) ?? low;
      const end = BigInt(marked) < high ? BigInt(marked) : high;
      return committed >= end && reached >= end;
    });
  }

  /**
   * Compares what the group has committed with what the database has consumed, and keeps the account of the latter short.
   * @returns where to read again, because the database has forgotten what was consumed there
   */
  async forgotten(): Promise<LogPlace[]> {
    // In this order: an offset is committed after its rows, and nothing is consumed beyond the end.
    const committed = await this.committed();
    const coverage = await this.positions.read();
    const ends = await this.admin.fetchTopicOffsets(this.options.topic);
    const places: LogPlace[] = [];
    for (const { partition, high, low } of ends) {
      const [end, start] = [BigInt(high), BigInt(low)];
      const offset = committed.get(partition) ?? -1n;
      const consumed = coverage.get(partition);
      if (!consumed) {
        await this.positions.begin(partition, offset >= 0n && offset <= end ? offset : 0n);
        continue;
      }
      const reached = consumed.next(start);
      if (reached > end) await this.positions.restart(partition, start);
      else if (offset > reached && offset <= end) places.push({ partition, offset: String(reached) });
      else await this.positions.compact(partition, consumed, consumed.upTo(start));
    }
    return places;
  }

  async isReadByOlder(): Promise<boolean | undefined> {
    // A raise waits for it, and a broker that is away is no reason to keep it waiting.
    return this.within(this.options.sendTimeoutMs, async () => {
      await this.connectAdmin();
      const { groups } = await this.admin.describeGroups([this.options.groupId]);
      return groups[0] && isReadByOlder(groups[0]);
    });
  }

  async lag(): Promise<number> {
    let lag = 0n;
    for (const { committed, high } of (await this.group()).values()) lag += high - committed;
    return Number(lag);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.allSettled([this.producer.disconnect(), this.admin.disconnect()]);
  }

  /**
   * By partition its end, and the offset that the group has passed. A partition that the group never committed counts from
   * the log's start, and so does one whose committed offset lies beyond its end: the log was emptied since, and the consumer
   * will begin anew.
   */
  private async group(): Promise<
    Map<string, { readonly committed: bigint; readonly high: bigint; readonly low: bigint }>
  > {
    await this.connectAdmin();
    const [known, offsets] = await Promise.all([
      this.committed(),
      this.admin.fetchTopicOffsets(this.options.topic),
    ]);
    return new Map(
      offsets.map((entry) => {
        const [high, low] = [BigInt(entry.high), BigInt(entry.low)];
        const committed = known.get(entry.partition) ?? -1n;
        const isValid = committed >= 0n && committed <= high;
        return [String(entry.partition), { committed: isValid ? committed : low, high, low }];
      }),
    );
  }

  /** What the group committed, as it stands; -1 for nothing. */
  private async committed(): Promise<ReadonlyMap<number, bigint>> {
    await this.connectAdmin();
    const { topic, groupId } = this.options;
    const fetched = await this.admin.fetchOffsets({ groupId, topics: [topic] });
    return new Map(
      fetched[0]?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)] as const),
    );
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
  private async within<T>(ms: number, work: () => Promise<T>): Promise<T> {
    let stop: () => void = () => undefined;
    const late = new Promise<never>((_resolve, reject) => {
      stop = this.clock.every(ms, () => reject(new Error(`Kafka did not answer within ${ms} ms`)));
    });
    try {
      return await Promise.race([work(), late]);
    } finally {
      stop();
    }
  }
}

/**
 * One record for the claims of a voucher: what kafkajs does for each record, at both ends, costs more than the claim in it
 * (docs/adr/0026). Keyed by voucher, so that a voucher's claims stay in order.
 */
function messages(records: readonly ClaimRecord[]): { key: string; value: string }[] {
  const packs = new Map<string, [ClaimRecord, ...ClaimRecord[]][]>();
  for (const record of records) {
    const key = `${record.voucher_id}/${record.epoch}`;
    const ofKey = packs.get(key);
    const last = ofKey?.at(-1);
    if (last && last.length < PACK_MAX) last.push(record);
    else if (ofKey) ofKey.push([record]);
    else packs.set(key, [[record]]);
  }
  return [...packs.values()].flat().map((pack) => ({ key: pack[0].voucher_id, value: packClaims(pack) }));
}
