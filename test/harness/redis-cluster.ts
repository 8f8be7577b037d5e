import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { infoFields } from '../../src/redis/server-info.js';
import { until } from './replication.js';
import type { Command } from './server-process.js';
import { RedisServer } from './servers.js';

const HOST = '127.0.0.1';
const SLOTS = 16_384;
/** A busy machine must not make nodes take each other for dead. */
const NODE_TIMEOUT_MS = 3_000;
const MIGRATE_TIMEOUT_MS = 5_000;

/** First and last slot, and host and port of the master that has them. */
type SlotRange = readonly [number, number, readonly [string, number]];

const ownerOf = (ranges: readonly SlotRange[], slot: number): number | undefined =>
  ranges.find(([from, to]) => from <= slot && slot <= to)?.[2][1];

/** A node of a Redis Cluster. */
export class ClusterNode extends RedisServer {
  protected override get needsInnerPort(): boolean {
    return true; // of the bus: by default the port and 10,000, which may be none
  }

  protected override command(): Command {
    const { program, args } = super.command();
    const cluster = ['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf'];
    const bus = ['--cluster-port', String(this.innerPort), '--cluster-node-timeout', String(NODE_TIMEOUT_MS)];
    // On a busy machine some votes come too late; a replica otherwise stops to ask for them 20 s after it has lost its master.
    const election = ['--cluster-replica-validity-factor', '0'];
    return { program, args: [...args, ...cluster, ...bus, ...election] };
  }

  /** Redis calls itself `redis-server 127.0.0.1:7000 [cluster]`. */
  protected override owns(commandLine: string): boolean {
    return super.owns(commandLine) || commandLine.includes(`:${this.port} [cluster]`);
  }

  get busPort(): number {
    return this.innerPort;
  }

  /** @throws ReplyError, and Error where the node cannot be reached */
  async ask(command: string, ...args: (string | number)[]): Promise<unknown> {
    const client = new Redis(this.port, HOST, {
      maxRetriesPerRequest: 0,
      enableReadyCheck: false,
      commandTimeout: 2 * MIGRATE_TIMEOUT_MS,
    });
    client.on('error', () => undefined);
    try {
      return await client.call(command, ...args);
    } finally {
      client.disconnect();
    }
  }

  async id(): Promise<string> {
    return String(await this.ask('CLUSTER', 'MYID'));
  }

  async begin(): Promise<this> {
    await this.choosePort();
    await this.start();
    await this.waitReady();
    return this;
  }
}

/** Masters with a replica each. */
export class RedisCluster {
  readonly nodes: ClusterNode[] = [];

  constructor(private readonly dir: string) {}

  get url(): string {
    return `redis+cluster://${this.nodes.map(({ port }) => `${HOST}:${port}`).join(',')}/`;
  }

  /** Waits until each master has its share of the slots, and a replica that follows it. */
  async begin(masters: number): Promise<void> {
    for (let n = 0; n < 2 * masters; n++) await this.addNode();
    const leads = this.nodes.slice(0, masters);
    for (const [n, lead] of leads.entries()) {
      const [from, to] = [n, n + 1].map((share) => Math.round((share * SLOTS) / masters)) as [number, number];
      await lead.ask('CLUSTER', 'ADDSLOTSRANGE', from, to - 1);
    }
    await this.agreed();
    for (const [n, lead] of leads.entries()) {
      const id = await lead.id();
      const replica = this.nodes[masters + n] as ClusterNode;
      await until('the node knows its master', async () =>
        String(await replica.ask('CLUSTER', 'NODES')).includes(id),
      );
      await replica.ask('CLUSTER', 'REPLICATE', id);
    }
    await this.followed(masters);
  }

  protected newNode(dir: string): ClusterNode {
    return new ClusterNode(dir);
  }

  /** A node without slots. */
  async addNode(): Promise<ClusterNode> {
    const node = await this.newNode(join(this.dir, `node${this.nodes.length + 1}`)).begin();
    const [first] = this.nodes;
    this.nodes.push(node);
    if (first) {
      await node.ask('CLUSTER', 'MEET', HOST, first.port, first.busPort);
      const id = await node.id();
      await until('all nodes know the new one', async () => {
        const lists = await Promise.all(this.running.map((each) => each.ask('CLUSTER', 'NODES')));
        return lists.every((list) => String(list).includes(id) && !String(list).includes('handshake'));
      });
    }
    return node;
  }

  private get running(): readonly ClusterNode[] {
    return this.nodes.filter(({ pid }) => pid !== undefined);
  }

  /** Waits until every node that runs sees all slots served. */
  async agreed(): Promise<void> {
    await until('the nodes see all slots served', async () => {
      const infos = await Promise.all(
        this.running.map((node) => node.ask('CLUSTER', 'INFO').catch(() => '')),
      );
      return infos.every((info) => infoFields(String(info)).get('cluster_state') === 'ok');
    });
  }

  /** Waits until so many replicas have caught up with their masters. */
  async followed(count: number): Promise<void> {
    await until(`${count} replicas follow`, async () => {
      const infos = await Promise.all(this.running.map((node) => node.ask('INFO', 'replication')));
      const fields = infos.map((info) => infoFields(String(info)));
      return fields.filter((each) => each.get('master_link_status') === 'up').length >= count;
    });
    await this.agreed();
  }

  /**
   * The node that has a key's slot, once the nodes agree about it: one may not have heard yet of a promotion.
   * @param isIt what is waited for besides
   */
  async masterOf(key: string, isIt: (node: ClusterNode) => boolean = () => true): Promise<ClusterNode> {
    const slot = await this.slotOf(key);
    let node: ClusterNode | undefined;
    await until(`the nodes name the master of slot ${slot} that is waited for`, async () => {
      const owners = await this.ownersOf(slot);
      node = owners.size === 1 ? this.nodes.find(({ port }) => owners.has(port)) : undefined;
      return node !== undefined && isIt(node);
    });
    return node as ClusterNode;
  }

  async slotOf(key: string): Promise<number> {
    return Number(await this.running[0]?.ask('CLUSTER', 'KEYSLOT', key));
  }

  /** The replica of a master. */
  async replicaOf(master: ClusterNode): Promise<ClusterNode> {
    for (const node of this.running) {
      const fields = infoFields(String(await node.ask('INFO', 'replication')));
      if (fields.get('master_port') === String(master.port)) return node;
    }
    throw new Error('the master has no replica');
  }

  /** A replica hears nothing more of its master, and may still be promoted. */
  async cutOff(replica: ClusterNode): Promise<void> {
    // The master wants no password, and refuses whoever names one.
    await replica.ask('CONFIG', 'SET', 'masterauth', 'none');
    await replica.ask('CLIENT', 'KILL', 'TYPE', 'master');
    await until('the replica has lost its master', async () => {
      const fields = infoFields(String(await replica.ask('INFO', 'replication')));
      return fields.get('master_link_status') === 'down';
    });
  }

  /** Waits until the nodes name another master of a key's slot. */
  async promotedInPlaceOf(before: ClusterNode, key: string): Promise<void> {
    await this.masterOf(key, (node) => node !== before);
    await this.agreed();
  }

  /**
   * Moves the slot of a key as `redis-cli --cluster reshard` does it: one key after the other.
   * @param pauseMs between two keys, for those that ask meanwhile
   */
  async moveSlot(key: string, to: ClusterNode, pauseMs = 0): Promise<void> {
    const { slot, from } = await this.beginMove(key, to);
    for (;;) {
      const keys = (await from.ask('CLUSTER', 'GETKEYSINSLOT', slot, 1)) as string[];
      const [next] = keys;
      if (next === undefined) break;
      await from.ask('MIGRATE', HOST, to.port, next, 0, MIGRATE_TIMEOUT_MS);
      await delay(pauseMs);
    }
    for (const node of [to, from]) await node.ask('CLUSTER', 'SETSLOT', slot, 'NODE', await to.id());
    // All nodes know: whoever moves it again asks any of them.
    await this.masterOf(key, (node) => node === to);
  }

  /** Begins to move the slot of a key, and leaves the move when that one key has gone. */
  async moveKey(key: string, to: ClusterNode): Promise<void> {
    const { from } = await this.beginMove(key, to);
    await from.ask('MIGRATE', HOST, to.port, key, 0, MIGRATE_TIMEOUT_MS);
  }

  private async beginMove(key: string, to: ClusterNode): Promise<{ slot: number; from: ClusterNode }> {
    const [slot, from] = [await this.slotOf(key), await this.masterOf(key)];
    await to.ask('CLUSTER', 'SETSLOT', slot, 'IMPORTING', await from.id());
    await from.ask('CLUSTER', 'SETSLOT', slot, 'MIGRATING', await to.id());
    return { slot, from };
  }

  /** Gives up the move of a key's slot: it is where it was, without what had gone, and all nodes that run say so. */
  async stable(key: string): Promise<void> {
    const slot = await this.slotOf(key);
    for (const node of this.running)
      await node.ask('CLUSTER', 'SETSLOT', slot, 'STABLE').catch(() => undefined);
    await this.masterOf(key, (node) => this.running.includes(node));
  }

  /**
   * Ports of the masters that have a slot, by what the nodes that run say. A node to which the slot is on its way is not asked: Redis 7.0
   * goes on naming the master that the slot was to come from, also when that one is lost.
   */
  private async ownersOf(slot: number): Promise<Set<number | undefined>> {
    const said = await Promise.all(
      this.running.map(async (node) => {
        if (String(await node.ask('CLUSTER', 'NODES')).includes(`[${slot}-<-`)) return [];
        return [ownerOf((await node.ask('CLUSTER', 'SLOTS')) as SlotRange[], slot)];
      }),
    );
    return new Set(said.flat());
  }

  /** Lets the server move the slot of a key as a whole: Valkey from version 9 on. @throws Error where the move fails */
  async moveWholeSlot(key: string, to: ClusterNode): Promise<void> {
    const [slot, from] = [await this.slotOf(key), await this.masterOf(key)];
    await from.ask('CLUSTER', 'MIGRATESLOTS', 'SLOTSRANGE', slot, slot, 'NODE', await to.id());
    // All nodes know: whoever moves it again asks any of them.
    await this.masterOf(key, (node) => node === to);
  }

  /** A replica that was cut off hears of its next master again. */
  async join(replica: ClusterNode): Promise<void> {
    await replica.ask('CONFIG', 'SET', 'masterauth', '');
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop('SIGKILL')));
  }
}
