import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ROOT } from '../../src/common/root.js';
import { inherited, lastLines } from '../../src/cli/demo/server.js';
import { freePort, isFree } from '../../src/cli/free-ports.js';
import { PlainError } from '../harness/programs.js';

export type BaselineName = 'f0' | 'f1' | 'f1b' | 'f5' | 'direct';

const READY_TIMEOUT_MS = 20_000;

/** A baseline as a process of its own, as bare as its file in `baselines/`. */
export class Baseline {
  private constructor(
    readonly name: BaselineName,
    readonly port: number,
    private readonly child: ChildProcess,
  ) {}

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** @throws PlainError where it does not listen in time */
  static async start(
    name: BaselineName,
    folder: string,
    env: Readonly<Record<string, string>>,
  ): Promise<Baseline> {
    const port = await freePort();
    const logFile = join(folder, `${name}.log`);
    const log = openSync(logFile, 'a');
    const child = spawn(process.execPath, [join(ROOT, `dist/test/bench/baselines/${name}.js`)], {
      env: { ...inherited(), ...env, NODE_ENV: 'production', PORT: String(port) },
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    const deadline = Date.now() + READY_TIMEOUT_MS;
    while (await isFree(port)) {
      if (child.exitCode !== null || Date.now() > deadline) {
        child.kill('SIGKILL');
        throw new PlainError(`the baseline ${name} did not start:\n${lastLines(logFile)}`);
      }
      await delay(50);
    }
    return new Baseline(name, port, child);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL'); // it holds nothing
    await gone;
  }
}
