import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../src/cli/free-ports.js';
import { ROOT } from '../../src/common/root.js';
import { PATIENCE_MS } from './patience.js';

const PORT_ATTEMPTS = 3;

/** A process of the built program, as an operator runs it. */
export class Instance {
  readonly url: string;
  readonly opsUrl: string;
  log = '';
  private readonly child: ChildProcess;

  private constructor(
    private readonly port: number,
    private readonly opsPort: number,
    private readonly env: Readonly<Record<string, string>>,
  ) {
    this.url = `http://127.0.0.1:${port}`;
    this.opsUrl = `http://127.0.0.1:${opsPort}`;
    this.child = spawn(process.execPath, [join(ROOT, 'dist', 'src', 'main.js')], {
      cwd: ROOT,
      env: {
        ...process.env,
        NODE_ENV: 'test',
        LOG_FORMAT: 'json',
        PASSWORD_MEMORY_KIB: '8',
        PASSWORD_ITERATIONS: '1',
        TRUSTED_PROXIES: '127.0.0.1',
        PORT: String(port),
        OPS_PORT: String(opsPort),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.log = (this.log + chunk.toString()).slice(-200_000)));
    }
  }

  static async spawn(env: Readonly<Record<string, string>>): Promise<Instance> {
    return new Instance(await freePort(), await freePort(), env);
  }

  /** Starts a process and waits until every part is ready. One that does not get there is ended: Jest waits for what it has started. */
  static async start(env: Readonly<Record<string, string>>): Promise<Instance> {
    for (let attempt = 1; ; attempt++) {
      const instance = await Instance.spawn(env);
      try {
        return await instance.started();
      } catch (error) {
        // Suites that run beside this one take ports from the same range, between the choice and the start.
        if (attempt === PORT_ATTEMPTS || !/port \d+ on .* is in use/.test(instance.log)) throw error;
      }
    }
  }

  /** Several, beside each other: all, or none. */
  static async startAll<T extends Readonly<Record<string, string>>[]>(
    ...envs: T
  ): Promise<{ [N in keyof T]: Instance }> {
    const starts = await Promise.allSettled(envs.map((env) => Instance.start(env)));
    const instances = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
    const failed = starts.find((start) => start.status === 'rejected');
    if (!failed) return instances as { [N in keyof T]: Instance };
    await Promise.all(instances.map((instance) => instance.kill()));
    throw failed.reason;
  }

  /** The same again, at the same address: for a process that was killed. */
  async again(): Promise<Instance> {
    return new Instance(this.port, this.opsPort, this.env).started();
  }

  private async started(): Promise<this> {
    try {
      await this.ready();
      return this;
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  async ready(): Promise<void> {
    const until = Date.now() + PATIENCE_MS;
    let last = '';
    while (Date.now() < until) {
      if (this.child.exitCode !== null) throw new Error(`the process ended:\n${this.log.slice(-3_000)}`);
      const report = await fetch(`${this.opsUrl}/readyz`).catch(() => undefined);
      if (report?.ok) return;
      last = (await report?.text()) ?? 'no answer';
      await delay(100);
    }
    throw new Error(`not ready: ${last}\n${this.log.slice(-3_000)}`);
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the process did not start');
    return this.child.pid;
  }

  /** SIGSTOP and SIGCONT: does not wait. */
  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** @returns the exit code */
  async exited(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
    return this.child.exitCode;
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    this.child.kill(signal);
    return this.exited();
  }

  /** The value of a metric summed over its labels; 0 where it was never counted. */
  async metric(name: string, labels = ''): Promise<number> {
    const text = await (await fetch(`${this.opsUrl}/metrics`)).text();
    return text
      .split('\n')
      .filter((line) => line.startsWith(`voucherconnect_${name}`) && line.includes(labels))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }
}
