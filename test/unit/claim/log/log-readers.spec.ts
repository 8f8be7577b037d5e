import { expect, it } from '@jest/globals';
import { AssignerProtocol, PartitionAssigners, type GroupDescription } from 'kafkajs';
import { isReadByOlder, sayingWhatItReads } from '../../../../src/claim/log/kafka/log-readers.js';

const said = (assigner: typeof sayingWhatItReads): Buffer =>
  assigner({} as never).protocol({ topics: ['claims'] }).metadata;
const [present, older] = [said(sayingWhatItReads), said(PartitionAssigners.roundRobin)];

const group = (state: string, ...metadata: Buffer[]): GroupDescription =>
  ({ state, members: metadata.map((memberMetadata) => ({ memberMetadata })) }) as GroupDescription;

it('takes a reader for one of an older version that does not say that it reads rows which name slots', () => {
  expect(isReadByOlder(group('Stable', present, present))).toBe(false);
  expect(isReadByOlder(group('Stable', present, older))).toBe(true);
  expect(isReadByOlder(group('Stable', Buffer.alloc(0)))).toBe(true);
  const later = AssignerProtocol.MemberMetadata.encode({
    version: 0,
    topics: ['claims'],
    userData: Buffer.from([2]),
  });
  expect(isReadByOlder(group('Stable', later))).toBe(false);
});

it('knows of no reader in a group without members, and of none yet in one that is formed anew', () => {
  expect(isReadByOlder(group('Empty'))).toBe(false);
  expect(isReadByOlder(group('Dead'))).toBe(false);
  // The coordinator tells nothing of what members say before it is stable.
  expect(isReadByOlder(group('PreparingRebalance', Buffer.alloc(0), Buffer.alloc(0)))).toBeUndefined();
});

it('shares partitions out as the readers of older versions do', () => {
  const [ours, theirs] = [sayingWhatItReads, PartitionAssigners.roundRobin].map((of) => of({} as never));
  expect([ours?.name, ours?.version]).toEqual([theirs?.name, theirs?.version]);
});
