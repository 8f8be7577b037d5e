import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { ROOT } from '../../src/common/root.js';
import { kafkaVersion } from '../harness/kafka-distribution.js';
import { MARIADBD, MYSQLD, programPath, REDIS } from '../harness/programs.js';
import { takesMySql } from '../harness/stack.js';

/** Numbers mean little without the machine they come from. */
export function machine(): string {
  const gib = Math.round(totalmem() / 2 ** 30);
  return [
    `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores for everything, ${gib} GiB`,
    `Linux ${release()}`,
    `Node ${process.version}`,
    takesMySql()
      ? `MySQL ${version(programPath(MYSQLD), /Ver ([\d.]+)/)}`
      : `MariaDB ${version(programPath(MARIADBD), /Ver ([\d.]+)/)}`,
    `Redis ${version(programPath(REDIS), /v=([\d.]+)/)}`,
    `Kafka ${kafkaVersion()}`,
  ].join('; ');
}

function version(program: string, pattern: RegExp): string {
  try {
    return pattern.exec(execFileSync(program, ['--version'], { encoding: 'utf8' }))?.[1] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

/**
 * @returns tells which part of the processors' time, 0 to 1, the machine below us has given to others since this call: steal time, see
 * proc_stat(5); 0 on a machine of one's own
 */
export function stolenSince(): () => number {
  const before = processorTicks();
  return () => {
    const now = processorTicks();
    return (now.stolen - before.stolen) / Math.max(1, now.all - before.all);
  };
}

function processorTicks(): { readonly all: number; readonly stolen: number } {
  const [, line = ''] = /^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8')) ?? [];
  // user, nice, system, idle, iowait, irq, softirq, steal; guests are in user and nice
  const ticks = line.split(' ').slice(0, 8).map(Number);
  return { all: ticks.reduce((sum, count) => sum + count, 0), stolen: ticks[7] ?? 0 };
}

/** What was measured: the commit, and whether it was changed since. */
export function commit(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no') !== '';
    return `${git('rev-parse', '--short=10', 'HEAD')}${changed ? ' with changes' : ''}`;
  } catch {
    return (JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as { version: string }).version;
  }
}
