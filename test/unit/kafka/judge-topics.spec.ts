import { describe, expect, it } from '@jest/globals';
import { UnfitServerError } from '../../../src/common/unfit-server.js';
import { judgeTopic, minInsyncFor, type TopicFacts } from '../../../src/kafka/judge-topics.js';

const topic = (replicas: number, minInsync: number, more: Partial<TopicFacts> = {}): TopicFacts => ({
  topic: 'voucher.claims',
  replicas,
  minInsync,
  uncleanElection: false,
  ...more,
});

describe('a topic, judged at start', () => {
  it.each([1, 2, 3, 4, 9])('is fit with %i replicas, as this program creates it', (replicas) => {
    expect(judgeTopic(topic(replicas, minInsyncFor(replicas)), replicas)).toEqual([]);
  });

  it('is created so that an acknowledged claim is never on one broker alone', () => {
    expect([1, 2, 3, 5].map(minInsyncFor)).toEqual([1, 2, 2, 4]);
  });

  it('to which nothing could be written is refused, in one line with the remedy', () => {
    const judge = () => judgeTopic(topic(1, 2), 1);
    expect(judge).toThrow(UnfitServerError);
    expect(judge).toThrow(
      /^[^\n]*min\.insync\.replicas 2 and 1 replica\(s\)[^\n]*lower min\.insync\.replicas[^\n]*$/,
    );
  });

  it.each([
    [topic(3, 1), 3, /min\.insync\.replicas 1.*lost with it; set it to 2/],
    [topic(3, 3), 3, /as many as replicas: one broker away stops it.*set it to 2/],
    [topic(1, 1), 3, /has 1 replica\(s\), KAFKA_REPLICATION says 3/],
    [topic(3, 2, { uncleanElection: true }), 3, /unclean\.leader\.election\.enable.*unset it/],
  ] as const)('is warned of: %j with KAFKA_REPLICATION %i', (facts, wanted, why) => {
    expect(judgeTopic(facts, wanted)).toEqual([expect.stringMatching(why)]);
  });
});
