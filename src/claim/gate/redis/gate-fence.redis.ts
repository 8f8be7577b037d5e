import { KEY_PREFIX, type RedisClient } from '../../../redis/redis.js';
import { evalsha } from '../../../redis/script-call.js';
import { SlotSet } from '../../../redis/slots.js';
import { serverInfo, type ServerInfo } from '../../../redis/server-info.js';
import type { EpochMaster, EpochOrigin } from '../../domain/epoch-masters.js';
import type { GateLoss } from '../stock-gate.js';
import { GateLostError, GateUnreachableError } from '../gate-errors.js';
import { answer, runScript, script } from './gate-answers.redis.js';
import { BUILDING, fencedScripts, OPEN, replica, type FencedScripts, type GateFence } from './gate-fence.js';
import { EPOCHS_KEY, markKey } from './gate-keys.redis.js';

interface Trusted {
  readonly history: string;
  readonly scripts: FencedScripts;
}

/** A record of an epoch's history: `master_replid@run_id`. The first part fences, the second tells what happened. */
const RECORD = /^([0-9a-f]{40})@(.*)$/;

/**
 * The fence of one server. Three signs, none of which is enough:
 * - the fenced scripts are loaded when an epoch begins and are never sent as text afterwards: a server that was restarted or
 *   replaced answers NOSCRIPT (from Redis 7.0 on);
 * - they carry the `master_replid` that the epoch began on and compare it with the server's: it changes with every restart
 *   and every promotion, also where the scripts survive them;
 * - a key marks the epoch, because FLUSHALL removes data and keeps scripts and history.
 */
export class ServerFence implements GateFence {
  private readonly identifyScript = script('identify-0.lua');
  private readonly trusted = new Map<number, Trusted>();

  constructor(private readonly redis: RedisClient) {}

  call(
    epoch: number,
    name: keyof FencedScripts,
    keys: readonly string[],
    argv: readonly (string | number)[],
  ): Promise<unknown> {
    return answer(evalsha(this.redis, this.scripts(epoch)[name].sha, keys, argv));
  }

  async stateOf(): Promise<Readonly<Record<string, string>>> {
    return {};
  }

  async marks(epoch: number): Promise<readonly string[]> {
    return [markKey(epoch)];
  }

  private scripts(epoch: number): FencedScripts {
    const known = this.trusted.get(epoch);
    if (!known) throw new GateLostError('history', 'none is recorded for this epoch');
    return known.scripts;
  }

  trust(epoch: number, { history }: Pick<EpochOrigin, 'history'>): void {
    const id = RECORD.exec(history)?.[1];
    if (id === undefined || this.trusted.get(epoch)?.history === history) return;
    this.trusted.set(epoch, { history, scripts: fencedScripts(epoch, id) });
    // Two are enough: the epoch that is held and the one that is being built.
    if (this.trusted.size > 2) this.trusted.delete(Math.min(...this.trusted.keys()));
  }

  async begin(epoch: number): Promise<EpochOrigin> {
    const { role, history: id, runId } = await this.identify();
    if (role !== 'master') throw new GateLostError('history', 'the server is a replica');
    const history = `${id}@${runId}`;
    this.trust(epoch, { history });
    // Before anything is loaded: whoever forgets the data from here on forgets these scripts with it, or has another history.
    const { claim, adjust } = this.scripts(epoch);
    for (const { text } of [claim, adjust]) await answer(this.redis.script('LOAD', text));
    await answer(this.redis.sadd(EPOCHS_KEY, epoch)); // before its first key: what is revoked is looked up there
    await answer(this.redis.set(markKey(epoch), BUILDING));
    return { history, masters: [] };
  }

  async finish(epoch: number): Promise<void> {
    // Flushed since it began: what was sealed before may be gone.
    const broken = await this.brokenSince(epoch, BUILDING);
    if (broken !== undefined) throw broken;
    // XX: never made anew. Whoever flushes between the two leaves no mark.
    await answer(this.redis.set(markKey(epoch), OPEN, 'XX'));
    if (!(await this.marked(epoch, OPEN))) throw new GateLostError('state');
  }

  async broken(epoch: number, state: 'opening' | 'open'): Promise<GateLoss | undefined> {
    const marks = state === 'open' ? [OPEN] : [BUILDING, OPEN];
    const broken = await this.brokenSince(epoch, ...marks);
    return broken && { why: broken.message, slots: SlotSet.ALL };
  }

  /** A server that has lost something has lost all. */
  async keptMasters(): Promise<readonly EpochMaster[]> {
    return [];
  }

  slotsBeside(): SlotSet {
    return SlotSet.ALL;
  }

  async requireOpen(epoch: number): Promise<void> {
    if (!(await this.marked(epoch, OPEN))) throw new GateLostError('state');
  }

  async otherHistory(epoch: number): Promise<GateLostError> {
    const known = this.trusted.get(epoch);
    return new GateLostError('history', known && whatHappened(known.history, await this.identify()));
  }

  async requireWritable(): Promise<void> {
    const server = await this.identify();
    if (server.role !== 'master') throw new GateUnreachableError(false, undefined, replica(server));
    await answer(this.redis.set(`${KEY_PREFIX}gate:never-written`, '', 'XX'));
  }

  private async identify(): Promise<ServerInfo> {
    return serverInfo(String(await runScript(this.redis, this.identifyScript, [], [])));
  }

  private async brokenSince(epoch: number, ...marks: readonly string[]): Promise<GateLostError | undefined> {
    const known = this.trusted.get(epoch);
    if (!known) return new GateLostError('history', 'none is recorded for this epoch');
    const { claim, adjust } = this.scripts(epoch);
    const [server, marked, exists] = await Promise.all([
      this.identify(),
      this.marked(epoch, ...marks),
      answer(this.redis.script('EXISTS', claim.sha, adjust.sha)),
    ]);
    const happened = whatHappened(known.history, server);
    if (happened !== undefined) return new GateLostError('history', happened);
    if (!(Array.isArray(exists) && exists.every((one) => Number(one) === 1)))
      return new GateLostError('scripts');
    return marked ? undefined : new GateLostError('state');
  }

  private async marked(epoch: number, ...as: readonly string[]): Promise<boolean> {
    const mark = await answer(this.redis.get(markKey(epoch)));
    return mark !== null && as.includes(mark);
  }
}

/** What became of the server since the record was made; `undefined` where its history is the same. */
function whatHappened(record: string, server: ServerInfo): string | undefined {
  const [, id, runId] = RECORD.exec(record) ?? [];
  if (server.role !== 'master') return replica(server);
  if (server.history === id) return undefined;
  if (server.runId !== runId) return 'the server was restarted, or another one has taken its place';
  // Nothing was lost then; but it looks the same where a promoted server drops its backlog before anybody asks.
  if (!server.continues)
    return 'its first replica was attached, or it dropped its backlog: no claim is lost by that';
  return 'the server was demoted and promoted again';
}
