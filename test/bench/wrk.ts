import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../../src/common/root.js';
import { inherited } from '../../src/cli/demo/server.js';
import { PlainError, programPath, type Program } from '../harness/programs.js';
import { usageOf } from './processes.js';
import type { Latency } from './statistics.js';

export const WRK: Program = { names: ['wrk'], debianPackage: 'wrk' };

const SCRIPTS = join(ROOT, 'test', 'load');
const SAMPLE_MS = 100;

export interface Target {
  readonly port: number;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** A file of tokens, one a line and all of one length; without it none is sent. */
  readonly tokens?: string | undefined;
  /** In place of tokens: a file of JSON bodies, one a line and all of one length, and the token that is sent with each. */
  readonly bodies?: { readonly file: string; readonly token: string } | undefined;
  /** Token or body to begin with. */
  readonly first?: number | undefined;
}

export interface ClosedLoop {
  readonly connections: number;
  readonly threads: number;
  readonly seconds: number;
}

/** What wrk saw: every connection asks again as soon as it has its answer. */
export interface ClosedLoopResult extends Latency {
  readonly seconds: number;
  readonly answers: number;
  /** Answers with 400 and above. */
  readonly refused: number;
  readonly sent: number;
  /** How often the tokens or bodies came to their end and began anew. */
  readonly wrapped: number;
  /** Connections that failed, and answers that did not come within 2 s. */
  readonly broken: number;
  /** CPU time of the generator itself. */
  readonly cpuUs: number;
}

/** @throws PlainError where wrk is missing or fails */
export async function closedLoop(target: Target, load: ClosedLoop): Promise<ClosedLoopResult> {
  const { threads, connections, seconds } = load;
  const args = [`-t${threads}`, `-c${connections}`, `-d${seconds}s`];
  const script = join(SCRIPTS, 'closed-loop.wrk.lua');
  const { output, cpuUs } = await runWrk([...args, '-s', script, `http://127.0.0.1:${target.port}`], {
    METHOD: target.method,
    URL_PATH: target.path,
    FIRST: String(target.first ?? 0),
    ...(target.tokens === undefined ? {} : { TOKENS: target.tokens }),
    ...(target.bodies === undefined ? {} : { BODIES: target.bodies.file, TOKEN: target.bodies.token }),
  });
  const line = output.split('\n').find((text) => text.startsWith('{'));
  if (line === undefined) throw new PlainError(`wrk said nothing of its run:\n${output}`);
  return { ...(JSON.parse(line) as Omit<ClosedLoopResult, 'cpuUs'>), cpuUs };
}

/** @returns its output and the CPU time it used, to a tenth of a second before its end. @throws PlainError */
export async function runWrk(
  args: readonly string[],
  settings: Readonly<Record<string, string>>,
): Promise<{ readonly output: string; readonly cpuUs: number }> {
  const child = spawn(programPath(WRK), args, {
    env: { ...inherited(), ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString('utf8')));
  child.stderr.on('data', (data: Buffer) => (output += data.toString('utf8')));
  let cpuUs = 0;
  const sample = setInterval(() => {
    try {
      if (child.pid !== undefined) cpuUs = usageOf(child.pid).cpuUs;
    } catch {
      // gone between two looks
    }
  }, SAMPLE_MS);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code !== 0) throw new PlainError(`wrk failed (${code}):\n${output}`);
    return { output, cpuUs };
  } finally {
    clearInterval(sample);
    child.kill('SIGKILL');
  }
}
