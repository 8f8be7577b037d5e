import { Logger } from '@nestjs/common';
import kafkajs, { type Admin } from 'kafkajs';
import { UnfitServerError } from '../common/unfit-server.js';
import type { Config } from '../config/index.js';

const { ConfigResourceTypes } = kafkajs; // not among the names that Node finds in the module
const logger = new Logger('Kafka');

/** What the brokers say of a topic, as far as it matters for what a `202` promises. */
export interface TopicFacts {
  readonly topic: string;
  /** Of the partition that has fewest. */
  readonly replicas: number;
  /** `min.insync.replicas`. */
  readonly minInsync: number;
  /** `unclean.leader.election.enable`. */
  readonly uncleanElection: boolean;
  /** `cleanup.policy`, as `delete`, `compact,delete`. */
  readonly cleanupPolicy: string;
  /** `retention.ms`; -1: for ever. */
  readonly retentionMs: number;
  /** `retention.bytes` of a partition; -1: no bound. */
  readonly retentionBytes: number;
}

/**
 * A claim must be in the log until it is a row, and longer: a database that comes back without its last rows is given them again from
 * the log (docs/adr/0041). Below a day neither an outage of a night nor a restore of yesterday is covered.
 */
const RETENTION_LEAST_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** What topics are created with: records go by age alone. */
export const retentionFor = (hours: number): { readonly name: string; readonly value: string }[] => [
  { name: 'cleanup.policy', value: 'delete' },
  { name: 'retention.ms', value: String(hours * HOUR_MS) },
  { name: 'retention.bytes', value: '-1' },
];

/**
 * Judges how long the log keeps claims.
 * @returns what is unwise about it
 * @throws UnfitServerError where claims would be dropped whatever their age
 */
export function judgeRetention(facts: TopicFacts): readonly string[] {
  const { topic, cleanupPolicy, retentionMs, retentionBytes } = facts;
  if (cleanupPolicy.includes('compact'))
    throw new UnfitServerError(
      `Kafka: topic ${topic} has cleanup.policy ${cleanupPolicy}: of the claims on a voucher compaction keeps the last one alone; set cleanup.policy to delete`,
    );
  const warnings: string[] = [];
  if (retentionMs >= 0 && retentionMs < RETENTION_LEAST_MS)
    warnings.push(
      `topic ${topic} has retention.ms ${retentionMs}: claims older than that are deleted, also those that are no rows yet, and a database that lost rows cannot get them back; set it to ${RETENTION_LEAST_MS} or more`,
    );
  if (retentionBytes >= 0)
    warnings.push(
      `topic ${topic} has retention.bytes ${retentionBytes}: a crowd can push claims out that are no rows yet; set it to -1`,
    );
  return warnings;
}

/**
 * Replicas that must have a record before it is acknowledged, of topics that this program creates: all but one may be away, and yet no
 * broker alone may hold what was promised. The intake takes what the brokers do not.
 */
export const minInsyncFor = (replicas: number): number => (replicas === 1 ? 1 : Math.max(2, replicas - 1));

/**
 * @param wanted KAFKA_REPLICATION
 * @returns what is unwise about the topic
 * @throws UnfitServerError where nothing could be written to it
 */
export function judgeTopic(facts: TopicFacts, wanted: number): readonly string[] {
  const { topic, replicas, minInsync, uncleanElection } = facts;
  if (minInsync > replicas)
    throw new UnfitServerError(
      `Kafka: topic ${topic} has min.insync.replicas ${minInsync} and ${replicas} replica(s), so nothing can be written to it; lower min.insync.replicas, or add replicas`,
    );
  const warnings: string[] = [];
  const warn = (text: string): void => void warnings.push(`topic ${topic} ${text}`);
  if (replicas !== wanted)
    warn(
      `has ${replicas} replica(s), KAFKA_REPLICATION says ${wanted}: it holds for topics that are created`,
    );
  if (replicas > 1 && minInsync === 1)
    warn(
      `has min.insync.replicas 1: a claim that one broker alone has is acknowledged, and lost with it; set it to ${minInsyncFor(replicas)}`,
    );
  if (replicas > 2 && minInsync === replicas)
    warn(
      `has min.insync.replicas ${minInsync}, as many as replicas: one broker away stops it, and the intake takes all claims; set it to ${minInsyncFor(replicas)}`,
    );
  if (replicas > 1 && uncleanElection)
    warn(
      `has unclean.leader.election.enable: a broker that lags may lead it, and drop acknowledged claims; unset it`,
    );
  return warnings;
}

const CONFIGS = [
  'min.insync.replicas',
  'unclean.leader.election.enable',
  'cleanup.policy',
  'retention.ms',
  'retention.bytes',
];

/** @throws the broker's error, as where the user may not describe topics */
async function topicFacts(admin: Admin, topics: readonly string[]): Promise<TopicFacts[]> {
  const [metadata, configs] = await Promise.all([
    admin.fetchTopicMetadata({ topics: [...topics] }),
    admin.describeConfigs({
      includeSynonyms: false,
      resources: topics.map((name) => ({
        type: ConfigResourceTypes.TOPIC,
        name,
        configNames: CONFIGS,
      })),
    }),
  ]);
  return topics.map((topic) => {
    const partitions = metadata.topics.find(({ name }) => name === topic)?.partitions ?? [];
    const entries = configs.resources.find(({ resourceName }) => resourceName === topic)?.configEntries ?? [];
    const value = (name: string) => entries.find(({ configName }) => configName === name)?.configValue;
    return {
      topic,
      replicas: Math.min(...partitions.map(({ replicas }) => replicas.length)),
      minInsync: Number(value('min.insync.replicas') ?? 1),
      uncleanElection: value('unclean.leader.election.enable') === 'true',
      cleanupPolicy: value('cleanup.policy') ?? 'delete',
      retentionMs: Number(value('retention.ms') ?? -1),
      retentionBytes: Number(value('retention.bytes') ?? -1),
    };
  });
}

/**
 * Judges the two topics, and says in the log what is unwise.
 * @throws UnfitServerError where claims or events could not be written, or claims would not be kept
 */
export async function requireFitTopics(admin: Admin, config: Config): Promise<void> {
  let facts: readonly TopicFacts[];
  try {
    facts = await topicFacts(admin, [config.KAFKA_CLAIM_TOPIC, config.KAFKA_EVENT_TOPIC]);
  } catch (error) {
    logger.warn({ err: error }, 'the settings of the topics cannot be read, so they are not judged');
    return;
  }
  const log = facts.filter(({ topic }) => topic === config.KAFKA_CLAIM_TOPIC);
  const warnings = [
    ...facts.flatMap((topic) => judgeTopic(topic, config.KAFKA_REPLICATION)),
    ...log.flatMap(judgeRetention),
  ];
  for (const warning of warnings) logger.warn(warning);
}
