import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ROOT } from '../../common/root.js';
import { PROGRAM } from '../program.js';
import { freePortNear, isFree } from '../free-ports.js';
import { PlainError } from '../plain-error.js';

export const CHEAP_HASHING = { PASSWORD_MEMORY_KIB: '8', PASSWORD_ITERATIONS: '1' };

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;
const LAST_LINES = 20;

/** The built server as a child process, with its log in a file. */
export class DemoServer {
  /** Rejects when the server ends without having been asked to. */
  readonly died: Promise<never>;
  private stopping = false;

  private constructor(
    readonly port: number,
    readonly opsPort: number,
    readonly logFile: string,
    private readonly child: ChildProcess,
  ) {
    this.died = new Promise((_, reject) => {
      child.once('exit', (code, signal) => {
        if (this.stopping) return;
        reject(
          new PlainError(`the server ended (${signal ?? code}); its last words:\n${lastLines(logFile)}`),
        );
      });
    });
    this.died.catch(() => undefined); // whoever races against it sees it
  }

  /** @param folder gets `data` and `server.log` */
  static async start(folder: string, extra: Readonly<Record<string, string>>): Promise<DemoServer> {
    const [port, opsPort] = [await chosenPort('PORT', 3000), await chosenPort('OPS_PORT', 9464)];
    const dataDir = join(folder, 'data');
    mkdirSync(dataDir, { recursive: true });
    const logFile = join(folder, 'server.log');
    const log = openSync(logFile, 'a');
    const child = spawn(process.execPath, [...PROGRAM], {
      // Not the caller's folder and settings: an .env there could lead the shoppers to a database that matters.
      cwd: folder,
      env: {
        ...inherited(),
        NODE_ENV: 'development',
        DATA_DIR: dataDir,
        PORT: String(port),
        OPS_PORT: String(opsPort),
        LOG_FORMAT: 'json',
        // Each shopper names an address of its own, so that the shoppers stay within the limits of addresses.
        TRUSTED_PROXIES: '127.0.0.1',
        // The shoppers keep their first tokens for the whole run, on slow machines too.
        ACCESS_TOKEN_TTL_S: '7200',
        ...CHEAP_HASHING,
        ...extra,
      },
      // A group of its own: Ctrl-C reaches this process alone, which then ends the server in order.
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    return new DemoServer(port, opsPort, logFile, child);
  }

  get address(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** @throws PlainError where the server ends or is not ready in time */
  async waitReady(): Promise<void> {
    const deadline = Date.now() + READY_TIMEOUT_MS;
    while ((await Promise.race([probe(`${this.address}/readyz`), this.died])) !== 200) {
      if (Date.now() > deadline) {
        throw new PlainError(
          `the server was not ready after ${READY_TIMEOUT_MS / 1_000} s:\n${lastLines(this.logFile)}`,
        );
      }
      await delay(100);
    }
  }

  async stop(): Promise<void> {
    this.stopping = true;
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const giveUp = setTimeout(() => this.child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await gone;
    clearTimeout(giveUp);
  }

  kill(): void {
    this.stopping = true;
    this.child.kill('SIGKILL');
  }
}

/**
 * The port that the caller's setting names, or else a free one near the usual one.
 * @throws PlainError where the setting is no port, or somebody listens there
 */
async function chosenPort(setting: 'PORT' | 'OPS_PORT', usual: number): Promise<number> {
  const text = process.env[setting] ?? '';
  if (text === '' || text === '0') return freePortNear(usual);
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new PlainError(`${setting}: must be a port from 1 to 65535`);
  if (!(await isFree(port))) throw new PlainError(`${setting}: port ${port} is in use; choose another one`);
  return port;
}

/** @throws PlainError with what the migration wrote where it fails */
export async function migrate(folder: string, extra: Readonly<Record<string, string>>): Promise<void> {
  const file = join(folder, 'migrate.log');
  const log = openSync(file, 'a');
  const child = spawn(process.execPath, [join(ROOT, 'dist/src/cli/migrate.js')], {
    cwd: folder,
    env: { ...inherited(), NODE_ENV: 'development', ...extra },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new PlainError(`the migration failed:\n${lastLines(file)}`);
}

export function lastLines(file: string): string {
  if (!existsSync(file)) return '(nothing)';
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-LAST_LINES).join('\n');
}

/** The variables of the caller that a program of ours may see. */
export function inherited(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ', 'NODE_OPTIONS'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

function probe(url: string): Promise<number> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: 2_000 }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(0));
  });
}
