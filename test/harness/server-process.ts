import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, isFree } from '../../src/cli/free-ports.js';
import { PlainError } from './programs.js';

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

/** What outlives this process, in `process.json` of the server's folder. */
interface ProcessRecord {
  readonly port: number;
  /** A second port, where the server needs one. */
  readonly innerPort?: number;
  readonly pid?: number;
  /** Where in the log the last start begins. */
  readonly logOffset: number;
}

const STOP_TIMEOUT_MS = 30_000;
const POLL_MS = 50;

/**
 * A server as a plain process of its own session: it outlives the process that started it, and any other process finds
 * it again by its folder. Nothing is ever signalled by name: only the recorded pid, and only while that pid still is
 * this very server.
 */
export abstract class ServerProcess {
  readonly dir: string;
  abstract readonly name: string;
  private child: ChildProcess | undefined;

  /** @param dir the server's own folder: data, log and process record */
  constructor(dir: string) {
    this.dir = resolve(dir);
  }

  /** Creates what the first start needs; cheap when it is there already. */
  protected abstract prepare(): Promise<void>;
  protected abstract command(): Command;
  /** One short attempt to talk to the server. */
  protected abstract answers(): Promise<boolean>;
  /** Whether a command line is that of this server. */
  protected abstract owns(commandLine: string): boolean;
  protected get needsInnerPort(): boolean {
    return false;
  }

  /** @throws Error before a port was chosen by `choosePort` or `start` */
  get port(): number {
    const port = this.record()?.port;
    if (port === undefined) throw new Error(`${this.name} has no port yet`);
    return port;
  }

  /** The running server's process id; `undefined` when it is not running. */
  get pid(): number | undefined {
    const pid = this.record()?.pid;
    return pid !== undefined && this.owns(commandLineOf(pid)) ? pid : undefined;
  }

  get logFile(): string {
    return join(this.dir, `${this.name}.log`);
  }

  /**
   * Fixes the port for the next start: the given one, else the one it had before, else a free one.
   * @throws PlainError where the given port is taken, or the server already runs on another one
   */
  async choosePort(given?: number): Promise<number> {
    const before = this.record();
    if (this.pid !== undefined && before) {
      if (given === undefined || given === before.port) return before.port;
      throw new PlainError(`${this.name} already runs on port ${before.port}; stop it first`);
    }
    if (given !== undefined && !(await isFree(given)))
      throw new PlainError(`${this.name}: port ${given} is taken`);
    const port = given ?? (await this.reusable(before?.port)) ?? (await freePort());
    const innerPort = this.needsInnerPort
      ? ((await this.reusable(before?.innerPort)) ?? (await freePort()))
      : undefined;
    this.write({ port, logOffset: 0, ...(innerPort === undefined ? {} : { innerPort }) });
    return port;
  }

  /** Starts the process on its port and data; does nothing when it runs. `waitReady` tells when it answers. */
  async start(): Promise<void> {
    if (this.pid !== undefined) return;
    mkdirSync(this.dir, { recursive: true });
    if (!this.record()) await this.choosePort();
    await this.prepare();
    const { program, args } = this.command();
    const logOffset = existsSync(this.logFile) ? statSync(this.logFile).size : 0;
    const log = openSync(this.logFile, 'a');
    try {
      const child = spawn(program, args, { cwd: this.dir, detached: true, stdio: ['ignore', log, log] });
      await once(child, 'spawn');
      child.unref();
      this.child = child;
      this.write({ ...this.mustRecord(), logOffset, ...(child.pid === undefined ? {} : { pid: child.pid }) });
    } finally {
      closeSync(log);
    }
  }

  /** One probe. */
  async isReady(): Promise<boolean> {
    return this.pid !== undefined && (await this.answers().catch(() => false));
  }

  /** @throws PlainError where the process ends, or does not answer in time, with the end of its log */
  async waitReady(timeoutMs = 60_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!(await this.isReady())) {
      if (this.isGone) throw new PlainError(`${this.name} ended while starting${this.lastWords()}`);
      if (Date.now() > deadline) {
        throw new PlainError(`${this.name} gave no answer for ${timeoutMs / 1_000} s${this.lastWords()}`);
      }
      await delay(POLL_MS);
    }
  }

  /** Sends a signal and does not wait: SIGSTOP and SIGCONT make a server hang and wake up. */
  signal(signal: NodeJS.Signals): boolean {
    const pid = this.pid;
    return pid !== undefined && sendSignal(pid, signal);
  }

  /**
   * Sends `signal` and waits until the process is gone; one that does not go is killed.
   * @returns false where it was not running
   */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<boolean> {
    const pid = this.pid;
    if (pid === undefined || !this.signal(signal)) return false;
    const deadline = Date.now() + STOP_TIMEOUT_MS;
    while (!hasEnded(pid)) {
      if (Date.now() > deadline) this.signal('SIGKILL');
      await delay(POLL_MS);
    }
    this.child = undefined;
    return true;
  }

  /** Removes all data of a server that is stopped: its next start is on the same port, and empty. */
  wipe(): void {
    if (this.pid !== undefined) throw new Error(`${this.name} runs; stop it first`);
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** Takes over the data of another server of its kind; both are stopped. */
  takeData(from: this): void {
    if (from.pid !== undefined) throw new Error(`${from.name} runs; stop it first`);
    this.wipe();
    renameSync(from.dataDir, this.dataDir);
  }

  get dataDir(): string {
    return join(this.dir, 'data');
  }

  protected get innerPort(): number {
    const port = this.record()?.innerPort;
    if (port === undefined) throw new Error(`${this.name} has no inner port yet`);
    return port;
  }

  /** What the server wrote since its last start. */
  protected logSinceStart(): string {
    if (!existsSync(this.logFile)) return '';
    return readFileSync(this.logFile)
      .subarray(this.record()?.logOffset ?? 0)
      .toString('utf8');
  }

  /** Linux shows no command line of a process while that becomes another program, or writes its title: it has not ended. */
  private get isGone(): boolean {
    const pid = this.record()?.pid;
    if (pid === undefined || hasEnded(pid)) return true;
    const commandLine = commandLineOf(pid);
    return commandLine.trim() !== '' && !this.owns(commandLine);
  }

  private async reusable(port: number | undefined): Promise<number | undefined> {
    return port !== undefined && (await isFree(port)) ? port : undefined;
  }

  private lastWords(): string {
    const lines = this.logSinceStart()
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
    // MariaDB's last word is "Aborting"; why stands before it.
    const errors = lines.filter((line) => /error|fatal|exception/i.test(line)).slice(-3);
    const telling = errors.length > 0 ? errors.join(' / ') : lines.at(-1);
    const exit = this.child?.exitCode ?? this.child?.signalCode;
    return `${exit === undefined || exit === null ? '' : ` (${exit})`}${telling ? `: ${telling}` : ''}; log: ${this.logFile}`;
  }

  private get recordFile(): string {
    return join(this.dir, 'process.json');
  }

  private record(): ProcessRecord | undefined {
    if (!existsSync(this.recordFile)) return undefined;
    return JSON.parse(readFileSync(this.recordFile, 'utf8')) as ProcessRecord;
  }

  private mustRecord(): ProcessRecord {
    const record = this.record();
    if (!record) throw new Error(`${this.name} has no process record`);
    return record;
  }

  private write(record: ProcessRecord): void {
    mkdirSync(this.dir, { recursive: true });
    // Renamed into place: readers in other processes never see half a file.
    const temporary = `${this.recordFile}.${process.pid}`;
    writeFileSync(temporary, `${JSON.stringify(record)}\n`);
    renameSync(temporary, this.recordFile);
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/**
 * Whether a process has let go of its ports and files. Its command line goes earlier than those, the process id of one
 * whose parent does not wait for it goes never (a zombie).
 */
function hasEnded(pid: number): boolean {
  if (process.platform !== 'linux') return !sendSignal(pid, 0);
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Of a program with threads the first may be a zombie while another one still holds what they share, such as the port.
    return (
      /^[ZX]$/.test(stat.charAt(stat.lastIndexOf(')') + 2)) && readdirSync(`/proc/${pid}/task`).length <= 1
    );
  } catch {
    return true;
  }
}

/** A process's command line with spaces between the arguments; empty for one that is gone or a zombie. */
function commandLineOf(pid: number): string {
  if (process.platform !== 'linux') {
    return spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '';
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
