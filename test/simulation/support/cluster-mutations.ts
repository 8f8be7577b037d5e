import type { EntityManager } from 'typeorm';
import type { EpochMaster } from '../../../src/claim/domain/epoch-masters.js';
import type { EpochInLog } from '../../../src/claim/domain/claim-record.js';
import { GateKeeper } from '../../../src/claim/epoch/gate-keeper.js';
import { GateRecovery, type Begun, type Loss } from '../../../src/claim/epoch/gate-recovery.js';
import { GateEpochs, type EpochRow } from '../../../src/claim/ledger/gate-epochs.js';
import { ClaimStatusService } from '../../../src/claim/read/claim-status.service.js';
import { Problem } from '../../../src/common/problems.js';
import type { GoingOn, StockGate } from '../../../src/claim/gate/stock-gate.js';
import { SlotSet } from '../../../src/redis/slots.js';
import { without, type Mutation } from './mutations.js';
import type { Aim } from './scenario.js';

/** Judges the claims of all slots by the row's epoch. */
class VoidByRow extends GateEpochs {
  override async hold(tx: EntityManager): Promise<EpochRow> {
    return { ...(await super.hold(tx)), groups: [] };
  }
}

/** Knows of lost slots no older epoch than the one that was opened last. */
class ForgetsLostGroups extends GateEpochs {
  override async hold(tx: EntityManager): Promise<EpochRow> {
    const row = await super.hold(tx);
    return { ...row, groups: row.groups.filter(({ kept }) => kept) };
  }
}

/** Takes a voucher over with its slot, and the row still says that the slot was nowhere else. */
class MovesUnwritten extends GateEpochs {
  override moved(epoch: number): Promise<readonly EpochMaster[] | undefined> {
    return this.joined(epoch, []);
  }
}

/** Takes a master for whole that nobody has asked. */
class KeepsUnproved extends GateRecovery {
  protected override async keptMasters(row: EpochRow): Promise<readonly EpochMaster[]> {
    return row.state === 'open' ? row.masters : [];
  }
}

/** Raises the epoch, and keeps what this process believes lost. */
class BelievesMasters extends GateRecovery {
  override run(seen: EpochRow, reason: string, found: Loss): Promise<Begun | undefined> {
    return super.run(seen, reason, { ...found, lost: () => SlotSet.NONE });
  }
}

/** Revokes what the sets of the gate name, and nothing else. */
class RevokesBySets extends GateRecovery {
  protected override async goingOn(row: EpochRow, before: EpochRow): Promise<GoingOn> {
    return { ...(await super.goingOn(row, before)), before: [] };
  }
}

/** Keeps slots whoever reads the log. */
class LooksForNobody extends GateRecovery {
  protected override async isReadByOlder(): Promise<boolean> {
    return false;
  }
}

/** Looks for an older version before the epoch is raised, and not after. */
class LooksOnce extends GateRecovery {
  protected override async isReadable(): Promise<boolean> {
    return true;
  }
}

/** Asks only whether the masters that are left of an epoch have lost something, whatever epoch the voucher is in since. */
class RejectsInAnyEpoch extends ClaimStatusService {
  protected override async requireHeld(epoch: number): Promise<void> {
    const { gate, keeper } = this as unknown as { gate: StockGate; keeper: GateKeeper };
    const loss = await gate.lossOf(epoch);
    if (loss && keeper.lostPart(epoch, loss)) throw new Problem('gate_recovering');
  }
}

/** Names no slots in a record. */
class NamesNoSlots extends GateKeeper {
  override inLog(epoch: number): EpochInLog {
    return { epoch, slots: undefined };
  }
}

const aimed = (aim: Aim, mutation: Mutation): Mutation => ({ ...mutation, aim });

/** Somebody waits for ever, or hears what is not so. */
const STUCK = /not drained|answered 202/;

/** Guards of a gate whose slots keep their epoch. */
export const CLUSTER_MUTATIONS: readonly Mutation[] = [
  without('a slot is kept only where it is proved', STUCK, { GateRecovery: KeepsUnproved }),
  without('void by the slot of a voucher', STUCK, { GateEpochs: VoidByRow }),
  without('slots that this process believes lost', STUCK, { GateRecovery: BelievesMasters }),
  aimed('one master lost after another', without('slots in a record', STUCK, { GateKeeper: NamesNoSlots })),
  aimed(
    'one master lost after another',
    without('the epoch of slots that are lost', STUCK, { GateEpochs: ForgetsLostGroups }),
  ),
  aimed(
    'an older version reads the log',
    without('the look for an older version that reads the log', STUCK, { GateRecovery: LooksForNobody }),
  ),
  aimed(
    'an older version comes during a rebuild',
    without('the look for an older version while the log is drained', STUCK, { GateRecovery: LooksOnce }),
  ),
  aimed(
    'a slot comes back at once',
    without('slots that were moved, in the row', /the gate has|the gate counts|not drained|answered 202/, {
      GateEpochs: MovesUnwritten,
    }),
  ),
  aimed(
    'a voucher that was moved is in no set',
    without("revocation by the ledger's list of vouchers", /answered 202/, { GateRecovery: RevokesBySets }),
  ),
  aimed(
    'asked in an epoch that is over for the voucher',
    without('the epoch that a rejection is asked for once more', /told of a rejection/, {
      ClaimStatusService: RejectsInAnyEpoch,
    }),
  ),
  aimed(
    'published while the set of vouchers is lost',
    without('the question in the publishing transaction', /no sweep looks at/, { asksAtPublishing: false }),
  ),
];
