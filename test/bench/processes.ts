import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What a process has used so far. */
export interface Usage {
  readonly cpuUs: number;
  /** Memory that is in RAM. */
  readonly residentBytes: number;
}

let ticksPerSecond: number | undefined;

const clockTicks = (): number =>
  (ticksPerSecond ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })));

const pageSize = (): number => Number(execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }));
let pageBytes: number | undefined;

/** Reads a line of /proc/PID/stat (proc(5)): utime and stime in clock ticks, rss in pages. */
export function parseStat(line: string, ticks: number, page: number): Usage {
  // The name in brackets may hold spaces and brackets.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const [user, system, pages] = [fields[11], fields[12], fields[21]].map(Number);
  return {
    cpuUs: (((user ?? 0) + (system ?? 0)) / ticks) * 1_000_000,
    residentBytes: (pages ?? 0) * page,
  };
}

/** @throws Error where the process is gone */
export function usageOf(pid: number): Usage {
  return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'), clockTicks(), (pageBytes ??= pageSize()));
}

/** CPU time of several processes since the meter began, by name. */
export class CpuMeter {
  private readonly began: ReadonlyMap<string, number>;

  constructor(private readonly pids: ReadonlyMap<string, readonly number[]>) {
    this.began = this.read();
  }

  /** Microseconds by name. */
  used(): Map<string, number> {
    const now = this.read();
    return new Map([...now].map(([name, us]) => [name, us - (this.began.get(name) ?? 0)]));
  }

  private read(): Map<string, number> {
    const sum = (pids: readonly number[]): number => pids.reduce((us, pid) => us + usageOf(pid).cpuUs, 0);
    return new Map([...this.pids].map(([name, pids]) => [name, sum(pids)]));
  }
}
