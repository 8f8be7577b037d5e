import type { Cluster } from 'ioredis';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../common/root.js';
import { addressFor, mastersOf, type Master } from '../../../redis/cluster.js';
import { serverInfo, type ServerInfo } from '../../../redis/server-info.js';
import { GateLostError, GateUnreachableError } from '../stock-gate.js';
import { answer, runScript, script } from './gate-answers.redis.js';
import { fencedScripts, type FencedScripts } from './gate-fence.js';
import { historiesKey, slotMarkKey } from './gate-keys.redis.js';

/** A master on which an epoch is trusted. */
export interface Home {
  readonly address: string;
  /** Its `master_replid`. */
  readonly history: string;
  /** The slot in which its mark is. */
  readonly markSlot: number;
  readonly scripts: FencedScripts;
}

type Entry = Pick<Home, 'history' | 'markSlot'>;

/** What the set of an epoch's histories says of a master. */
export const entryOf = ({ history, markSlot }: Entry): string => `${history}@${markSlot}`;

const ENTRY = /^([0-9a-f]{40})@(\d+)$/;

type Lost = ConstructorParameters<typeof GateLostError>;

const HOMES_MAX = 100;

interface Found extends Master {
  readonly server: ServerInfo;
}

/** Looks at all masters of a cluster, and holds them against what an epoch was begun on. */
export class ClusterSurvey {
  private readonly identifyScript = script('identify-0.lua');
  private readonly prefix = readFileSync(join(ROOT, 'lua', 'at-home-1.lua'), 'utf8');
  private readonly homes = new Map<string, Home>();

  constructor(private readonly cluster: Cluster) {}

  async entries(epoch: number): Promise<readonly Entry[]> {
    const texts = await answer(this.cluster.smembers(historiesKey(epoch)));
    return texts.flatMap((text) => {
      const [, history, slot] = ENTRY.exec(text) ?? [];
      return history === undefined ? [] : [{ history, markSlot: Number(slot) }];
    });
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

  /** Makes an epoch's own what these masters have: an entry before the scripts, a mark at the end. */
  async occupy(epoch: number, homes: readonly Home[], mark: string): Promise<void> {
    const { masters } = mastersOf(this.cluster);
    for (const home of homes) {
      const node = masters.find(({ address }) => address === home.address)?.node;
      if (!node) throw new GateUnreachableError(false, undefined, 'a master of the Redis cluster is gone');
      await answer(this.cluster.sadd(historiesKey(epoch), entryOf(home)));
      for (const { text } of [home.scripts.claim, home.scripts.adjust])
        await answer(node.script('LOAD', text));
      await answer(this.cluster.set(slotMarkKey(epoch, home.markSlot), mark));
    }
  }

  /**
   * Why an epoch is lost, or the masters on which it is trusted. A master that has joined since, and to which slots were moved, is taken in.
   * @param marks values of which each mark must have one
   * @throws GateUnreachableError where a master cannot be asked, and nothing tells of a loss
   */
  async look(
    epoch: number,
    marks: readonly string[],
  ): Promise<{ lost?: Lost; homes: ReadonlyMap<string, Home> }> {
    const [entries, { found, missing }] = await Promise.all([this.entries(epoch), this.identifyAll()]);
    const none = new Map<string, Home>();
    if (entries.length === 0) return { lost: ['state'], homes: none };
    const alive = found.filter(({ server }) => server.role === 'master');
    const known = alive.flatMap((master) => {
      const entry = entries.find(({ history }) => history === master.server.history);
      return entry ? [{ master, home: this.homeOf(epoch, master, entry.markSlot) }] : [];
    });
    if (missing !== undefined) throw missing;
    if (entries.some(({ history }) => !alive.some(({ server }) => server.history === history)))
      return {
        lost: ['history', 'a master was restarted or replaced, or has no slot any more'],
        homes: none,
      };
    const states = await Promise.all(known.map(({ master, home }) => this.holds(epoch, master, home)));
    const lost = states.map(({ scripts, mark, isThere }): Lost | undefined => {
      if (!scripts) return ['scripts'];
      return isThere && mark !== null && marks.includes(mark) ? undefined : ['state'];
    });
    const first = lost.find((each) => each !== undefined);
    if (first) return { lost: first, homes: none };
    const homes = known.map(({ home }) => home);
    const joined = alive.filter(({ server }) => !entries.some(({ history }) => history === server.history));
    const taken = joined.map((master) => this.homeOf(epoch, master, master.lastSlot));
    const isWhole = states.every(({ mark }) => mark === marks.at(-1));
    await this.occupy(epoch, taken, (isWhole ? marks.at(-1) : marks[0]) ?? '');
    return { homes: new Map([...homes, ...taken].map((home) => [home.address, home])) };
  }

  /** Whether a master still has the scripts, the mark, and the slot in which the mark is: without it, nothing would tell of a flush. */
  private async holds(epoch: number, { node, address }: Master, { scripts, markSlot }: Home) {
    const key = slotMarkKey(epoch, markSlot);
    const [exists, mark] = await Promise.all([
      answer(node.script('EXISTS', scripts.claim.sha, scripts.adjust.sha)),
      answer(this.cluster.get(key)),
    ]);
    return {
      scripts: Array.isArray(exists) && exists.every((one) => Number(one) === 1),
      mark,
      isThere: addressFor(this.cluster, key) === address,
    };
  }

  private async identifyAll(): Promise<{
    found: readonly Found[];
    missing: GateUnreachableError | undefined;
  }> {
    const { masters, addresses } = mastersOf(this.cluster);
    const asked = await Promise.allSettled(
      masters.map(async (master) => ({
        ...master,
        server: serverInfo(String(await runScript(master.node, this.identifyScript, [], []))),
      })),
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
