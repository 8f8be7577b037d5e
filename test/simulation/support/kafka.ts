import { PartitionAssigners, type ConsumerConfig, type EachBatchHandler, type Kafka } from 'kafkajs';
import { Server, type Network } from './steps.js';
import type { Life, World } from './world.js';

const PARTITIONS = 2;
const SESSION_MS = 3_000;
const POLL_MS = 1_000;
const FETCH_MAX = 4;

interface Member {
  readonly life: Life;
  /** Whether it has a partition wherever not all have one. */
  readonly isOlder: boolean;
  /** What it says of itself as it joins. */
  readonly metadata: Buffer;
  seenAt: number;
  generation: number;
  partitions: number[];
  wake: () => void;
  joined: (partitions: number[]) => void;
  /** Where to go on, from the next fetch. */
  readonly seeks: Map<number, number>;
}

/** A broker in memory, behind as much of kafkajs as the program uses: what is acknowledged stays, until it is emptied. */
export class SimBroker {
  readonly server = new Server(
    'log',
    (sent) => new Error(sent ? 'the broker did not answer' : 'the broker is away'),
  );
  /** Of batches that arrive twice. */
  duplicates = 0;
  /** Of batches that arrive much later. */
  late = 0;
  emptied = false;
  readonly events: { id: string; payload: string }[] = [];
  private partitions = Array.from({ length: PARTITIONS }, (): string[] => []);
  private readonly committed = new Map<number, number>();
  private members: Member[] = [];
  private generation = 0;

  constructor(
    private readonly world: World,
    private readonly network: Network,
  ) {}

  /** Values that the group has not passed. */
  get waiting(): string[] {
    return this.partitions.flatMap((records, partition) => records.slice(this.start(partition)));
  }

  /** Values before the group's position: read, or never to be read because they came after the log was emptied. */
  get passed(): string[] {
    return this.partitions.flatMap((records, partition) => records.slice(0, this.start(partition)));
  }

  /** By partition, the offset that the group has passed. */
  get positions(): number[] {
    return this.partitions.map((_records, partition) => this.start(partition));
  }

  /** Values that are there, whether the group has passed them or not. */
  get all(): string[] {
    return this.partitions.flat();
  }

  /** All data is lost; offsets begin anew, and the group's positions stay as they were. */
  empty(): void {
    this.world.say(() => 'the log is emptied');
    this.partitions = this.partitions.map(() => []);
    this.emptied = true;
  }

  /** The client of one life. @param isOlder whether it is of a version that says nothing of itself as it joins the group */
  client(life: Life, isOlder: boolean): Kafka {
    const call = <T>(step: 'log.append' | 'log.end' | 'log.position', work: () => T): Promise<T> =>
      this.network.call(life, this.server, step, work);
    const producer = {
      connect: async () => undefined,
      disconnect: async () => undefined,
      send: async ({ messages }: { messages: { key: string; value: string }[] }) => {
        const { dice } = this.world;
        if (dice.chance(this.late))
          await new Promise<void>((resolve) => this.world.in(dice.between(300, 4_000), resolve));
        await call('log.append', () => {
          this.append(messages);
          if (dice.chance(this.duplicates))
            this.world.in(dice.between(0, 1_500), () => this.append(messages));
        });
      },
    };
    const admin = {
      connect: async () => undefined,
      disconnect: async () => undefined,
      fetchTopicOffsets: () =>
        call('log.end', () =>
          this.partitions.map((records, partition) => ({
            partition,
            high: String(records.length),
            low: '0',
          })),
        ),
      fetchOffsets: () =>
        call('log.position', () => [
          {
            partitions: this.partitions.map((_records, partition) => ({
              partition,
              offset: String(this.committed.get(partition) ?? -1),
            })),
          },
        ]),
      describeGroups: () =>
        call('log.position', () => {
          this.expire();
          const isStable = this.members.every(({ generation }) => generation === this.generation);
          const members = this.members.map(({ metadata }) => ({
            memberMetadata: isStable ? metadata : Buffer.alloc(0),
          }));
          return { groups: [{ state: isStable ? 'Stable' : 'PreparingRebalance', members }] };
        }),
    };
    return {
      producer: () => producer,
      admin: () => admin,
      consumer: ({ partitionAssigners = [] }: ConsumerConfig) => {
        const [assigner] = isOlder ? [PartitionAssigners.roundRobin] : partitionAssigners;
        if (!assigner) throw new Error('it says nothing of itself as it joins');
        const { metadata } = assigner({} as never).protocol({ topics: ['claims'] });
        return this.consumer(life, { isOlder, metadata });
      },
    } as unknown as Kafka;
  }

  private append(messages: readonly { readonly key: string; readonly value: string }[]): void {
    for (const { key, value } of messages) {
      const partition = key.charCodeAt(key.length - 1) % PARTITIONS;
      this.partitions[partition]?.push(value);
    }
    for (const member of this.members) member.wake();
  }

  private consumer(life: Life, of: Pick<Member, 'isOlder' | 'metadata'>): unknown {
    const member: Member = {
      life,
      ...of,
      seenAt: 0,
      generation: 0,
      partitions: [],
      wake: () => undefined,
      joined: () => undefined,
      seeks: new Map(),
    };
    return {
      events: { FETCH: 'fetch', HEARTBEAT: 'heartbeat', GROUP_JOIN: 'join', CRASH: 'crash' },
      on: (event: string, heard: (told: unknown) => void) => {
        if (event === 'join')
          member.joined = (partitions) => heard({ payload: { memberAssignment: { claims: partitions } } });
      },
      seek: ({ partition, offset }: { partition: number; offset: string }) => {
        if (member.partitions.includes(partition)) member.seeks.set(partition, Number(offset));
      },
      connect: async () => undefined,
      subscribe: async () => undefined,
      disconnect: async () => undefined,
      run: async ({ eachBatch }: { eachBatch: EachBatchHandler }) => void this.consume(member, eachBatch),
      commitOffsets: ([at]: readonly { partition: number; offset: string }[]) =>
        this.network.call(life, this.server, 'log.commit', () => {
          if (!at || !this.isCurrent(member)) throw new Error('the coordinator does not know this member');
          member.seenAt = this.world.now;
          this.committed.set(at.partition, Number(at.offset));
        }),
    };
  }

  /** Fetches and hands over for ever; after a failure it joins again and goes on where the group is. */
  private async consume(member: Member, eachBatch: EachBatchHandler): Promise<void> {
    const positions = new Map<number, number>();
    for (;;) {
      try {
        const fetched = await this.network.call(member.life, this.server, 'log.fetch', () => {
          if (!this.isCurrent(member)) this.join(member, positions);
          member.seenAt = this.world.now;
          for (const [partition, offset] of member.seeks) positions.set(partition, offset);
          member.seeks.clear();
          return this.fetch(member, positions);
        });
        if (!fetched) {
          await new Promise<void>((resolve) => {
            let woken = false;
            member.wake = () => {
              if (!woken) member.life.in(0, resolve);
              woken = true;
            };
            member.life.in(POLL_MS, () => member.wake());
          });
          continue;
        }
        const { partition, from, values } = fetched;
        await eachBatch({
          batch: {
            partition,
            fetchedOffset: String(from),
            messages: values.map((value, index) => ({
              offset: String(from + index),
              value: Buffer.from(value),
            })),
          },
          resolveOffset: (offset: string) => void positions.set(partition, Number(offset) + 1),
          heartbeat: async () => {
            if (this.isCurrent(member)) member.seenAt = this.world.now;
          },
          isRunning: () => true,
          isStale: () => !this.isCurrent(member) || member.seeks.has(partition),
        } as unknown as Parameters<EachBatchHandler>[0]);
      } catch {
        positions.clear();
        member.generation = 0;
        await new Promise<void>((resolve) => member.life.in(200, resolve));
      }
    }
  }

  private fetch(member: Member, positions: Map<number, number>) {
    const [first, ...rest] = member.partitions;
    if (first === undefined) return undefined;
    member.partitions = [...rest, first]; // in turn, so that no partition waits for another
    for (const partition of [...member.partitions].reverse()) {
      const records = this.partitions[partition] ?? [];
      const asked = positions.get(partition) ?? this.start(partition);
      const from = asked > records.length ? 0 : asked; // out of range: from the beginning
      const values = records.slice(from, from + FETCH_MAX);
      if (values.length > 0) return { partition, from, values };
    }
    return undefined;
  }

  private start(partition: number): number {
    const committed = this.committed.get(partition) ?? 0;
    return committed > (this.partitions[partition]?.length ?? 0) ? 0 : committed;
  }

  private isCurrent(member: Member): boolean {
    this.expire();
    return member.generation === this.generation && this.members.includes(member);
  }

  private join(member: Member, positions: Map<number, number>): void {
    if (!this.members.includes(member)) {
      if (member.isOlder) this.members.unshift(member);
      else this.members.push(member);
      this.rebalance();
    }
    positions.clear();
    member.generation = this.generation;
    const mine = this.members.indexOf(member);
    member.partitions = this.partitions.flatMap((_records, partition) =>
      partition % this.members.length === mine ? [partition] : [],
    );
    member.seeks.clear();
    member.joined([...member.partitions]);
  }

  private expire(): void {
    const alive = this.members.filter(({ seenAt }) => this.world.now - seenAt < SESSION_MS);
    if (alive.length === this.members.length) return;
    this.members = alive;
    this.rebalance();
  }

  private rebalance(): void {
    this.generation += 1;
    for (const { wake } of this.members) wake();
  }
}
