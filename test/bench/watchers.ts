/**
 * npm run watchers -- --count 10000 [--seconds 30]: opens so many streams of remaining stock to one process of the built
 * program, and prints what they cost it. The program runs in a child process and the clients here, on loopback; memory and CPU are those
 * of the child, from /proc (Linux).
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { VoucherConnect } from '../../clients/typescript/src/index.js';
import { tokenOf } from '../../src/cli/demo/sessions.js';
import { ROOT } from '../../src/common/root.js';
import { openWatcher } from './watcher-socket.js';

const OPENING_AT_ONCE = 200;
const START_MS = 60_000;
/** USER_HZ, which Linux fixes for programs (proc(5)). */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4_096;

interface Usage {
  readonly rssMb: number;
  readonly cpuS: number;
}

interface Window {
  readonly what: string;
  readonly rssMb: number;
  readonly cpuPercent: number;
}

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '30' },
  },
});
const count = Number(values.count);
const seconds = Number(values.seconds);
if (!(count > 0 && count <= 25_000 && seconds >= 1)) {
  process.stderr.write('--count 1 to 25000 (ports of one address), --seconds 1 or more\n');
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'voucherconnect-watchers-'));
const { child, url } = await start();
const sockets: Socket[] = [];
try {
  const pid = child.pid ?? 0;
  const api = await merchant(new VoucherConnect({ baseUrl: url, retry: { retries: 0 } }));
  const drop = await liveVoucher(api);
  const windows: Window[] = [await watch('no watcher', pid, seconds)];
  const seen = { bytes: 0, events: 0, closed: 0 };
  const began = performance.now();
  for (let opened = 0; opened < count; opened += OPENING_AT_ONCE) {
    const batch = Math.min(OPENING_AT_ONCE, count - opened);
    sockets.push(...(await Promise.all(Array.from({ length: batch }, () => openWatcher(url, drop, seen)))));
  }
  const openedS = (performance.now() - began) / 1_000;
  windows.push(await watch(`${count} idle watchers`, pid, seconds));
  let changes = 0;
  const before = seen.events;
  const beginning = performance.now();
  const busy = watch(`${count} watchers, stock changing`, pid, seconds);
  while (performance.now() - beginning < seconds * 1_000) {
    await api.call('post', '/v1/vouchers/{id}/stock-adjustments', {
      params: { id: drop },
      body: { delta: 1, reason: 'measured' },
    });
    changes += 1;
    await delay(500);
  }
  windows.push(await busy);
  await delay(1_000);
  report(windows, { openedS, changes, events: seen.events - before, closed: seen.closed });
} finally {
  for (const socket of sockets) socket.destroy();
  child.kill('SIGTERM');
  await once(child, 'exit');
  rmSync(folder, { recursive: true, force: true });
}

async function start(): Promise<{ child: ChildProcess; url: string }> {
  const process_ = spawn(process.execPath, [join(ROOT, 'dist', 'src', 'main.js')], {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'test',
      LOG_LEVEL: 'warn',
      DATA_DIR: folder,
      PORT: '0',
      OPS_PORT: '0',
      WATCHERS_MAX: String(count),
      // All come from one address here.
      RATE_LIMIT_GLOBAL: 'off',
      RATE_LIMIT_READ: 'off',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  process_.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const until = Date.now() + START_MS;
  for (;;) {
    const found = /(http:\/\/127\.0\.0\.1:\d+), docs/.exec(log)?.[1];
    if (found !== undefined && (await fetch(`${found}/readyz`).catch(() => undefined))?.ok === true)
      return { child: process_, url: found };
    if (Date.now() > until || process_.exitCode !== null)
      throw new Error(`the program did not start: ${log}`);
    await delay(100);
  }
}

async function merchant(anyone: VoucherConnect): Promise<VoucherConnect> {
  const owner = { email: 'owner@example.com', password: 'correct horse battery staple', name: 'Owner' };
  const body = { name: 'Watched', time_zone: 'UTC', owner };
  const { session } = await anyone.call('post', '/v1/merchants', { body });
  return anyone.as(tokenOf(session));
}

async function liveVoucher(api: VoucherConnect): Promise<string> {
  const now = Date.now();
  const body = {
    title: 'Watched',
    total_stock: 1_000,
    opens_at: new Date(now - 1_000).toISOString(),
    closes_at: new Date(now + 3_600_000).toISOString(),
  };
  const { id } = await api.call('post', '/v1/vouchers', { body });
  await api.call('post', '/v1/vouchers/{id}/publish', { params: { id } });
  return id;
}

function usage(pid: number): Usage {
  const statm = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
  // The name before it may hold anything, so the fields are counted from the last bracket.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    rssMb: (Number(statm[1]) * PAGE_BYTES) / 1e6,
    cpuS: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
  };
}

async function watch(what: string, pid: number, overS: number): Promise<Window> {
  const before = usage(pid);
  const began = performance.now();
  await delay(overS * 1_000);
  const after = usage(pid);
  const tookS = (performance.now() - began) / 1_000;
  return { what, rssMb: after.rssMb, cpuPercent: (100 * (after.cpuS - before.cpuS)) / tookS };
}

function report(
  windows: readonly Window[],
  { openedS, changes, events, closed }: { openedS: number; changes: number; events: number; closed: number },
): void {
  const rows = windows.map(
    ({ what, rssMb, cpuPercent }) => `| ${what} | ${rssMb.toFixed(0)} | ${cpuPercent.toFixed(1)} |`,
  );
  const perWatcher = (((windows[1]?.rssMb ?? 0) - (windows[0]?.rssMb ?? 0)) * 1_000) / count;
  process.stdout.write(
    `${[
      '| state | memory (RSS), MB | CPU, % of one core |',
      '|---|---|---|',
      ...rows,
      '',
      `${perWatcher.toFixed(1)} kB a watcher; ${count} streams opened in ${openedS.toFixed(1)} s; ` +
        `${changes} changes of stock in ${seconds} s made ${events} events of at most ${changes * count}; ` +
        `${closed} streams were closed.`,
    ].join('\n')}\n`,
  );
}
