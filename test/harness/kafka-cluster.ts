import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { KafkaServer, newClusterId } from './servers.js';

const HOST = '127.0.0.1';
const REPLICAS = 3;

/** One of several brokers, each of which is a controller, too. */
class KafkaNode extends KafkaServer {
  /** @param cluster the other brokers, and what all of them are marked with */
  constructor(
    dir: string,
    readonly id: number,
    private readonly cluster: Pick<KafkaCluster, 'nodes' | 'id'>,
  ) {
    super(dir);
  }

  protected override get clusterId(): string {
    return this.cluster.id;
  }

  get voter(): string {
    return `${this.id}@${HOST}:${this.innerPort}`;
  }

  protected override settings(): Record<string, string | number> {
    return {
      ...super.settings(),
      'node.id': this.id,
      'controller.quorum.voters': this.cluster.nodes.map(({ voter }) => voter).join(','),
      'offsets.topic.replication.factor': REPLICAS,
      'transaction.state.log.replication.factor': REPLICAS,
      'transaction.state.log.min.isr': REPLICAS - 1,
      'share.coordinator.state.topic.replication.factor': REPLICAS,
      'share.coordinator.state.topic.min.isr': REPLICAS - 1,
      // How long one may be behind before it is no longer waited for.
      'replica.lag.time.max.ms': 5_000,
    };
  }
}

/** Three brokers that hold each record three times. */
export class KafkaCluster {
  readonly id = newClusterId();
  readonly nodes: readonly KafkaNode[];

  constructor(dir: string) {
    this.nodes = Array.from(
      { length: REPLICAS },
      (_none, index) => new KafkaNode(join(dir, `kafka-${index + 1}`), index + 1, this),
    );
  }

  /** For KAFKA_BROKERS. */
  get brokers(): string {
    return this.nodes.map(({ brokers }) => brokers).join(',');
  }

  /** Starts those that do not run, and waits until all answer. */
  async up(): Promise<void> {
    for (const node of this.nodes) await node.choosePort(); // before any starts: each names all others
    for (const node of this.nodes) await node.start();
    for (const node of this.nodes) await node.waitReady(120_000);
  }

  async down(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop('SIGKILL')));
  }

  /** The broker that leads the partition of the topic with the most records. @throws Error where none does */
  async leaderOfFullest(topic: string): Promise<KafkaNode> {
    const admin = new kafkajs.Kafka({
      clientId: 'test',
      brokers: this.brokers.split(','),
      logLevel: kafkajs.logLevel.NOTHING,
    }).admin();
    await admin.connect();
    try {
      const offsets = await admin.fetchTopicOffsets(topic);
      const fullest = offsets.reduce((most, one) => (Number(one.high) > Number(most.high) ? one : most));
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      const leader = topics[0]?.partitions.find(
        ({ partitionId }) => partitionId === fullest.partition,
      )?.leader;
      const node = this.nodes.find(({ id }) => id === leader);
      if (!node) throw new Error(`no broker leads partition ${fullest.partition} of ${topic}`);
      return node;
    } finally {
      await admin.disconnect();
    }
  }
}
