import { describe, expect, it } from '@jest/globals';
import { UnfitServerError } from '../../../src/common/unfit-server.js';
import {
  judgeRetention,
  judgeTopic,
  minInsyncFor,
  retentionFor,
  type TopicFacts,
} from '../../../src/kafka/judge-topics.js';

const topic = (replicas: number, minInsync: number, more: Partial<TopicFacts> = {}): TopicFacts => ({
  topic: 'voucher.claims',
  replicas,
  minInsync,
  uncleanElection: false,
  cleanupPolicy: 'delete',
  retentionMs: 604_800_000,
  retentionBytes: -1,
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

describe('how long the log keeps claims, judged at start', () => {
  it('is fit for a day or more, for ever, and as this program creates it', () => {
    for (const retentionMs of [86_400_000, 604_800_000, -1])
      expect(judgeRetention(topic(1, 1, { retentionMs }))).toEqual([]);
    const created = new Map(retentionFor(24).map(({ name, value }) => [name, value]));
    const facts = {
      cleanupPolicy: created.get('cleanup.policy') ?? '',
      retentionMs: Number(created.get('retention.ms')),
      retentionBytes: Number(created.get('retention.bytes')),
    };
    expect(judgeRetention(topic(1, 1, facts))).toEqual([]);
  });

  it.each(['compact', 'compact,delete'])(
    'is refused with cleanup.policy %s, with the remedy',
    (cleanupPolicy) => {
      const judge = () => judgeRetention(topic(1, 1, { cleanupPolicy }));
      expect(judge).toThrow(UnfitServerError);
      expect(judge).toThrow(/^[^\n]*cleanup\.policy compact[^\n]*set cleanup\.policy to delete$/);
    },
  );

  it.each([
    [{ retentionMs: 3_600_000 }, /retention\.ms 3600000: .*no rows yet.*set it to 86400000 or more/],
    [{ retentionMs: 0 }, /retention\.ms 0: /],
    [{ retentionBytes: 1_073_741_824 }, /retention\.bytes 1073741824: .*set it to -1/],
  ] as const)('is warned of: %j', (facts, why) => {
    expect(judgeRetention(topic(1, 1, facts))).toEqual([expect.stringMatching(why)]);
  });
});
