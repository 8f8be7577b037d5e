import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { GatewayServer } from './gateway.js';
import { hasKafka } from './kafka-distribution.js';
import { parseEditions } from './editions.js';
import { JAVA, MAVEN, NGINX, REDIS, requirePrograms } from './programs.js';
import { useEditions } from './server-packages.js';
import type { ServerProcess } from './server-process.js';
import { KafkaServer, MariaDbServer, MySqlServer, RedisServer, type DatabaseServer } from './servers.js';

export interface Ports {
  readonly database?: number | undefined;
  readonly redis?: number | undefined;
  readonly kafka?: number | undefined;
  readonly gateway?: number | undefined;
}

/** MariaDB unless `STACK_SERVERS` names MySQL. */
export const takesMySql = (): boolean =>
  parseEditions(process.env['STACK_SERVERS']).some(({ name }) => name.startsWith('mysql'));

export interface ServerStatus {
  readonly name: string;
  readonly state: 'up' | 'not answering' | 'down';
  readonly port: number | undefined;
  readonly pid: number | undefined;
}

/**
 * The three servers of one state folder, and the gateway where one is asked for. Any process may open the folder: tests that run inside `with-stack` do so
 * with `new Stack(process.env.STACK_DIR)` and may stop, kill or restart one server on its port and data.
 */
export class Stack {
  readonly dir: string;
  readonly database: DatabaseServer;
  readonly redis: RedisServer;
  readonly kafka: KafkaServer;
  readonly gateway: GatewayServer | undefined;

  /**
   * @param gatewayIn makes the gateway, given its folder
   * @param databaseOptions of the database's command line
   */
  constructor(
    dir: string,
    gatewayIn?: (dir: string) => GatewayServer,
    databaseOptions: readonly string[] = [],
  ) {
    this.dir = resolve(dir);
    this.database = takesMySql()
      ? new MySqlServer(join(this.dir, 'mysql'), databaseOptions)
      : new MariaDbServer(join(this.dir, 'mariadb'), databaseOptions);
    this.redis = new RedisServer(join(this.dir, 'redis'));
    this.kafka = new KafkaServer(join(this.dir, 'kafka'));
    this.gateway = gatewayIn?.(join(this.dir, 'gateway'));
  }

  get servers(): readonly ServerProcess[] {
    return [this.database, this.redis, this.kafka, ...(this.gateway ? [this.gateway] : [])];
  }

  get envFile(): string {
    return join(this.dir, 'stack.env');
  }

  /**
   * Starts what does not run and waits until everything answers.
   * @returns names of the servers that were started; empty when all ran already
   * @throws PlainError, after ending what this call had started
   */
  async up(ports: Ports = {}): Promise<string[]> {
    await useEditions();
    const running = new Set(this.servers.filter((server) => server.pid !== undefined));
    const toStart = this.servers.filter((server) => !running.has(server));
    if (toStart.length > 0) {
      const nginx = this.gateway ? [NGINX] : [];
      requirePrograms([...this.database.programs, REDIS, JAVA, ...nginx, ...(hasKafka() ? [] : [MAVEN])]);
    }
    mkdirSync(this.dir, { recursive: true });
    // One after the other: each looks for free ports that the ones before it have not taken yet.
    for (const server of this.servers) await server.choosePort(ports[this.roleOf(server)]);
    const results = await Promise.allSettled(
      this.servers.map(async (server) => {
        await server.start();
        await server.waitReady();
      }),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) {
      await Promise.all(toStart.map((server) => server.stop('SIGKILL')));
      throw failed.reason;
    }
    writeFileSync(
      this.envFile,
      `${Object.entries(this.env())
        .map(([name, value]) => `${name}=${value}`)
        .join('\n')}\n`,
    );
    return toStart.map((server) => server.name);
  }

  /** @returns names of the servers that were ended */
  async down(signal: NodeJS.Signals = 'SIGTERM'): Promise<string[]> {
    const ended = await Promise.all(this.servers.map((server) => server.stop(signal)));
    return this.servers.filter((_, i) => ended[i]).map((server) => server.name);
  }

  async status(): Promise<ServerStatus[]> {
    return Promise.all(
      this.servers.map(async (server) => {
        const pid = server.pid;
        const known = existsSync(join(server.dir, 'process.json'));
        const state = pid === undefined ? 'down' : (await server.isReady()) ? 'up' : 'not answering';
        return { name: server.name, state, port: known ? server.port : undefined, pid };
      }),
    );
  }

  private roleOf(server: ServerProcess): keyof Ports {
    return server === this.database ? 'database' : (server.name as keyof Ports);
  }

  /** The settings that lead a server of ours to this stack. */
  env(): Record<'DATABASE_URL' | 'REDIS_URL' | 'KAFKA_BROKERS', string> & { TRUSTED_PROXIES?: string } {
    return {
      DATABASE_URL: this.database.url,
      REDIS_URL: this.redis.url,
      KAFKA_BROKERS: this.kafka.brokers,
      // The gateway tells who the client is.
      ...(this.gateway ? { TRUSTED_PROXIES: '127.0.0.1' } : {}),
    };
  }
}
