import { Cluster } from 'ioredis';
import { createHash } from 'node:crypto';
import { script } from '../../../src/claim/gate/redis/gate-answers.redis.js';
import type { GateDecision, GateRequest } from '../../../src/claim/gate/stock-gate.js';
import { SLOTS, slotOf } from '../../../src/redis/hash-slot.js';
import { SimRedis, type GateGuards, type Memory } from './gate.js';
import { Server, type Call, type Network } from './steps.js';
import type { Life, World } from './world.js';

/** So often a client asks which master has which slot; the real one does, too. */
const SLOTS_REFRESH_MS = 1_000;

const IDENTIFY = script('identify-0.lua').sha;
const SETTLE = script('settle-1.lua').sha;

/** First numbers of replies of the claim script, and of lua/at-home-1.lua. */
const UNKNOWN = -2;
const OTHER_HISTORY = -3;
const ELSEWHERE = -4;

const VOUCHER_KEY = /^vc:\{(vch_\w+)\}:(\d+):(\w+)/;

/** Fenced scripts that were loaded, by their SHA: what was put before their text. */
const fenced = new Map<string, { readonly epoch: number; readonly history: string }>();

/** What the claim script of the simulation replies where it decides. */
export interface Decided {
  readonly decisions: readonly GateDecision[];
}

const refusal = (message: string): Error => Object.assign(new Error(message), { name: 'ReplyError' });

/** One master. Where another server takes its place, it has another address. */
export class SimMaster extends SimRedis {
  private servers = 0;

  constructor(
    world: World,
    guards: GateGuards,
    readonly index: number,
    private readonly cluster: SimCluster,
  ) {
    super(
      world,
      guards,
      new Server(`gate ${index}`, (sent) => new Error(sent ? 'no answer' : 'Connection is closed.')),
    );
  }

  get address(): string {
    return `10.0.0.${this.index}:${7_000 + this.servers}`;
  }

  override get history(): string {
    return `${this.index}f${this.histories}`;
  }

  override replaceBy(copy: Memory): void {
    super.replaceBy(copy);
    this.servers += 1;
    this.cluster.changed();
    this.cluster.dropForeign(this);
  }

  override comesBackWith(copy: Memory): void {
    super.comesBackWith(copy);
    this.cluster.dropForeign(this);
  }
}

/** `EVALSHA` as the program sends it. */
interface ScriptCall {
  readonly args: readonly string[];
}

/** Which master has which slot, as a client has heard it. */
interface View {
  readonly version: number;
  readonly slots: readonly (readonly string[])[];
}

/**
 * A Redis Cluster, as far as its masters forget, are replaced and give slots to each other: behind as much of the client as the real fence,
 * its survey and the revocation use. One master more than asked for has no slot at first.
 */
export class SimCluster {
  readonly masters: readonly SimMaster[];
  private readonly owners: number[];
  private version = 0;
  private view: View | undefined;

  constructor(
    private readonly world: World,
    guards: GateGuards,
    masters: number,
  ) {
    this.owners = Array.from({ length: SLOTS }, (_none, slot) => Math.floor((slot * masters) / SLOTS));
    this.masters = Array.from(
      { length: masters + 1 },
      (_none, index) => new SimMaster(world, guards, index, this),
    );
  }

  masterOf(key: string): SimMaster {
    return this.masters[this.owners[slotOf(key)] ?? 0] as SimMaster;
  }

  changed(): void {
    this.version += 1;
  }

  /** A slot with all that is in it, in one moment. */
  move(slot: number, to: SimMaster): void {
    const from = this.masters[this.owners[slot] ?? 0] as SimMaster;
    if (from === to) return;
    this.world.say(() => `slot ${slot} is moved from master ${from.index} to ${to.index}`);
    dropSlots(to.memory, (each) => each === slot);
    for (const name of ['strings', 'sets'] as const)
      for (const [key, value] of from.memory[name])
        if (slotOf(key) === slot) (to.memory[name] as Map<string, unknown>).set(key, value);
    for (const [epoch, gate] of from.memory.epochs)
      for (const part of ['vouchers', 'loading'] as const)
        for (const [id, state] of statesOf(gate)[part])
          if (slotOf(id) === slot) statesOf(to.epochNow(epoch))[part].set(id, state);
    for (const [name, home] of from.memory.homes)
      if (slotOf(name.split('/')[1] ?? '') === slot) to.memory.homes.set(name, home);
    dropSlots(from.memory, (each) => each === slot);
    this.owners[slot] = to.index;
    this.changed();
  }

  /** A copy may have what is in slots that were moved away since. */
  dropForeign(master: SimMaster): void {
    dropSlots(master.memory, (slot) => this.owners[slot] !== master.index);
  }

  private get current(): View {
    if (this.view?.version === this.version) return this.view;
    const addresses = this.masters.map(({ address }) => [address]);
    const slots = this.owners.map((owner) => addresses[owner] ?? []);
    const ends = [...slots.entries()].filter(([slot, at]) => slots[slot + 1] !== at);
    // Of a range its end tells all that is asked for in this way.
    Object.assign(slots, { entries: () => ends.values() });
    this.view = { version: this.version, slots };
    return this.view;
  }

  /** The client of one life. */
  client(life: Life, network: Network): Cluster {
    const { world } = this;
    let view = this.current;
    let seenAt = world.now;
    const refresh = (): void => {
      view = this.current;
      seenAt = world.now;
    };
    const slots = (): View['slots'] => {
      if (world.now - seenAt >= SLOTS_REFRESH_MS) refresh();
      return view.slots;
    };
    /** A command that the library sends where its key is, and sends again where it was referred to. */
    const keyed = <T>(step: Call, key: string, work: (memory: Memory, master: SimMaster) => T): Promise<T> =>
      network.call(life, this.masterOf(key).server, step, () => {
        const master = this.masterOf(key);
        master.tick();
        return work(master.memory, master);
      });
    const setOf = (memory: Memory, key: string): Set<string> => memory.sets.get(key) ?? new Set();
    const node = (address: string): unknown => {
      const master = (): SimMaster => {
        const found = this.masters.find((each) => each.address === address);
        if (!found) throw new Error('Connection is closed.');
        return found;
      };
      const [host, port] = address.split(':');
      const server = this.masters[Number(host?.split('.').at(-1))]?.server as Server;
      const send = <T>(step: Call, work: (master: SimMaster) => T): Promise<Awaited<T>> =>
        network.call(life, server, step, () => {
          const found = master();
          found.tick();
          return work(found);
        }) as Promise<Awaited<T>>;
      return {
        options: { host, port: Number(port) },
        status: 'ready',
        sendCommand: ({ args: [sha = '', _keys, key = '', ...args] }: ScriptCall) =>
          sha === IDENTIFY
            ? send('gate.holds', ({ history }) => `role:master\r\nmaster_replid:${history}\r\n`)
            : send('gate.claim', (found) => this.claim(found, sha, key, args)),
        script: (command: string, ...args: string[]) =>
          command === 'LOAD'
            ? send('gate.begin', ({ memory }) => void memory.scripts.add(shaOf(args[0] ?? '')))
            : send('gate.holds', ({ memory }) => args.map((sha) => Number(memory.scripts.has(sha)))),
        cluster: () => send('gate.holds', () => ''),
        set: () => send('gate.writable', () => null),
        scan: (_cursor: string, _match: string, pattern: string) =>
          send('gate.revoke', ({ memory }) => ['0', keysOf(memory).filter(globOf(pattern))]),
      };
    };
    const nodes = new Map<string, unknown>();
    const nodeAt = (address: string): unknown => {
      const known = nodes.get(address) ?? node(address);
      nodes.set(address, known);
      return known;
    };
    const commands = {
      nodes: () => [...new Set([...slots().entries()].map(([, at]) => at[0] ?? ''))].map(nodeAt),
      refreshSlotsCache: (done: () => void) =>
        life.in(1, () => {
          refresh();
          done();
        }),
      get: (key: string) => keyed('gate.holds', key, ({ strings }) => strings.get(key) ?? null),
      set: (key: string, value: string, only?: string) =>
        keyed(only ? 'gate.finish' : 'gate.begin', key, ({ strings }) => {
          if (only === undefined || strings.has(key)) strings.set(key, value);
        }),
      sadd: (key: string, ...members: (string | number)[]) =>
        keyed('gate.begin', key, (memory) => {
          const set = setOf(memory, key);
          for (const member of members) set.add(String(member));
          memory.sets.set(key, set);
        }),
      srem: (key: string, ...members: (string | number)[]) =>
        keyed('gate.revoke', key, (memory) => {
          const set = setOf(memory, key);
          for (const member of members) set.delete(String(member));
          if (set.size === 0) memory.sets.delete(key);
        }),
      smembers: (key: string) => keyed('gate.revoke', key, (memory) => [...setOf(memory, key)]),
      sscan: (key: string) => keyed('gate.revoke', key, (memory) => ['0', [...setOf(memory, key)]]),
      exists: (key: string) =>
        keyed('gate.revoke', key, ({ sets, strings }) => Number(sets.has(key) || strings.has(key))),
      del: (key: string) => keyed('gate.begin', key, (memory) => drop(memory, key)),
      unlink: (key: string) =>
        // All parts of a voucher are one state here.
        VOUCHER_KEY.test(key) && !key.endsWith(':state')
          ? Promise.resolve(0)
          : keyed('gate.revoke', key, (memory) => drop(memory, key)),
      sendCommand: ({ args: [sha, _keys, key = '', ...args] }: ScriptCall) =>
        keyed('gate.rare.settle', key, ({ homes }, { history }) => {
          if (sha !== SETTLE) throw new Error('the simulated cluster does not know this script');
          const [, id] = VOUCHER_KEY.exec(key) ?? [];
          const name = `${String(args[0])}/${String(id)}`;
          if (homes.get(name) === args[1]) homes.set(name, history);
        }),
    };
    const client = Object.create(Cluster.prototype) as Cluster;
    for (const [name, value] of Object.entries(commands)) Object.defineProperty(client, name, { value });
    Object.defineProperty(client, 'slots', { get: slots });
    return client;
  }

  /** lua/at-home-1.lua and lua/claim-6.lua, as far as they look at what a gate may have forgotten. */
  private async claim(
    master: SimMaster,
    sha: string,
    key: string,
    [requests = '[]']: readonly string[],
  ): Promise<Decided | readonly (number | string)[]> {
    const { guards, history, memory } = master;
    const owner = this.masterOf(key);
    if (owner !== master) throw refusal(`MOVED ${slotOf(key)} ${owner.address}`);
    const head = fenced.get(sha);
    if (!head || !memory.scripts.has(sha)) throw refusal('NOSCRIPT No matching script');
    const { epoch } = head;
    const [, id = ''] = VOUCHER_KEY.exec(key) ?? [];
    const gate = memory.epochs.get(epoch);
    const isKnown = gate !== undefined && statesOf(gate).vouchers.has(id);
    const home = memory.homes.get(`${epoch}/${id}`);
    if (isKnown && home !== head.history) return [ELSEWHERE, home ?? ''];
    if (guards.historyFence && head.history !== history) return [OTHER_HISTORY];
    if (!isKnown) return [UNKNOWN];
    const decisions = await gate.claim(epoch, id, JSON.parse(requests) as GateRequest[]);
    return Array.isArray(decisions) ? { decisions: decisions as readonly GateDecision[] } : [UNKNOWN];
  }
}

interface States {
  readonly vouchers: Map<string, unknown>;
  readonly loading: Map<string, unknown>;
}

/** What a master's gate of an epoch holds, by voucher. */
export const statesOf = (gate: unknown): States => (gate as { epoch: States }).epoch;

function shaOf(text: string): string {
  const sha = createHash('sha1').update(text).digest('hex');
  const [, epoch, history = ''] = /^local EPOCH = '(\d+)'\nlocal HISTORY = '(\w+)'/.exec(text) ?? [];
  fenced.set(sha, { epoch: Number(epoch), history });
  return sha;
}

function drop(memory: Memory, key: string): void {
  const [, id = '', epoch, part] = VOUCHER_KEY.exec(key) ?? [];
  if (part !== 'state') {
    memory.strings.delete(key);
    memory.sets.delete(key);
    return;
  }
  const gate = memory.epochs.get(Number(epoch));
  if (gate) for (const states of [statesOf(gate).vouchers, statesOf(gate).loading]) states.delete(id);
  memory.homes.delete(`${String(epoch)}/${id}`);
}

function keysOf(memory: Memory): string[] {
  const states = [...memory.epochs].flatMap(([epoch, gate]) =>
    [...statesOf(gate).vouchers.keys(), ...statesOf(gate).loading.keys()].map(
      (id) => `vc:{${id}}:${epoch}:state`,
    ),
  );
  return [...memory.strings.keys(), ...memory.sets.keys(), ...states];
}

const dropSlots = (memory: Memory, which: (slot: number) => boolean): void => {
  for (const key of keysOf(memory)) if (which(slotOf(key))) drop(memory, key);
};

/** A pattern of SCAN, of `*` alone. */
function globOf(pattern: string): (key: string) => boolean {
  const text = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  const expression = new RegExp(`^${text}$`);
  return (key) => expression.test(key);
}
