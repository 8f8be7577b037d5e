import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { ROOT } from '../../shared/root.js';
import { KAFKA_VERSION } from '../stack/kafka-distribution.js';
import { MARIADBD, programPath, REDIS } from '../stack/programs.js';

/** Numbers mean little without the machine they come from. */
export function machine(): string {
  const gib = Math.round(totalmem() / 2 ** 30);
  return [
    `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores for everything, ${gib} GiB`,
    `Linux ${release()}`,
    `Node ${process.version}`,
    `MariaDB ${version(programPath(MARIADBD), /Ver ([\d.]+)/)}`,
    `Redis ${version(programPath(REDIS), /v=([\d.]+)/)}`,
    `Kafka ${KAFKA_VERSION}`,
  ].join('; ');
}

function version(program: string, pattern: RegExp): string {
  try {
    return pattern.exec(execFileSync(program, ['--version'], { encoding: 'utf8' }))?.[1] ?? 'unknown';
  } catch {
    return 'unknown';
  }
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
