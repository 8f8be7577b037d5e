import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Database } from '../../database/database.js';
import { Clock } from '../../common/clock.js';
import type { LogPosition } from '../domain/log-position.js';
import {
  mastersLeft,
  mastersText,
  parseMasters,
  withJoined,
  withoutSlots,
  type EpochMaster,
  type EpochOrigin,
} from '../domain/epoch-masters.js';
import type { EpochMasters } from '../gate/epoch-masters.js';
import {
  epochsInUse,
  slotsIn,
  groupsAfterLoss,
  groupsText,
  groupsWhenOpened,
  parseGroups,
  type SlotGroup,
} from '../domain/slot-epochs.js';
import { layoutAnswer, learnLayout, type LayoutColumns } from './rows/claim-layout.js';
import { SlotSet } from '../../redis/slots.js';

/**
 * Number of the scripts' meaning. Raised with every change in lua/claim-6.lua that an older program must not run beside:
 * a process with a lower number than the epoch's stays closed instead of fighting over the epoch.
 */
export const SCRIPTS_VERSION = 9;

/** `opening`: some vouchers take claims, the others are still loaded. */
export type EpochState = 'lost' | 'recovering' | 'opening' | 'open';

export interface EpochRow {
  readonly epoch: number;
  readonly state: EpochState;
  readonly scriptsVersion: number;
  /** Records of older epochs at or behind these offsets are void; absent while a recovery is still draining. */
  readonly barrier: LogPosition | undefined;
  /** On which history of the gate's server the epoch was begun; absent before that. */
  readonly history: string | undefined;
  /** Masters of a cluster that the epochs in use are of; none on one server. */
  readonly masters: readonly EpochMaster[];
  /** The epoch that was open last. When it opened, everything older that counts was a row: a late record is void. */
  readonly openedEpoch: number;
  /** Slots of a cluster whose epoch is another one; none on one server. */
  readonly groups: readonly SlotGroup[];
  readonly leader: string | undefined;
  /** Until then nobody else takes the recovery over, ms since 1970. */
  readonly leaderUntil: number;
}

interface Raw extends LayoutColumns {
  epoch: number;
  state: EpochRow['state'];
  scripts_version: number;
  barrier: string | null;
  history: string | null;
  opened_epoch: number;
  slot_groups: string | null;
  masters: string | null;
  leader: string | null;
  leader_until: number | string;
}

const SELECT =
  'SELECT epoch, state, scripts_version, barrier, history, opened_epoch, slot_groups, masters, leader, leader_until, claims_packed_from, claims_packing, claims_segment FROM gate_epoch WHERE id = 1';

/** The fencing number of the gate's state, in the database: the one place where an epoch begins and ends. */
@Injectable()
export class GateEpochs implements EpochMasters {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  async current(): Promise<EpochRow> {
    const learn = layoutAnswer(this.db.connections);
    const rows: Raw[] = await this.db.read.query(SELECT);
    learn(rows[0]);
    return row(rows);
  }

  /**
   * The row, held against changes until the transaction ends. Readers do not wait for each other. It says as well how claims are stored:
   * whoever writes claims holds it, and so never knows less than the others.
   */
  async hold(tx: EntityManager): Promise<EpochRow> {
    return this.taken(tx, this.db.forShare);
  }

  private async taken(tx: EntityManager, lock: string): Promise<EpochRow> {
    const rows: Raw[] = await tx.query(SELECT + lock);
    learnLayout(this.db.connections, rows[0], tx);
    return row(rows);
  }

  /**
   * Begins the next epoch if `seen` is still the present one and no other leader is at work. One that opens vouchers keeps nobody back:
   * whoever finds its gate without what it held must close it at once.
   * @param above epochs up to this one were there, though this database has forgotten them: their numbers are not given again
   * @param kept masters whose slots go on in their epoch, where they were open; the epochs in use are of no others any more
   * @returns the new epoch, or `undefined` when someone else was first
   */
  async raise(
    seen: number,
    leader: string,
    leaseMs: number,
    { above = 0, kept = [] }: { readonly above?: number; readonly kept?: readonly EpochMaster[] } = {},
  ): Promise<number | undefined> {
    return this.db.write(async (tx) => {
      const found = await this.taken(tx, this.db.forUpdate);
      const now = this.clock.now();
      const taken = found.state === 'recovering' && found.leaderUntil > now && found.leader !== leader;
      if (found.epoch !== seen || taken || found.scriptsVersion > SCRIPTS_VERSION) return undefined;
      const next = Math.max(seen, above) + 1;
      // Keys of other scripts are of another form: they are rebuilt, whatever was proved of their masters.
      const isOurs = found.scriptsVersion === SCRIPTS_VERSION;
      const masters = mastersLeft(found.masters, isOurs ? kept : []);
      const going = masters.map(({ epoch, slots }) => slots.within(slotsIn(found, epoch)));
      const lost = going.reduce((all, slots) => all.without(slots), SlotSet.ALL);
      const groups = groupsAfterLoss(found, lost);
      await tx.query(
        `UPDATE gate_epoch SET epoch = ?, state = 'recovering', scripts_version = ?, barrier = ?, history = NULL, slot_groups = ?, masters = ?, leader = ?, leader_until = ?, changed_at = ? WHERE id = 1`,
        [
          next,
          SCRIPTS_VERSION,
          barrierText(undefined, groups),
          groupsText(groups),
          mastersText(mastersInUse({ ...found, masters, epoch: next, groups })),
          leader,
          now + leaseMs,
          now,
        ],
      );
      return next;
    });
  }

  /** From the commit on, records of older epochs behind the barrier are void. */
  async setBarrier(epoch: number, barrier: LogPosition): Promise<boolean> {
    return this.update(epoch, 'barrier = ?', ({ groups }) => [barrierText(barrier, groups)]);
  }

  /** From the commit on, every process holds the gate against this. */
  async setOrigin(epoch: number, { history, masters }: EpochOrigin): Promise<boolean> {
    return this.update(epoch, 'history = ?, masters = ?', (found) => [
      history,
      mastersText([...found.masters.filter((master) => master.epoch !== epoch), ...masters]),
    ]);
  }

  async joined(epoch: number, masters: readonly EpochMaster[]): Promise<readonly EpochMaster[] | undefined> {
    return this.changeMasters(epoch, (found) => withJoined(found, masters));
  }

  async moved(epoch: number, slots: SlotSet): Promise<readonly EpochMaster[] | undefined> {
    return this.changeMasters(epoch, (found) => withoutSlots(found, epoch, slots));
  }

  private async changeMasters(
    epoch: number,
    change: (masters: readonly EpochMaster[]) => readonly EpochMaster[],
  ): Promise<readonly EpochMaster[] | undefined> {
    return this.db.write(async (tx) => {
      const found = await this.taken(tx, this.db.forUpdate);
      if (!epochsInUse(found).includes(epoch)) return undefined;
      const masters = change(found.masters);
      const text = mastersText(masters);
      if (text !== mastersText(found.masters))
        await tx.query('UPDATE gate_epoch SET masters = ? WHERE id = 1', [text]);
      return masters.filter((master) => master.epoch === epoch);
    });
  }

  async extend(epoch: number, leaseMs: number): Promise<boolean> {
    return this.update(epoch, 'leader_until = ?', [this.clock.now() + leaseMs], 'recovering', 'opening');
  }

  /** From the commit on, vouchers that are loaded take claims, and what is older than this epoch and no row is void for good. */
  async opening(epoch: number): Promise<boolean> {
    return this.update(
      epoch,
      `state = 'opening', opened_epoch = epoch, barrier = ?, slot_groups = ?`,
      (found) => {
        const groups = groupsWhenOpened(found);
        return [barrierText(found.barrier, groups), groupsText(groups)];
      },
    );
  }

  /** All vouchers are loaded. */
  async open(epoch: number): Promise<boolean> {
    return this.update(epoch, `state = 'open'`, [], 'opening');
  }

  /** @returns whether `epoch` is still the present one, and in that state */
  private async update(
    epoch: number,
    set: string,
    values: unknown[] | ((found: EpochRow) => unknown[]),
    ...states: EpochState[]
  ): Promise<boolean> {
    const expected: readonly EpochState[] = states.length > 0 ? states : ['recovering'];
    return this.db.write(async (tx) => {
      const found = await this.taken(tx, this.db.forUpdate);
      if (found.epoch !== epoch || !expected.includes(found.state)) return false;
      await tx.query(`UPDATE gate_epoch SET ${set}, changed_at = ? WHERE id = 1`, [
        ...(typeof values === 'function' ? values(found) : values),
        this.clock.now(),
      ]);
      return true;
    });
  }
}

/**
 * What stands before a barrier that does not hold for all slots. A version that knows no groups cannot read it, and so writes no claim: it
 * would take those of a kept epoch for void. It ends with the upgrade that is under way.
 */
const NOT_FOR_ALL = '>';

const mastersInUse = (row: EpochRow): readonly EpochMaster[] =>
  row.masters.filter(({ epoch }) => epochsInUse(row).includes(epoch));

function barrierText(barrier: LogPosition | undefined, groups: readonly SlotGroup[]): string | null {
  if (groups.length > 0) return NOT_FOR_ALL + JSON.stringify(barrier ?? null);
  return barrier ? JSON.stringify(barrier) : null;
}

function parseBarrier(text: string | null): LogPosition | undefined {
  if (text === null) return undefined;
  const json = text.startsWith(NOT_FOR_ALL) ? text.slice(NOT_FOR_ALL.length) : text;
  return (JSON.parse(json) as LogPosition | null) ?? undefined;
}

function row(rows: unknown): EpochRow {
  const [raw] = rows as Raw[];
  if (!raw) throw new Error('the database has no gate_epoch row; run: npm run migrate');
  return {
    epoch: raw.epoch,
    state: raw.state,
    scriptsVersion: raw.scripts_version,
    barrier: parseBarrier(raw.barrier),
    history: raw.history ?? undefined,
    openedEpoch: Number(raw.opened_epoch),
    groups: parseGroups(raw.slot_groups),
    masters: parseMasters(raw.masters),
    leader: raw.leader ?? undefined,
    leaderUntil: Number(raw.leader_until),
  };
}
