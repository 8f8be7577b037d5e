import { Logger } from '@nestjs/common';
import type { Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import type { Clock } from '../../../common/clock.js';
import {
  unpackClaims,
  type ClaimBatch,
  type LoggedClaim,
  type UnreadableClaim,
} from '../../domain/claim-record.js';
import { EpochOrder, slotOf, type SlotRange } from '../../domain/log-slots.js';
import { ClaimTransport } from '../claim-transport.js';
import type { LogPlace } from './claim-log.kafka.js';
import { sayingWhatItReads } from './log-readers.js';

export interface KafkaTransportOptions {
  readonly topic: string;
  readonly groupId: string;
  readonly batchMax: number;
  /** Creates the topics where the broker came back without them; tells whether it did. */
  readonly restoreTopics: () => Promise<boolean>;
  /** Where to read again, because the database has forgotten what was consumed there (docs/adr/0041). */
  readonly forgotten: () => Promise<readonly LogPlace[]>;
  /** Notes that a stretch of the log without a claim is consumed. */
  readonly skip: (range: SlotRange) => Promise<void>;
  /** Told when a partition is read again. */
  readonly onRewound?: () => void;
  /** Told how many partitions of the topic are assigned to this process, whenever that changes. */
  readonly onAssigned?: (partitions: number) => void;
}

const RETRY_MS = 500;
/** So long the group waits for a member that died, and nobody consumes what it held. */
const GONE_MS = 10_000;
const LEAVE_MS = 2_000;
/** Of one partition. Every one holds a connection of the database. */
const BATCHES_UNDER_WAY = 3;
/**
 * A fetch comes back at the first record. After so few records of them the next ones may gather: a transaction, an offset and a call
 * of the gate cost the same for ten claims and for hundreds (docs/adr/0036).
 */
const GATHER_BELOW = 10;
const GATHER_MS = 20;
const WATCH_MS = 5_000;
/**
 * Consumers of kafkajs have been seen to stop without a word (its issues 659, 919, 1720), and to wait for ever in a group
 * whose members died while they joined. Longer than a rebalance may take.
 */
const SILENCE_MS = 25_000;

/**
 * Consumes the claim topic batch by batch. A batch is tried again, with heartbeats, until the handler takes it: the
 * database may be away for an hour, and the consumer keeps its partitions and its place. Offsets are committed after that.
 */
export class KafkaClaimTransport extends ClaimTransport {
  private readonly log = new Logger('KafkaTransport');
  private consumer: Consumer | undefined;
  /** Consumers that another one has followed; kafkajs may start one again that was just told to go. */
  private readonly retired = new WeakSet<Consumer>();
  private stopWatch: () => void = () => undefined;
  /** Partitions that are this process's. */
  private assigned: ReadonlySet<number> = new Set();
  private readonly epochs = new EpochOrder();
  private seenAt = 0;
  private stopped = false;
  private readonly work = new Set<Promise<void>>();

  constructor(
    private readonly kafka: Kafka,
    private readonly options: KafkaTransportOptions,
    private readonly clock: Clock,
  ) {
    super();
  }

  listen(callback: () => void): void {
    // In the background: Kafka may be away at start, and the API serves all the same.
    void this.start();
    this.stopWatch = this.clock.every(WATCH_MS, () => void this.look());
    callback();
  }

  async close(): Promise<void> {
    this.stopped = true;
    this.stopWatch();
    await Promise.allSettled(this.work);
    // In the middle of a rebalance the group lets nobody go before it is over; it finds out by itself that we are gone.
    const left = this.consumer?.disconnect().catch(() => undefined);
    await Promise.race([left, this.clock.sleep(LEAVE_MS)]);
  }

  private async start(): Promise<void> {
    while (!this.stopped) {
      const consumer = this.kafka.consumer({
        groupId: this.options.groupId,
        partitionAssigners: [sayingWhatItReads],
        sessionTimeout: GONE_MS,
        // A member that dies while it joins is not missed by its session, but by this: meanwhile nobody consumes.
        rebalanceTimeout: GONE_MS,
        heartbeatInterval: 2_000,
        maxWaitTimeInMs: 100,
        retry: { retries: 10, restartOnFailure: async () => !this.stopped && !this.retired.has(consumer) },
      });
      try {
        this.seenAt = this.clock.monotonic();
        consumer.on(consumer.events.FETCH, () => (this.seenAt = this.clock.monotonic()));
        consumer.on(consumer.events.HEARTBEAT, () => (this.seenAt = this.clock.monotonic()));
        consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
          if (this.retired.has(consumer)) void consumer.disconnect().catch(() => undefined);
          else this.assign(payload.memberAssignment[this.options.topic] ?? []);
        });
        consumer.on(consumer.events.CRASH, () => this.assign([]));
        await consumer.connect();
        await this.options.forgotten(); // the account of what is consumed begins before anything is
        // From the beginning: without it an offset that is out of range would silently skip records.
        await consumer.subscribe({ topics: [this.options.topic], fromBeginning: true });
        await consumer.run({
          eachBatchAutoResolve: false,
          autoCommit: false,
          partitionsConsumedConcurrently: 2,
          eachBatch: (payload) => this.track(this.consume(consumer, payload)),
        });
        this.consumer = consumer;
        await this.rewind();
        return;
      } catch (error) {
        this.log.warn({ err: error }, 'the consumer could not start; trying again');
        this.retired.add(consumer); // else kafkajs may start it by itself, beside the next one
        await consumer.disconnect().catch(() => undefined);
        await this.clock.sleep(RETRY_MS);
      }
    }
  }

  private async look(): Promise<void> {
    const restored = await this.options.restoreTopics().catch(() => false); // a broker that is away has nothing to restore
    if (this.stopped || !this.consumer) return;
    await this.rewind();
    if (this.stopped || !this.consumer) return;
    const silentMs = this.clock.monotonic() - this.seenAt;
    if (restored) this.log.error('the broker lost the topics; created them, starting a new consumer');
    else if (silentMs < SILENCE_MS || this.work.size > 0) return;
    else this.log.error({ silentMs }, 'the consumer has gone silent; starting a new one');
    const silent = this.consumer;
    this.consumer = undefined;
    this.assign([]);
    this.retired.add(silent);
    void silent.disconnect().catch(() => undefined);
    void this.start();
  }

  private assign(partitions: readonly number[]): void {
    this.assigned = new Set(partitions);
    this.options.onAssigned?.(partitions.length);
  }

  /** Reads again what the database has forgotten. What it still has is known to it, and stays as it is. */
  private async rewind(): Promise<void> {
    const { consumer } = this;
    const places = await this.options.forgotten().catch(() => []); // a server is away: it is asked again
    if (!consumer || consumer !== this.consumer || this.stopped) return;
    for (const { partition, offset } of places) {
      if (!this.assigned.has(partition)) continue;
      this.log.error(
        { partition, offset },
        'the database has forgotten what it had consumed; reading it again',
      );
      consumer.seek({ topic: this.options.topic, partition, offset });
      this.options.onRewound?.();
    }
  }

  /**
   * While the database works on one batch, the next ones are read and sent to it.
   * Offsets are committed in order: what was written behind a batch that failed comes again, which is a no-op.
   */
  private async consume(consumer: Consumer, payload: EachBatchPayload): Promise<void> {
    const { messages, partition } = payload.batch;
    let slot = slotOf(fetchedAt(payload));
    const underWay: { readonly delivered: Promise<boolean>; readonly last: string }[] = [];
    try {
      for (let from = 0; from < messages.length || underWay.length > 0;) {
        if (from < messages.length && underWay.length < BATCHES_UNDER_WAY) {
          const { batch, next, skipped } = this.read(partition, messages, from, slot);
          slot = slotOf(BigInt(messages[next - 1]?.offset ?? 0) + 1n);
          const delivered = this.untilDelivered(batch, skipped, payload);
          delivered.catch(() => undefined); // looked at when its turn comes
          underWay.push({ delivered, last: messages[next - 1]?.offset ?? '' });
          from = next;
          continue;
        }
        const oldest = underWay.shift();
        if (!oldest || !(await oldest.delivered)) return;
        payload.resolveOffset(oldest.last);
        const offset = String(BigInt(oldest.last) + 1n);
        await consumer.commitOffsets([{ topic: this.options.topic, partition, offset }]);
        await payload.heartbeat();
      }
      if (messages.length < GATHER_BELOW) await this.clock.sleep(GATHER_MS);
    } finally {
      await Promise.allSettled(underWay.map(({ delivered }) => delivered));
    }
  }

  /** @returns false when the partition was taken away or the process stops */
  private async untilDelivered(
    batch: ClaimBatch,
    skipped: SlotRange | undefined,
    payload: EachBatchPayload,
  ): Promise<boolean> {
    for (let failures = 0; !this.stopped && isHeld(payload); failures++) {
      const stopBeat = this.clock.every(2_000, () => void payload.heartbeat().catch(() => undefined));
      try {
        await this.deliver(batch);
        if (skipped) await this.options.skip(skipped);
        if (failures > 0) void this.rewind(); // the database was away, and may be another one now
        return true;
      } catch (error) {
        if (failures % 20 === 0)
          this.log.error({ err: error, failures }, 'claims could not be issued; trying again');
        await payload.heartbeat();
        await this.clock.sleep(RETRY_MS);
      } finally {
        stopBeat();
      }
    }
    return false;
  }

  /**
   * Whole records, until they hold a batch of claims.
   * @param slot up to which the partition was read before: each claim covers what follows the one before it
   * @returns `skipped`: a stretch that no claim covers, because there is none in it
   */
  private read(
    partition: number,
    messages: readonly KafkaMessage[],
    from: number,
    slot: number,
  ): { readonly batch: ClaimBatch; readonly next: number; readonly skipped: SlotRange | undefined } {
    const claims: LoggedClaim[] = [];
    const unreadable: UnreadableClaim[] = [];
    let covered = slot;
    let next = from;
    let end = slot;
    for (; next < messages.length && claims.length < this.options.batchMax; next++) {
      const message = messages[next] as KafkaMessage;
      const offset = BigInt(message.offset);
      const read = unpackClaims(
        message.value?.toString('utf8') ?? '',
        `${this.options.topic}/${partition}/${message.offset}`,
      );
      const begin = slotOf(offset);
      end = slotOf(offset + 1n);
      for (const [index, record] of read.claims.entries()) {
        const upTo = index === read.claims.length - 1 ? end : begin + index + 1;
        const covers = { from: covered, next: upTo };
        covered = upTo;
        this.epochs.note(partition, offset, record);
        const overtaken = this.epochs.isOvertaken(partition, offset, record);
        const position = overtaken ? { partition, offset, covers, overtaken } : { partition, offset, covers };
        claims.push({ record, position });
      }
      unreadable.push(...read.unreadable);
    }
    const skipped = covered < end ? { partition, from: covered, next: end } : undefined;
    return { batch: { claims, unreadable }, next, skipped };
  }

  private async track(work: Promise<void>): Promise<void> {
    this.work.add(work);
    try {
      await work;
    } finally {
      this.work.delete(work);
    }
  }
}

/** Whether the partition is still this consumer's. */
const isHeld = (payload: EachBatchPayload): boolean => payload.isRunning() && !payload.isStale();

/** The offset that was asked for: what lies between it and the first record is no record. */
function fetchedAt({ batch }: EachBatchPayload): bigint {
  const { fetchedOffset } = batch as typeof batch & { readonly fetchedOffset?: string }; // kafkajs does not declare it
  const first = BigInt(batch.messages[0]?.offset ?? 0);
  const asked = BigInt(fetchedOffset ?? first);
  return asked >= 0n && asked < first ? asked : first;
}
