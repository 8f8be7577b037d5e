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

/** @throws the broker's error, as where the user may not describe topics */
export async function topicFacts(admin: Admin, topics: readonly string[]): Promise<TopicFacts[]> {
  const [metadata, configs] = await Promise.all([
    admin.fetchTopicMetadata({ topics: [...topics] }),
    admin.describeConfigs({
      includeSynonyms: false,
      resources: topics.map((name) => ({
        type: ConfigResourceTypes.TOPIC,
        name,
        configNames: ['min.insync.replicas', 'unclean.leader.election.enable'],
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
    };
  });
}

/**
 * Judges the two topics, and says in the log what is unwise.
 * @throws UnfitServerError where claims or events could not be written
 */
export async function requireFitTopics(admin: Admin, config: Config): Promise<void> {
  let facts: readonly TopicFacts[];
  try {
    facts = await topicFacts(admin, [config.KAFKA_CLAIM_TOPIC, config.KAFKA_EVENT_TOPIC]);
  } catch (error) {
    logger.warn({ err: error }, 'the settings of the topics cannot be read, so they are not judged');
    return;
  }
  for (const warning of facts.flatMap((topic) => judgeTopic(topic, config.KAFKA_REPLICATION)))
    logger.warn(warning);
}
