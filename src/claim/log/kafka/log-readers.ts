import { AssignerProtocol, PartitionAssigners, type GroupDescription, type PartitionAssigner } from 'kafkajs';

/**
 * The form of the epoch's row that a reader of the log knows: 1 is that of slots which keep their epoch (docs/adr/0106). A version that says
 * nothing of it knows none.
 */
const ROW_FORM = 1;

/** kafkajs' own assigner, so that both kinds are in one group; a member says beside its topics which rows it can read. */
export const sayingWhatItReads: PartitionAssigner = (config) => {
  const assigner = PartitionAssigners.roundRobin(config);
  const { name, version } = assigner;
  const userData = Buffer.from([ROW_FORM]);
  return {
    ...assigner,
    protocol: ({ topics }) => ({
      name,
      metadata: AssignerProtocol.MemberMetadata.encode({ version, topics, userData }),
    }),
  };
};

/** Whether a member of the group cannot read the rows of this version; `undefined` while it is formed anew, when nobody tells of its members. */
export function isReadByOlder({ state, members }: GroupDescription): boolean | undefined {
  if (members.length === 0) return false;
  if (state !== 'Stable') return undefined;
  return members.some(({ memberMetadata }) => formOf(memberMetadata) < ROW_FORM);
}

const formOf = (metadata: Buffer): number =>
  (metadata.length > 0 && AssignerProtocol.MemberMetadata.decode(metadata)?.userData?.[0]) || 0;
