import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Socket } from 'node:net';
import { claimRun } from '../claim-run.js';
import { generateClaims } from '../generated-claims.js';
import { loseGate } from '../lost-gate.js';
import { usageOf } from '../processes.js';
import { digits, type Findings } from '../report.js';
import { median } from '../statistics.js';
import { openWatcher } from '../watcher-socket.js';
import { MOST_PER_SECOND, onFullTable, type Bench, type Section } from './section.js';

const BEFORE = 100_000;
const CLAIMS = 1_000_000;
const WATCHERS = 8_000;
const QUICK = { before: 10_000, claims: 30_000, watchers: 500 };
const OPENING_AT_ONCE = 200;
const PROBES = 2_000;
const CLAIMS_S = 2;
/** As in `memory`: what is counted for the limits of attempts is gone then. */
const FORGOTTEN_MS = 17_000;
const EVENTS_WAIT_MS = 120_000;

/** What claims that are rows, and people who watch, take of the application's memory. */
export const watchedSection: Section = {
  name: 'watched',
  what: `resident memory with ${digits(CLAIMS)} claims (--rows) and ${digits(WATCHERS)} watchers, beside ${digits(BEFORE)} claims and none`,
  quick: false,
  measure: measureWatched,
};

async function measureWatched({ system, args, say }: Bench): Promise<Findings> {
  const [before, after, watchers] = args.quick
    ? [QUICK.before, args.rows ?? QUICK.claims, QUICK.watchers]
    : [BEFORE, args.rows ?? CLAIMS, WATCHERS];
  await system.run({ RECONCILE_INTERVAL_MS: '3600000', WATCHERS_MAX: String(watchers) });
  const tokens = await system.users.tokens(MOST_PER_SECOND * CLAIMS_S);
  const probes = readFileSync(tokens, 'utf8').split('\n', PROBES);
  const voids: string[] = [];
  const resident: number[] = [];
  const sockets: Socket[] = [];
  const seen = { bytes: 0, events: 0, closed: 0 };
  /** The same is done with both numbers: a rebuild of the gate, an audit, claims, and a rest. */
  const look = async (claims: number): Promise<string> => {
    const voucher = await system.openVoucher(claims + PROBES);
    await generateClaims(system, voucher, Math.ceil(claims / 100) * 100);
    await loseGate(system, voucher, probes);
    await system.app.waitReady();
    await system.audit(voucher);
    const units = MOST_PER_SECOND * CLAIMS_S;
    const run = await claimRun(system, { ...args, seconds: CLAIMS_S }, { tokens, units });
    voids.push(...run.voids);
    await system.awaitEvents(EVENTS_WAIT_MS);
    return voucher;
  };
  const rest = async (what: string): Promise<void> => {
    await delay(FORGOTTEN_MS);
    const looks: number[] = [];
    for (let n = 0; n < 5; n++) {
      looks.push(usageOf(system.app.pid ?? 0).residentBytes);
      await delay(200);
    }
    resident.push(median(looks));
    say(`${what}: ${digits(median(looks) / 2 ** 20)} MiB`);
  };
  try {
    await look(before);
    await rest(`${digits(before)} claims`);
    const voucher = await look(after - before);
    for (let opened = 0; opened < watchers; opened += OPENING_AT_ONCE) {
      const some = Math.min(OPENING_AT_ONCE, watchers - opened);
      const base = `http://127.0.0.1:${system.app.port}`;
      sockets.push(
        ...(await Promise.all(Array.from({ length: some }, () => openWatcher(base, voucher, seen)))),
      );
    }
    await rest(`${digits(after)} claims, ${digits(watchers)} watchers`);
    if (seen.closed > 0) voids.push(`${seen.closed} streams were closed`);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
  const mib = (bytes = NaN): string => digits(bytes / 2 ** 20);
  return {
    figures: { [onFullTable('watched.ratio', after)]: (resident[1] ?? NaN) / (resident[0] ?? NaN) },
    tables: [
      {
        title: `Resident memory of the application, after ${FORGOTTEN_MS / 1_000} s of rest`,
        head: ['', 'MiB'],
        rows: [
          [`${digits(before)} claims`, mib(resident[0])],
          [`${digits(after)} claims, ${digits(watchers)} watchers`, mib(resident[1])],
        ],
      },
    ],
    notes: [
      'Before each figure the gate was rebuilt, the large voucher audited, and claims were made for some seconds. Watchers are open streams of the large voucher.',
    ],
    voids,
  };
}
