import { describe, expect, it } from '@jest/globals';
import type { Admin } from 'kafkajs';
import { loadConfig } from '../../../src/config/index.js';
import { UnfitServerError } from '../../../src/common/unfit-server.js';
import { judgeCreation } from '../../../src/kafka/judge-creation.js';
import { createTopics } from '../../../src/kafka/kafka.js';

describe('a topic that the brokers do not create', () => {
  const refusal = (...types: string[]) =>
    Object.assign(new Error('Topic creation errors'), {
      errors: types.map((type) => ({ type, topic: 'voucher.claims', message: `said ${type}` })),
    });

  it('for want of brokers, is told in one line with the setting and the remedy', () => {
    expect(judgeCreation(refusal('TOPIC_ALREADY_EXISTS', 'INVALID_REPLICATION_FACTOR'), 3, 1)).toEqual(
      new UnfitServerError(
        'Kafka: topic voucher.claims cannot be created: KAFKA_REPLICATION is 3 and the cluster has 1 broker(s) (INVALID_REPLICATION_FACTOR); lower KAFKA_REPLICATION, or start more brokers',
      ),
    );
  });

  it("for another reason, is told with the brokers' own words", () => {
    const told = judgeCreation(refusal('POLICY_VIOLATION'), 1, 1) as Error;
    expect(told).toBeInstanceOf(UnfitServerError);
    expect(told.message).toMatch(/voucher\.claims .* said POLICY_VIOLATION \(POLICY_VIOLATION\); /);
  });

  it.each([
    ['no broker answers', new Error('Connection timeout')],
    ['somebody else made them meanwhile', refusal('TOPIC_ALREADY_EXISTS')],
  ])('keeps its error where %s', (_when, error) => {
    expect(judgeCreation(error, 3, 1)).toBe(error);
  });

  it('is told of though no broker answers afterwards', async () => {
    const createWith = (error: Error) => {
      const admin = {
        listTopics: () => Promise.resolve([]),
        createTopics: () => Promise.reject(error),
        describeCluster: () => Promise.reject(new Error('Connection timeout')),
      };
      return createTopics(admin as unknown as Admin, loadConfig({}));
    };
    await expect(createWith(refusal('INVALID_REPLICATION_FACTOR'))).rejects.toThrow(
      /KAFKA_REPLICATION is 1 and the cluster has fewer broker/,
    );
    const other = new Error('This server does not host this topic-partition');
    await expect(createWith(other)).rejects.toBe(other);
  });
});
