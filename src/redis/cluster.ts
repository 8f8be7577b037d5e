import { Cluster, type Command, type Redis } from 'ioredis';
import type { RedisClient } from './client.js';
import { slotOf } from './hash-slot.js';
import { SlotSet } from './slots.js';

/** So often the cluster is asked which master has which slot; each redirection asks at once. */
const SLOTS_REFRESH_MS = 1_000;

/** What the library does about an answer that sends a command elsewhere; of these only `moved` is looked at. */
interface RedirectionHandlers {
  moved(slot: number, address: string): void;
}

/**
 * A cluster whose commands fail at once while none of its nodes is known. Without a queue (`enableOfflineQueue: false`) the library would
 * refuse all commands but the first for a node that it is connecting to, and with one it lets them wait without end.
 */
export class PromptCluster extends Cluster {
  private readonly refreshes = setInterval(() => {
    if (this.status === 'ready') this.refreshSlotsCache();
  }, SLOTS_REFRESH_MS).unref();

  constructor(...of: ConstructorParameters<typeof Cluster<'legacy'>>) {
    super(...of);
    // The library asks a node to take a command for a slot that is on its way to it, and does not look whether that failed: the
    // rejection would end the process. The command itself fails, too, and tells.
    this.on('+node', (node: Redis) => {
      const asking = node.asking.bind(node);
      node.asking = () => {
        const asked = asking();
        asked.catch(() => undefined);
        return asked;
      };
    });
  }

  /**
   * The library keeps one list of addresses for a whole range of slots, and a MOVED of one slot writes the new address into it. All slots
   * of the range would seem to have moved, and the master that they are on to have none: a slot that has moved gets a list of its own.
   */
  override handleError(error: Error, ttl: { value?: number }, handlers: RedirectionHandlers): void {
    const moved = (slot: number, address: string): void => {
      const shared = this.slots[slot];
      if (shared) this.slots[slot] = [...shared];
      handlers.moved(slot, address);
    };
    super.handleError(error, ttl, { ...handlers, moved });
  }

  override sendCommand(command: Command, ...more: unknown[]): unknown {
    if (this.status === 'ready' || command.name === 'cluster')
      return super.sendCommand(command, ...(more as []));
    command.reject(new Error("Cluster isn't ready"));
    return command.promise;
  }

  override disconnect(reconnect = false): void {
    if (!reconnect) clearInterval(this.refreshes);
    super.disconnect(reconnect);
  }
}

/** A master of a cluster, as the client knows it now. */
export interface Master {
  /** `host:port`. */
  readonly address: string;
  readonly node: Redis;
  /** The highest of its slots: tools that move slots away take the lowest first. */
  readonly lastSlot: number;
}

export const isCluster = (client: RedisClient): client is Cluster => client instanceof Cluster;

/** Every master that has a slot. One to which there is no connection now is missing; `addresses` has it. */
export function mastersOf(cluster: Cluster): { masters: readonly Master[]; addresses: readonly string[] } {
  const lastSlots = new Map<string, number>();
  for (const [slot, keys] of cluster.slots.entries()) {
    const address = (keys as readonly string[] | undefined)?.[0]; // a slot that nobody has is a hole
    if (address !== undefined) lastSlots.set(address, slot);
  }
  const nodes = new Map(cluster.nodes('master').map((node) => [addressOf(node), node]));
  const masters = [...lastSlots].flatMap(([address, lastSlot]) => {
    const node = nodes.get(address);
    return node ? [{ address, node, lastSlot }] : [];
  });
  return { masters, addresses: [...lastSlots.keys()] };
}

/** The slots that a master has, as far as the client knows. */
export const slotsAt = (cluster: Cluster, address: string): SlotSet =>
  SlotSet.where((slot) => (cluster.slots[slot] as readonly string[] | undefined)?.[0] === address);

/** Slots that a master gives to others just now, key by key. What went already is not there any more, though the slot still is. */
export async function leavingSlots(master: Redis): Promise<SlotSet> {
  const nodes = String(await master.cluster('NODES'));
  const own = nodes.split('\n').find((line) => line.split(' ')[2]?.includes('myself')) ?? '';
  return SlotSet.of([...own.matchAll(/\[(\d+)->-/g)].map(([, slot]) => Number(slot)));
}

const addressOf = ({ options: { host, port } }: Redis): string => `${host}:${port}`;

/** Address of the master that has a key's slot, as far as the client knows. */
export const addressFor = (cluster: Cluster, key: string): string | undefined =>
  cluster.slots[slotOf(key)]?.[0];

/** The connection to a master; `undefined` where it is being made anew. */
export const nodeAt = (cluster: Cluster, address: string): Redis | undefined =>
  cluster.nodes('master').find((node) => addressOf(node) === address);

/** Asks the cluster which master has which slot. @throws Error where no node answers */
export const refreshSlots = (cluster: Cluster): Promise<void> =>
  new Promise((resolve, reject) => {
    cluster.refreshSlotsCache((error) => (error ? reject(error) : resolve()));
  });

/** Every server that takes writes and can be asked now: the only one, or the masters of a cluster. */
export const primariesOf = (client: RedisClient): readonly Redis[] =>
  isCluster(client) ? mastersOf(client).masters.map(({ node }) => node) : [client];

/** Time of the server that has `key`, ms: those of a cluster have a clock each. */
export async function serverTime(client: RedisClient, key: string): Promise<number> {
  const address = isCluster(client) ? addressFor(client, key) : undefined;
  const node = isCluster(client) && address !== undefined ? nodeAt(client, address) : undefined;
  const [seconds, micros] = await (node ?? client).time();
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
}

/** @throws Error where no server answers */
export async function ping(client: RedisClient): Promise<void> {
  if (isCluster(client)) await Promise.any(primariesOf(client).map((node) => node.ping()));
  else await client.ping();
}
