import { UnfitServerError } from '../common/unfit-server.js';

/** What a broker says of topics that it would not create, as kafkajs hands it on. */
interface Refusal {
  readonly errors?: readonly { readonly type?: string; readonly topic?: string; readonly message: string }[];
}

/**
 * Why topics were not created, in one line with the remedy: kafkajs says "Topic creation errors" and no more.
 * @param wanted KAFKA_REPLICATION
 * @param brokers that the cluster has now; `undefined` where it does not tell
 * @returns the error itself where it is not the brokers' refusal of a topic
 */
export function judgeCreation(error: unknown, wanted: number, brokers: number | undefined): unknown {
  const errors = (error as Refusal).errors?.filter(({ type }) => type !== 'TOPIC_ALREADY_EXISTS');
  const first = errors?.find(({ type }) => type === 'INVALID_REPLICATION_FACTOR') ?? errors?.[0];
  if (first?.type === undefined) return error;
  const { type, topic, message } = first;
  if (type === 'INVALID_REPLICATION_FACTOR')
    return new UnfitServerError(
      `Kafka: topic ${topic} cannot be created: KAFKA_REPLICATION is ${wanted} and the cluster has ${brokers ?? 'fewer'} broker(s) (${type}); lower KAFKA_REPLICATION, or start more brokers`,
    );
  return new UnfitServerError(
    `Kafka: topic ${topic} cannot be created: ${message} (${type}); change what the brokers object to, or create the topic by hand`,
  );
}
