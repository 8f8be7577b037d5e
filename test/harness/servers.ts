import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureKafka, kafkaFolder } from './kafka-distribution.js';
import { JAVA, PlainError, programPath, REDIS } from './programs.js';
import { ServerProcess, type Command } from './server-process.js';

export { DATABASE_NAME, DatabaseServer, MariaDbServer, MySqlServer } from './database-servers.js';
export { ServerProcess } from './server-process.js';

const HOST = '127.0.0.1';
const PROBE_TIMEOUT_MS = 1_000;
const run = promisify(execFile);

/** Redis with an append-only file that is flushed every second, without snapshots. */
export class RedisServer extends ServerProcess {
  readonly name = 'redis';

  get url(): string {
    return `redis://${HOST}:${this.port}/0`;
  }

  protected async prepare(): Promise<void> {
    programPath(REDIS);
    mkdirSync(this.dataDir, { recursive: true });
  }

  protected command(): Command {
    const network = ['--bind', HOST, '--port', String(this.port), '--tcp-backlog', '511'];
    const durability = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'everysec'];
    // Writing the file anew takes a processor for a second or more: not in the middle of a drop (docs/adr/0034).
    const rewrites = ['--auto-aof-rewrite-min-size', '512mb'];
    return {
      program: programPath(REDIS),
      args: [...network, ...durability, ...rewrites, '--dir', this.dataDir],
    };
  }

  protected async answers(): Promise<boolean> {
    return (await exchange(this.port, 'PING\r\n')).startsWith('+PONG');
  }

  /** The file that writes are appended to, and its size, bytes: to cut its end off while the server is stopped. */
  get appendOnlyFile(): { readonly path: string; readonly size: number } {
    const folder = join(this.dataDir, 'appendonlydir'); // Redis 7 and later
    const newest = existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => name.endsWith('.incr.aof'))
          .sort((a, b) => Number(a.split('.').at(-3)) - Number(b.split('.').at(-3)))
          .at(-1)
      : undefined;
    const path = newest ? join(folder, newest) : join(this.dataDir, 'appendonly.aof');
    return { path, size: statSync(path).size };
  }

  /** Redis rewrites its command line to `redis-server 127.0.0.1:6379`, Valkey likewise. */
  protected owns(commandLine: string): boolean {
    const port = `(:${this.port}|--port ${this.port})( |$)`;
    return new RegExp(`(redis|valkey)-server.*${port}`).test(commandLine);
  }
}

/** Kafka as one process that is broker and controller (KRaft). Topics are created by programs, never by accident. */
export class KafkaServer extends ServerProcess {
  readonly name = 'kafka';

  get brokers(): string {
    return `${HOST}:${this.port}`;
  }

  protected override get needsInnerPort(): boolean {
    return true;
  }

  /** What its data folder is marked with. */
  protected get clusterId(): string {
    return newClusterId();
  }

  protected async prepare(): Promise<void> {
    const java = programPath(JAVA);
    const jars = await ensureKafka();
    const lines = Object.entries(this.settings()).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(this.propertiesFile, lines.join(''));
    if (existsSync(join(this.dataDir, 'meta.properties'))) return;
    rmSync(this.dataDir, { recursive: true, force: true });
    const tool = ['kafka.tools.StorageTool', 'format', '-t', this.clusterId, '-c', this.propertiesFile];
    await run(java, ['-Xmx256m', ...FAST_START, '-cp', `${jars}/*`, ...tool]).catch(
      (error: Error & { stderr?: string }) => {
        throw new PlainError(
          `Kafka's StorageTool failed: ${(error.stderr || error.message).trim().split('\n')[0]}`,
        );
      },
    );
  }

  protected command(): Command {
    const heap = ['-Xms512m', '-Xmx1g', ...FAST_START];
    const args = [...heap, '-cp', `${kafkaFolder()}/*`, 'kafka.Kafka', this.propertiesFile];
    return { program: programPath(JAVA), args };
  }

  protected async answers(): Promise<boolean> {
    // The broker says so once the controller has admitted it; its port is open earlier.
    return this.logSinceStart().includes('Kafka Server started') && (await accepts(this.port));
  }

  protected owns(commandLine: string): boolean {
    return commandLine.includes(`kafka.Kafka ${this.propertiesFile}`);
  }

  private get propertiesFile(): string {
    return join(this.dir, 'server.properties');
  }

  /** The lines of its properties file. */
  protected settings(): Record<string, string | number> {
    return {
      'process.roles': 'broker,controller',
      'node.id': 1,
      'controller.quorum.voters': `1@${HOST}:${this.innerPort}`,
      listeners: `PLAINTEXT://${this.brokers},CONTROLLER://${HOST}:${this.innerPort}`,
      'advertised.listeners': `PLAINTEXT://${this.brokers}`,
      'controller.listener.names': 'CONTROLLER',
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      'log.dirs': this.dataDir,
      'auto.create.topics.enable': 'false',
      'offsets.topic.num.partitions': 4,
      'offsets.topic.replication.factor': 1,
      'transaction.state.log.num.partitions': 4,
      'transaction.state.log.replication.factor': 1,
      'transaction.state.log.min.isr': 1,
      'share.coordinator.state.topic.replication.factor': 1,
      'share.coordinator.state.topic.min.isr': 1,
      'group.initial.rebalance.delay.ms': 0,
      // After a kill -9 the controller waits for the old session to end before it admits the broker again.
      'broker.session.timeout.ms': 3_000,
      'broker.heartbeat.interval.ms': 500,
    };
  }
}

/** For minutes at most: compiling for the best speed would take more of two cores than it gives back (docs/adr/0036). */
const FAST_START = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];

/** 16 random bytes in URL-safe base 64; Kafka's own never begin with a dash, which tools would read as an option. */
export function newClusterId(): string {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? newClusterId() : id;
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: HOST, timeout: PROBE_TIMEOUT_MS });
    const end = (open: boolean) => () => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  });

const exchange = (port: number, text: string): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: HOST, timeout: PROBE_TIMEOUT_MS });
    const end = (answer: string): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => socket.write(text));
    socket.once('data', (data) => end(data.toString('latin1')));
    socket.once('error', () => end('')).once('timeout', () => end(''));
  });
