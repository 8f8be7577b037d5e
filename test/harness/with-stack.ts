import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { PlainError } from './programs.js';
import { Stack } from './stack.js';

/**
 * `node with-stack.js -- command args...` runs a command with a fresh stack of its own: the addresses stand in
 * DATABASE_URL, REDIS_URL and KAFKA_BROKERS, its folder in STACK_DIR. The stack ends with the command, whatever happens.
 */

let child: ChildProcess | undefined;
let interrupted: NodeJS.Signals | undefined;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // A terminal's Ctrl-C reaches the command by itself; the second one ends it for good.
    const again = interrupted !== undefined;
    interrupted = signal;
    if (again) child?.kill('SIGKILL');
    else if (signal !== 'SIGINT' || !process.stdin.isTTY) child?.kill(signal);
  });
}

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  if (args[0] === '--') args.shift();
  const [command, ...rest] = args;
  if (command === undefined) throw new PlainError('usage: with-stack -- command args...');

  const dir = mkdtempSync(join(tmpdir(), 'voucherconnect-stack-'));
  const stack = new Stack(dir);
  try {
    const began = Date.now();
    await stack.up();
    console.error(`stack: up in ${((Date.now() - began) / 1_000).toFixed(1)} s at ${dir}`);
    if (interrupted) return statusOf(interrupted);
    return await runCommand(command, rest, { ...process.env, ...stack.env(), STACK_DIR: dir });
  } finally {
    // Its data goes with it, so there is nothing to flush.
    await stack.down('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  }
}

function runCommand(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const path = [resolve('node_modules', '.bin'), env['PATH'] ?? ''].join(delimiter);
  return new Promise((done, fail) => {
    child = spawn(command, args, { stdio: 'inherit', env: { ...env, PATH: path } });
    child.once('error', (error) => fail(new PlainError(`cannot run ${command}: ${error.message}`)));
    child.once('exit', (code, signal) => done(code ?? (signal ? statusOf(signal) : 1)));
  });
}

/** What a shell reports for a command that a signal ended. */
const statusOf = (signal: NodeJS.Signals): number => 128 + constants.signals[signal];

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof PlainError ? error.message : error);
  process.exitCode = 1;
}
