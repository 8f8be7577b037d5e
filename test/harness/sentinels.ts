import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { until } from './replication.js';
import { programPath, REDIS } from './programs.js';
import { ServerProcess, type Command } from './server-process.js';
import type { RedisServer } from './servers.js';

const HOST = '127.0.0.1';
const NAME = 'main';
const QUORUM = 2;

/** One of several sentinels that watch over the same primary. */
export class SentinelServer extends ServerProcess {
  readonly name = 'sentinel';

  constructor(
    dir: string,
    private readonly primary: RedisServer,
  ) {
    super(dir);
  }

  protected async prepare(): Promise<void> {
    programPath(REDIS);
    mkdirSync(this.dataDir, { recursive: true });
    if (existsSync(this.configFile)) return; // it writes its state there
    const lines = [
      `port ${this.port}`,
      `bind ${HOST}`,
      `dir ${this.dataDir}`,
      `sentinel monitor ${NAME} ${HOST} ${this.primary.port} ${QUORUM}`,
      `sentinel down-after-milliseconds ${NAME} 1000`,
      `sentinel failover-timeout ${NAME} 3000`,
      `sentinel parallel-syncs ${NAME} 1`,
    ];
    writeFileSync(this.configFile, lines.map((line) => `${line}\n`).join(''));
  }

  protected command(): Command {
    return { program: programPath(REDIS), args: [this.configFile, '--sentinel'] };
  }

  protected async answers(): Promise<boolean> {
    return (await this.ask('PING')) === 'PONG';
  }

  /** Redis rewrites its command line to `redis-server 127.0.0.1:26379 [sentinel]`. */
  protected owns(commandLine: string): boolean {
    return commandLine.includes(this.configFile) || commandLine.includes(`:${this.port} [sentinel]`);
  }

  private get configFile(): string {
    return join(this.dir, 'sentinel.conf');
  }

  async ask(command: string, ...args: string[]): Promise<unknown> {
    const client = new Redis(this.port, HOST, { maxRetriesPerRequest: 0, enableReadyCheck: false });
    client.on('error', () => undefined);
    try {
      return await client.call(command, ...args);
    } finally {
      client.disconnect();
    }
  }
}

/** A primary, its replica and three sentinels. */
export class WatchedPair {
  readonly sentinels: readonly SentinelServer[];

  constructor(
    dir: string,
    readonly servers: readonly [RedisServer, RedisServer],
  ) {
    this.sentinels = [1, 2, 3].map((n) => new SentinelServer(join(dir, `sentinel${n}`), servers[0]));
  }

  get url(): string {
    return `redis+sentinel://${this.sentinels.map(({ port }) => `${HOST}:${port}`).join(',')}/${NAME}?db=0`;
  }

  /** The sentinels of servers that run and follow each other; waits until they could fail over. */
  async watch(): Promise<void> {
    for (const sentinel of this.sentinels) {
      await sentinel.choosePort();
      await sentinel.start();
      await sentinel.waitReady();
    }
    await this.settled();
  }

  /** The server that the sentinels call the primary. */
  async primary(): Promise<RedisServer> {
    const answers = await Promise.all(
      this.sentinels.map((sentinel) => sentinel.ask('SENTINEL', 'get-master-addr-by-name', NAME)),
    );
    const ports = new Set(answers.map((answer) => Number((answer as string[])[1])));
    const found = this.servers.find(({ port }) => ports.size === 1 && ports.has(port));
    if (!found) throw new Error('the sentinels do not agree on the primary yet');
    return found;
  }

  async replica(): Promise<RedisServer> {
    const primary = await this.primary();
    const other = this.servers.find((server) => server !== primary);
    if (!other) throw new Error('there is no replica');
    return other;
  }

  /** Has the replica promoted, as an operator does it. */
  async failOver(): Promise<void> {
    const before = await this.primary();
    await until('the sentinels agree to fail over', async () => {
      const answer = await this.sentinels[0]?.ask('SENTINEL', 'FAILOVER', NAME).catch(() => undefined);
      return answer === 'OK';
    });
    await this.promotedInPlaceOf(before);
  }

  async promotedInPlaceOf(before: RedisServer): Promise<void> {
    await until('the sentinels have another primary', async () => {
      const now = await this.primary().catch(() => before);
      return now !== before;
    });
  }

  /** Waits until all sentinels know each other and a replica that is well: before, nobody would be promoted. */
  async settled(): Promise<void> {
    await until('the sentinels know a replica that could be promoted', async () => {
      const answers = await Promise.all(
        this.sentinels.map(async (sentinel) => {
          const quorum = String(await sentinel.ask('SENTINEL', 'CKQUORUM', NAME).catch(() => ''));
          const [replica] = (await sentinel.ask('SENTINEL', 'REPLICAS', NAME)) as string[][];
          const fields = new Map(pairs(replica ?? []));
          return (
            quorum.startsWith('OK 3 usable') &&
            fields.get('flags') === 'slave' &&
            fields.get('master-link-status') === 'ok'
          );
        }),
      );
      return answers.every(Boolean);
    });
  }

  async stop(): Promise<void> {
    await Promise.all([...this.sentinels, ...this.servers].map((server) => server.stop('SIGKILL')));
  }
}

const pairs = (flat: readonly string[]): [string, string][] =>
  flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] ?? '']] : []));
