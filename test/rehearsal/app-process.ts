import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inherited, lastLines } from '../../src/cli/demo/server.js';
import { PROGRAM } from '../../src/cli/program.js';
import { PlainError } from '../harness/programs.js';

const READY_TIMEOUT_MS = 90_000;
const RESTART_AFTER_MS = 200;

type Settings = Readonly<Record<string, string>>;

/** The built program under a supervisor: when it dies it is started again, without what was armed for its death. */
export class AppProcess {
  /** How often it died without having been told to. */
  deaths = 0;
  /** Whether this life has settings of its own. */
  special = false;
  /** What Node is told to run, from the next start on. */
  program: readonly string[] = PROGRAM;
  private child: ChildProcess | undefined;
  private stopping = false;

  constructor(
    readonly port: number,
    readonly opsPort: number,
    private readonly folder: string,
    private readonly settings: Settings,
    private readonly nodeOptions: readonly string[] = [],
  ) {}

  /** Starts the program. @param extra settings of this one life */
  start(extra: Settings = {}): void {
    this.stopping = false;
    this.special = Object.keys(extra).length > 0;
    const log = openSync(this.logFile, 'a');
    const child = spawn(process.execPath, [...this.nodeOptions, ...this.program], {
      cwd: this.folder,
      env: {
        ...inherited(),
        ...this.settings,
        PORT: String(this.port),
        OPS_PORT: String(this.opsPort),
        ...extra,
      },
      // A group of its own: Ctrl-C reaches the rehearsal alone, which then ends everything in order.
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.child = child;
    child.once('exit', () => {
      if (this.stopping || this.child !== child) return;
      this.deaths += 1;
      void delay(RESTART_AFTER_MS).then(() => {
        if (!this.stopping) this.start();
      });
    });
  }

  /** `undefined` while it does not run. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  get logFile(): string {
    return join(this.folder, `app-${this.port}.log`);
  }

  /** @throws PlainError where it is not ready in time, with its last words */
  async waitReady(): Promise<void> {
    const deadline = Date.now() + READY_TIMEOUT_MS;
    while (!(await this.isReady())) {
      if (Date.now() > deadline)
        throw new PlainError(
          `the process on port ${this.port} was not ready in time:\n${lastLines(this.logFile)}`,
        );
      await delay(50);
    }
  }

  async isReady(): Promise<boolean> {
    const signal = AbortSignal.timeout(2_000);
    const answer = await fetch(`http://127.0.0.1:${this.opsPort}/readyz`, { signal }).catch(() => undefined);
    return answer?.ok === true;
  }

  /** SIGSTOP, SIGCONT, or a death that the supervisor answers. */
  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  async stop(signal: NodeJS.Signals): Promise<void> {
    this.stopping = true;
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    const giveUp = setTimeout(() => child.kill('SIGKILL'), 20_000);
    await gone;
    clearTimeout(giveUp);
  }
}
