import type { Cluster } from 'ioredis';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../common/root.js';
import {
  addressFor,
  leavingSlots,
  mastersOf,
  refreshSlots,
  slotsAt,
  type Master,
} from '../../../redis/cluster.js';
import { serverInfo, type ServerInfo } from '../../../redis/server-info.js';
import { SlotSet } from '../../../redis/slots.js';
import { withJoined, type EpochMaster } from '../../domain/epoch-masters.js';
import type { EpochMasters } from '../epoch-masters.js';
import { GateLostError, GateUnreachableError } from '../gate-errors.js';
import { answer, runScript, script } from './gate-answers.redis.js';
import { fencedScripts, OPEN, type FencedScripts } from './gate-fence.js';
import { marksKey, slotMarkKey } from './gate-keys.redis.js';

/** A master on which an epoch is trusted. */
export interface Home {
  readonly address: string;
  /** Its `master_replid`. */
  readonly history: string;
  /** The slot in which its mark is. */
  readonly markSlot: number;
  readonly scripts: FencedScripts;
}

type Lost = readonly [reason: GateLostError['reason'], detail?: string];

/** What was found of an epoch. */
export interface Survey {
  /** Why it is lost, and in which slots it is not proved that nothing is; nothing else of it is worth anything then. */
  readonly lost?: { readonly why: Lost; readonly slots: SlotSet };
  /** All that the epoch is of, also those that joined just now. */
  readonly entries: readonly EpochMaster[];
  /** Masters on which it is trusted, by address. */
  readonly homes: ReadonlyMap<string, Home>;
}

const masterOf = (epoch: number, { history, markSlot }: Home, slots: SlotSet): EpochMaster => ({
  epoch,
  history,
  mark: markSlot,
  slots,
});

export const OVER: Lost = ['history', 'the epoch is over'];
const REPLACED: Lost = ['history', 'a master was restarted or replaced, or has no slot any more'];
const LOST_ALL = { why: OVER, slots: SlotSet.ALL };

const HOMES_MAX = 100;

interface Found extends Master {
  readonly server: ServerInfo;
  /** Slots that it has as a whole, as far as is known: of one that is on its way to another master, keys may be there. */
  readonly whole: SlotSet;
}

/** A master of an epoch that is there with the history it had. */
interface Known {
  readonly entry: EpochMaster;
  readonly home: Home;
  /** Slots that it has as a whole now. */
  readonly whole: SlotSet;
  /** What it has forgotten. */
  readonly lost: Lost | undefined;
  readonly mark: string | null;
}

/** Looks at all masters of a cluster, and holds them against what an epoch was begun on. */
export class ClusterSurvey {
  private readonly identifyScript = script('identify-0.lua');
  private readonly prefix = readFileSync(join(ROOT, 'lua', 'at-home-1.lua'), 'utf8');
  private readonly homes = new Map<string, Home>();

  constructor(
    private readonly cluster: Cluster,
    private readonly masters: EpochMasters,
  ) {}

  /** Masters as the row of an epoch that begins names them, with the slots that they have now. */
  beginOf(epoch: number, homes: readonly Home[]): readonly EpochMaster[] {
    return homes.map((home) => masterOf(epoch, home, slotsAt(this.cluster, home.address)));
  }

  /** Every master as it is now, for an epoch that begins. @throws GateUnreachableError where one cannot be asked */
  async newHomes(epoch: number): Promise<readonly Home[]> {
    const { found, missing } = await this.identifyAll();
    if (missing !== undefined) throw missing;
    return found.map((master) => {
      if (master.server.role !== 'master') throw new GateLostError('history', 'a master is a replica now');
      return this.homeOf(epoch, master, master.lastSlot);
    });
  }

  /** Slots of the marks of an epoch, for its revocation. */
  async markSlots(epoch: number): Promise<readonly number[]> {
    const entries = await answer(this.cluster.smembers(marksKey(epoch)));
    return entries.map((entry) => Number(entry.split('@').at(-1)));
  }

  /** Makes an epoch's own what these masters have: scripts, and a mark at the end. Nobody trusts them before the epoch's row names them. */
  async occupy(epoch: number, homes: readonly Home[], mark: string): Promise<void> {
    const { masters } = mastersOf(this.cluster);
    for (const home of homes) {
      const node = masters.find(({ address }) => address === home.address)?.node;
      if (!node) throw new GateUnreachableError(false, undefined, 'a master of the Redis cluster is gone');
      await answer(this.cluster.sadd(marksKey(epoch), `${home.history}@${home.markSlot}`)); // before the mark: it has to be found again
      for (const { text } of [home.scripts.claim, home.scripts.adjust])
        await answer(node.script('LOAD', text));
      await answer(this.cluster.set(slotMarkKey(epoch, home.markSlot), mark));
    }
  }

  /**
   * Why an epoch is lost, or the masters on which it is trusted. A master that has joined since, and to which slots were moved, is taken in.
   * @param entries masters of the epoch, as its row was read last
   * @param marks values of which each mark must have one
   * @throws GateUnreachableError where a master cannot be asked, and nothing tells of a loss
   */
  async look(epoch: number, entries: readonly EpochMaster[], marks: readonly string[]): Promise<Survey> {
    const none = { entries, homes: new Map<string, Home>() };
    if (entries.length === 0) return { ...none, lost: LOST_ALL };
    // A master that was replaced has another address: until that is known, nothing would tell of a loss.
    await answer(refreshSlots(this.cluster));
    const { found, missing } = await this.identifyAll();
    const alive = found.filter(({ server }) => server.role === 'master');
    const known = await Promise.all(this.known(epoch, alive, entries, marks));
    if (missing !== undefined) {
      // Also of a slot that is on its way to the one that is missing: what went there may be lost with it.
      await this.withMoves(epoch, entries, known);
      throw missing;
    }
    const isGone = entries.some(({ history }) => !known.some(({ home }) => home.history === history));
    const why = isGone ? REPLACED : known.find(({ lost }) => lost !== undefined)?.lost;
    if (why) {
      const proved = this.provedBy(known).reduce((all, { slots }) => all.and(slots), SlotSet.NONE);
      return { ...none, lost: { why, slots: SlotSet.ALL.without(proved) } };
    }
    const homes = known.map(({ home }) => home);
    const joined = alive.filter(({ server }) => !entries.some(({ history }) => history === server.history));
    if (joined.length === 0)
      return {
        entries: await this.withMoves(epoch, entries, known),
        homes: new Map(homes.map((home) => [home.address, home])),
      };
    const taken = joined.map((master) => this.homeOf(epoch, master, master.lastSlot));
    const isWhole = known.every(({ mark }) => mark === marks.at(-1));
    await this.occupy(epoch, taken, (isWhole ? marks.at(-1) : marks[0]) ?? '');
    const all = await this.masters.joined(
      epoch,
      taken.map((home) => masterOf(epoch, home, SlotSet.NONE)),
    );
    // Once more, with what others have found: a master that joined earlier may have lost what it had since. One that the row names no longer
    // has lost something, and whoever asks does not know that yet.
    return all ? this.look(epoch, withJoined(all, entries), marks) : { ...none, lost: LOST_ALL };
  }

  /**
   * What was changed of a voucher while its slot was elsewhere is not known where it comes back to, and no claim need have been taken of it
   * there: whoever sees a slot elsewhere, or on its way there key by key, writes that.
   */
  private async withMoves(
    epoch: number,
    entries: readonly EpochMaster[],
    known: readonly Known[],
  ): Promise<readonly EpochMaster[]> {
    const away = known.reduce((all, { entry, whole }) => all.and(entry.slots.without(whole)), SlotSet.NONE);
    const all = away.isEmpty ? undefined : await this.masters.moved(epoch, away);
    return all ? withJoined(all, entries) : entries;
  }

  /**
   * Those of these masters that still hold all of an epoch that was open, each with the slots that it has had since it began. One that cannot
   * be asked is none of them.
   */
  async proved(epoch: number, entries: readonly EpochMaster[]): Promise<readonly EpochMaster[]> {
    const { found } = await this.identifyAll();
    const alive = found.filter(({ server }) => server.role === 'master');
    const known = await Promise.allSettled(this.known(epoch, alive, entries, [OPEN]));
    return this.provedBy(known.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])));
  }

  private provedBy(known: readonly Known[]): readonly EpochMaster[] {
    return known
      .filter(({ lost, mark }) => lost === undefined && mark === OPEN)
      .map(({ entry, whole }) => ({ ...entry, slots: entry.slots.within(whole) }));
  }

  /** Masters of an epoch that are there with their history, and whether they still have scripts and mark. */
  private known(
    epoch: number,
    alive: readonly Found[],
    entries: readonly EpochMaster[],
    marks: readonly string[],
  ): Promise<Known>[] {
    return alive.flatMap((master) => {
      const entry = entries.find(({ history }) => history === master.server.history);
      return entry ? [this.stateOf(epoch, master, entry, marks)] : [];
    });
  }

  /** The slot in which the mark is must be there as well: without it, nothing would tell of a flush. */
  private async stateOf(
    epoch: number,
    master: Found,
    entry: EpochMaster,
    marks: readonly string[],
  ): Promise<Known> {
    const home = this.homeOf(epoch, master, entry.mark);
    const { claim, adjust } = home.scripts;
    const key = slotMarkKey(epoch, entry.mark);
    const [exists, mark] = await Promise.all([
      answer(master.node.script('EXISTS', claim.sha, adjust.sha)),
      answer(this.cluster.get(key)),
    ]);
    const hasScripts = Array.isArray(exists) && exists.every((one) => Number(one) === 1);
    const isMarked =
      addressFor(this.cluster, key) === master.address && mark !== null && marks.includes(mark);
    const lost: Lost | undefined = hasScripts ? (isMarked ? undefined : ['state']) : ['scripts'];
    return { entry, home, whole: master.whole, lost, mark };
  }

  private async identifyAll(): Promise<{
    found: readonly Found[];
    missing: GateUnreachableError | undefined;
  }> {
    const { masters, addresses } = mastersOf(this.cluster);
    const asked = await Promise.allSettled(
      masters.map(async (master) => {
        const [server, leaving] = await Promise.all([
          runScript(master.node, this.identifyScript, [], []),
          answer(leavingSlots(master.node)),
        ]);
        const whole = slotsAt(this.cluster, master.address).without(leaving);
        return { ...master, server: serverInfo(String(server)), whole };
      }),
    );
    const failed = asked.find((each) => each.status === 'rejected');
    if (failed && !(failed.reason instanceof GateUnreachableError)) throw failed.reason as Error;
    const isAll = masters.length > 0 && masters.length === addresses.length && !failed;
    return {
      found: asked.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])),
      missing: isAll
        ? undefined
        : new GateUnreachableError(false, failed?.reason, 'a master of the Redis cluster cannot be reached'),
    };
  }

  /** The same object for the same master of the same epoch: the scripts' text is put together once. */
  private homeOf(epoch: number, { address, server }: Found, markSlot: number): Home {
    const name = `${epoch} ${address} ${server.history} ${markSlot}`;
    const known = this.homes.get(name);
    if (known) return known;
    const { history } = server;
    const home = { address, history, markSlot, scripts: fencedScripts(epoch, history, this.prefix) };
    if (this.homes.size >= HOMES_MAX) this.homes.clear();
    this.homes.set(name, home);
    return home;
  }
}
