import { createHash } from 'node:crypto';
import type { Cluster } from 'ioredis';
import { SystemClock, type Clock } from '../../../common/clock.js';
import { addressFor, mastersOf, nodeAt, refreshSlots, slotsAt } from '../../../redis/cluster.js';
import { slotOf } from '../../../redis/hash-slot.js';
import { evalsha } from '../../../redis/script-call.js';
import { SlotSet } from '../../../redis/slots.js';
import { withJoined, type EpochMaster, type EpochOrigin } from '../../domain/epoch-masters.js';
import type { EpochMasters } from '../epoch-masters.js';
import type { GateLoss } from '../stock-gate.js';
import { GateLostError, GateUnreachableError } from '../gate-errors.js';
import { answer, runScript, script } from './gate-answers.redis.js';
import { ClusterSurvey, OVER, type Home, type Survey } from './cluster-survey.js';
import { BUILDING, OPEN, type FencedScripts, type GateFence } from './gate-fence.js';
import { EPOCHS_KEY, marksKey, slotMarkKey } from './gate-keys.redis.js';

/** A slot that is on its way takes no script of several keys. So long a claim waits for the end of the move. */
const MOVE_MS = 1_000;
const AGAIN_MS = 20;

/** First number of the reply of lua/at-home-1.lua. */
const ELSEWHERE = -4;

/** What a master says that did nothing. */
const MOVING = /^(MOVED|ASK|TRYAGAIN) /;

const GONE: ReadonlySet<string> = new Set(['close', 'end', 'disconnecting', 'reconnecting']);

/** What is known of an epoch. */
interface Trusted {
  /** As its row said last; those that joined meanwhile may be missing. */
  readonly masters: readonly EpochMaster[];
  readonly homes: ReadonlyMap<string, Home>;
}

/**
 * The fence of a cluster (docs/adr/0067). Each master has a history of its own, and fenced scripts that carry it; the masters of an
 * epoch are in its row (docs/adr/0096). A state names the history of the master that it was given to, so that a loss is not carried on by
 * a slot that is moved. Where one of the masters of an epoch has lost something, it is over for the slots of which nothing else is proved.
 */
export class ClusterFence implements GateFence {
  private readonly settleScript = script('settle-1.lua');
  /** Of each epoch its masters, and those on which it is trusted, by address; epochs in use and newer ones are remembered. */
  private readonly trusted = new Map<number, Trusted>();
  private inUse: readonly number[] = [];
  private readonly survey: ClusterSurvey;
  private readonly masters: EpochMasters;

  /** @param masters what the epoch's row says of them, which a cluster cannot do without */
  constructor(
    private readonly cluster: Cluster,
    masters: EpochMasters | undefined,
    private readonly clock: Pick<Clock, 'monotonic' | 'sleep'> = new SystemClock(),
  ) {
    if (!masters) throw new Error('the gate of a cluster needs the row of its epoch');
    this.masters = reachable(masters);
    this.survey = new ClusterSurvey(cluster, this.masters);
  }

  async call(
    epoch: number,
    name: keyof FencedScripts,
    keys: readonly string[],
    argv: readonly (string | number)[],
  ): Promise<unknown> {
    const [state = ''] = keys;
    const until = this.clock.monotonic() + MOVE_MS;
    for (;;) {
      const { address, home } = await this.homeOf(epoch, state);
      const reply = await this.ask(address, home.scripts[name].sha, keys, argv);
      if (reply instanceof GateUnreachableError) {
        if (this.clock.monotonic() > until) throw reply;
        await this.clock.sleep(AGAIN_MS);
        await answer(refreshSlots(this.cluster));
      } else if (Array.isArray(reply) && reply[0] === ELSEWHERE)
        await this.settle(epoch, state, String(reply[1]));
      else return reply;
    }
  }

  async stateOf(epoch: number, key: string): Promise<Readonly<Record<string, string>>> {
    const { history } = (await this.homeOf(epoch, key)).home;
    const slot = slotOf(key);
    const before = this.trusted.get(epoch)?.masters.find(({ slots }) => slots.has(slot));
    if (before && before.history !== history) await this.moved(epoch, slot);
    return { home: history };
  }

  trust(epoch: number, { masters }: Pick<EpochOrigin, 'masters'>, inUse: readonly number[] = [epoch]): void {
    this.inUse = inUse;
    if (masters.length === 0) return; // an older version has begun it, which named no masters
    // A master that the epoch is of no longer is none of its homes: it has lost something, and others go on.
    const homes = [...(this.trusted.get(epoch)?.homes ?? [])].filter(([, { history }]) =>
      masters.some((master) => master.history === history),
    );
    this.remember(epoch, { masters, homes: new Map(homes) });
  }

  async begin(epoch: number): Promise<EpochOrigin> {
    await answer(refreshSlots(this.cluster));
    const homes = await this.survey.newHomes(epoch);
    await answer(this.cluster.sadd(EPOCHS_KEY, epoch)); // before its first key: what is revoked is looked up there
    await answer(this.cluster.del(marksKey(epoch)));
    await this.survey.occupy(epoch, homes, BUILDING);
    const masters = this.survey.beginOf(epoch, homes);
    this.remember(epoch, { masters, homes: new Map(homes.map((home) => [home.address, home])) });
    const all = homes.map(({ history, markSlot }) => `${history}@${markSlot}`);
    const history = `cluster@${createHash('sha1').update(all.sort().join()).digest('hex')}`;
    return { history, masters };
  }

  async finish(epoch: number): Promise<void> {
    const broken = await this.look(epoch, [BUILDING]);
    if (broken !== undefined) throw lossOf(broken);
    const masters = await this.masters.joined(epoch, []);
    if (!masters?.length) throw new GateLostError(...OVER);
    const marks = masters.map(({ mark }) => slotMarkKey(epoch, mark));
    for (const mark of marks) await answer(this.cluster.set(mark, OPEN, 'XX'));
    const found = await answer(Promise.all(marks.map((mark) => this.cluster.get(mark))));
    if (found.some((mark) => mark !== OPEN)) throw new GateLostError('state');
  }

  async broken(epoch: number, state: 'opening' | 'open'): Promise<GateLoss | undefined> {
    const broken = await this.look(epoch, state === 'open' ? [OPEN] : [BUILDING, OPEN]);
    return broken && { why: lossOf(broken).message, slots: broken.slots };
  }

  async keptMasters(epoch: number): Promise<readonly EpochMaster[]> {
    await answer(refreshSlots(this.cluster));
    // Of the row: what this process was told last may not say yet that a slot was at another master.
    const masters = await this.masters.joined(epoch, []);
    return masters ? this.survey.proved(epoch, masters) : [];
  }

  slotsBeside(epoch: number, key: string): SlotSet {
    const slot = slotOf(key);
    const address = addressFor(this.cluster, key);
    const had = this.trusted.get(epoch)?.masters.find(({ slots }) => slots.has(slot))?.slots;
    const has = address === undefined ? SlotSet.NONE : slotsAt(this.cluster, address);
    return has.and(had ?? SlotSet.NONE).and(SlotSet.of([slot]));
  }

  async requireOpen(epoch: number, key: string): Promise<void> {
    const { home } = await this.homeOf(epoch, key);
    if ((await answer(this.cluster.get(slotMarkKey(epoch, home.markSlot)))) !== OPEN)
      throw new GateLostError('state');
  }

  async otherHistory(): Promise<Error> {
    return new GateLostError('history', 'a master of the cluster was restarted, demoted or promoted');
  }

  async requireWritable(): Promise<void> {
    const { masters, addresses } = mastersOf(this.cluster);
    const asked = await Promise.allSettled(
      masters.map(async ({ node, lastSlot }) => {
        // Asked at the node itself: a master that has become a replica would refer to the new one.
        await answer(node.set(slotMarkKey(0, lastSlot), '', 'XX'));
      }),
    );
    const failed = asked.find((each) => each.status === 'rejected');
    if (!failed && masters.length === addresses.length && masters.length > 0) return;
    const partly = asked.some((each) => each.status === 'fulfilled');
    const cause: unknown = failed?.reason;
    const why = cause instanceof Error ? cause.message : 'a master of the Redis cluster cannot be reached';
    throw new GateUnreachableError(false, cause, why, partly);
  }

  async marks(epoch: number): Promise<readonly string[]> {
    // The set of them may be lost with its master, where the epoch went on at others.
    const slots = [
      ...(await this.survey.markSlots(epoch)),
      ...(this.trusted.get(epoch)?.masters.map(({ mark }) => mark) ?? []),
    ];
    return [...new Set(slots)].map((slot) => slotMarkKey(epoch, slot));
  }

  /** Why the epoch is lost. A master that cannot be asked is no loss, but an error that says whether others take claims. */
  private async look(epoch: number, marks: readonly string[]): Promise<Survey['lost']> {
    const known = this.trusted.get(epoch);
    if (!known) return { why: ['history', 'none is recorded for this epoch'], slots: SlotSet.ALL };
    const found = await this.survey.look(epoch, known.masters, marks).catch(async (error: unknown) => {
      if (!(error instanceof GateUnreachableError)) throw error;
      await this.requireWritable();
      throw new GateUnreachableError(false, error, error.message, true); // reached again since
    });
    if (found.lost) return found.lost;
    this.remember(epoch, { masters: found.entries, homes: found.homes });
    return undefined;
  }

  /** The master of a key, where the epoch is trusted on it. */
  private async homeOf(epoch: number, key: string): Promise<{ address: string; home: Home }> {
    const trusted = this.trusted.get(epoch);
    if (!trusted) throw new GateLostError('history', 'none is recorded for this epoch');
    const address = addressFor(this.cluster, key);
    if (address === undefined) throw new GateUnreachableError(false, undefined, 'no master has the slot');
    const known = trusted.homes.get(address);
    if (known) return { address, home: known };
    // A master that this process has not met in this epoch.
    const home = (await this.surveyed(epoch)).homes.get(address);
    if (!home) throw new GateUnreachableError(false, undefined, 'the master of the slot is not known yet');
    return { address, home };
  }

  /** @returns the reply; GateUnreachableError, not thrown, where the slot is being moved and nothing was done */
  private async ask(
    address: string,
    sha: string,
    keys: readonly string[],
    argv: readonly (string | number)[],
  ): Promise<unknown> {
    const node = nodeAt(this.cluster, address);
    if (!node || GONE.has(node.status)) {
      refreshSlots(this.cluster).catch(() => undefined); // connects anew
      throw new GateUnreachableError(false, undefined, 'a master of the Redis cluster cannot be reached');
    }
    try {
      return await answer(evalsha(node, sha, keys, argv));
    } catch (error) {
      if (!(error instanceof GateUnreachableError)) throw error;
      const { cause } = error;
      if (cause instanceof Error && MOVING.test(cause.message))
        return new GateUnreachableError(false, cause, 'a slot of the Redis cluster is being moved');
      // What was under way when the line was closed may have been done.
      const refused = cause instanceof Error && cause.name === 'ReplyError';
      throw refused ? error : new GateUnreachableError(true, cause);
    }
  }

  /** A voucher has come with its slot: it is taken over if every master, and so the one that it comes from, has the history it had. */
  private async settle(epoch: number, state: string, from: string): Promise<void> {
    const { masters, homes } = await this.surveyed(epoch);
    if (![...homes.values()].some(({ history }) => history === from))
      throw new GateLostError('history', 'a voucher came from a master that is not of this epoch');
    // Before a claim is taken here: from then on, what the other master had of this slot is no longer all.
    const slot = slotOf(state);
    if (masters.some(({ slots }) => slots.has(slot))) await this.moved(epoch, slot);
    await runScript(this.cluster, this.settleScript, [state], [epoch, from]);
  }

  /** The masters on which the epoch is trusted now. @throws GateLostError where one of them has forgotten */
  private async surveyed(epoch: number): Promise<Trusted> {
    const before = this.trusted.get(epoch)?.masters ?? [];
    const { lost, entries: masters, homes } = await this.survey.look(epoch, before, [BUILDING, OPEN]);
    if (lost) throw lossOf(lost);
    return this.remember(epoch, { masters, homes });
  }

  private async moved(epoch: number, slot: number): Promise<void> {
    const found = await this.masters.moved(epoch, SlotSet.of([slot]));
    if (!found) throw new GateLostError(...OVER);
    const before = this.trusted.get(epoch);
    // Only `trust` takes a master away: until this process knows for which slots the epoch is over, it is held against all of them.
    if (before) this.remember(epoch, { ...before, masters: withJoined(found, before.masters) });
  }

  private remember(epoch: number, trusted: Trusted): Trusted {
    this.trusted.set(epoch, trusted);
    for (const known of this.trusted.keys())
      if (known < epoch && !this.inUse.includes(known)) this.trusted.delete(known);
    return trusted;
  }
}

const lossOf = ({ why: [reason, detail], slots }: NonNullable<Survey['lost']>): GateLostError =>
  new GateLostError(reason, detail, slots);

/** The same; a database that is away keeps claims back where a master joined or a slot was moved, and nowhere else. */
function reachable(masters: EpochMasters): EpochMasters {
  const orLater = (error: unknown): never => {
    throw new GateUnreachableError(false, error, "the epoch's row cannot be written", true);
  };
  return {
    joined: (epoch, joined) => masters.joined(epoch, joined).catch(orLater),
    moved: (epoch, slots) => masters.moved(epoch, slots).catch(orLater),
  };
}
