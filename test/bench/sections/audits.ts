import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { BenchInstallation } from '../bench-installation.js';
import { claimRun, type ClaimRun } from '../claim-run.js';
import { generateClaims } from '../generated-claims.js';
import { loseGate } from '../lost-gate.js';
import { figure, pairedRuns } from '../paired-runs.js';
import { digits, ms, spread, type Findings } from '../report.js';
import { ratio } from '../statistics.js';
import { MOST_PER_SECOND, type Bench, type Section } from './section.js';

const AUDITS = 12;
const EXPORTS = 4;
const CLAIMS = 1_000_000;
const QUICK_CLAIMS = 20_000;
const PROBES = 2_000;
const EVENTS_WAIT_MS = 120_000;
const MEGABYTE = 1_000_000;
/** Before one that was refused asks again. */
const REFUSED_MS = 250;

/** What those notice who claim while a large voucher is audited and exported by many. */
export const auditsSection: Section = {
  name: 'audits',
  what: `claims while ${AUDITS} audits and ${EXPORTS} exports of a voucher with ${digits(CLAIMS)} claims run, beside claims alone`,
  quick: false,
  measure: measureAudits,
};

async function measureAudits({ system, args, say }: Bench): Promise<Findings> {
  await system.run({ CLAIM_DURABILITY: 'log', RECONCILE_INTERVAL_MS: '3600000' });
  const units = MOST_PER_SECOND * args.seconds;
  const tokens = await system.users.tokens(units);
  const claims = Math.ceil((args.rows ?? (args.quick ? QUICK_CLAIMS : CLAIMS)) / 100) * 100;
  const large = await system.openVoucher(claims + PROBES);
  await generateClaims(system, large, claims);
  await loseGate(system, large, readFileSync(tokens, 'utf8').split('\n', PROBES));
  await system.app.waitReady();
  say(`${digits(claims)} claims`);
  const ended: Ended = { audits: 0, exports: 0, csvBytes: 0 };
  const alone = (): Promise<ClaimRun> => claimRun(system, args, { tokens, units });
  const beside = async (): Promise<ClaimRun> => {
    const readers = new Readers(system, large, ended);
    try {
      return await claimRun(system, args, { tokens, units, beforeAudit: () => readers.stop() });
    } finally {
      await readers.stop();
    }
  };
  const settled = async (run: () => Promise<ClaimRun>): Promise<ClaimRun> => {
    const found = await run();
    await system.awaitEvents(EVENTS_WAIT_MS);
    return found;
  };
  const runs = await pairedRuns(
    [
      { name: 'alone', warmUp: async () => void (await settled(alone)), measure: () => settled(alone) },
      { name: 'beside', warmUp: async () => undefined, measure: () => settled(beside) },
    ],
    args.rounds,
    (name, run) => say(`${name.padEnd(7)} ${digits(run.issuedPerSecond)} issued/s, p99 ${ms(run.load.p99)}`),
  );
  const accepted = (name: string) => figure(runs, name, (run) => run.acceptedPerSecond);
  const issued = (name: string) => figure(runs, name, (run) => run.issuedPerSecond);
  return {
    figures: {
      'audits.accepted.ratio': ratio(accepted('beside'), accepted('alone')),
      'audits.issued.ratio': ratio(issued('beside'), issued('alone')),
    },
    tables: [
      {
        title: 'Claims of another voucher, closed loop: median (range)',
        head: ['', 'accepted a second', 'of alone', 'issued a second', 'of alone', 'p50', 'p99'],
        rows: ['alone', 'beside'].map((name) => [
          name === 'alone' ? 'alone' : 'while audits and exports run',
          spread(accepted(name)),
          digits(ratio(accepted(name), accepted('alone'))),
          spread(issued(name)),
          digits(ratio(issued(name), issued('alone'))),
          ms(figure(runs, name, (run) => run.load.p50).median),
          ms(figure(runs, name, (run) => run.load.p99).median),
        ]),
      },
    ],
    notes: [
      `${digits(claims)} generated claims. ${AUDITS} askers wanted an audit of all of them at any time, again ${REFUSED_MS} ms after a refusal, and ${EXPORTS} read the CSV; ${ended.audits} audits and ${ended.exports} exports came to their end meanwhile, and ${digits(ended.csvBytes / MEGABYTE)} MB of CSV were read, in all runs together.`,
    ],
    voids: [...runs.values()].flat().flatMap((run) => run.voids),
  };
}

/** What the readers came to. */
interface Ended {
  audits: number;
  exports: number;
  csvBytes: number;
}

/** Audits and exports of a voucher, one after the other each, until they are stopped. */
class Readers {
  private readonly abort = new AbortController();
  private readonly loops: readonly Promise<void>[];

  constructor(
    system: BenchInstallation,
    voucherId: string,
    private readonly ended: Ended,
  ) {
    const { port, opsPort } = system.app;
    const audit = `http://127.0.0.1:${opsPort}/audit?voucher=${voucherId}&full=true`;
    const csv = `http://127.0.0.1:${port}/v1/vouchers/${voucherId}/claims.csv`;
    this.loops = [
      ...Array.from({ length: AUDITS }, () => this.loop('audits', audit, {})),
      ...Array.from({ length: EXPORTS }, () =>
        this.loop('exports', csv, { authorization: `Bearer ${system.merchantToken}` }),
      ),
    ];
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await Promise.all(this.loops);
  }

  private async loop(
    what: 'audits' | 'exports',
    url: string,
    headers: Record<string, string>,
  ): Promise<void> {
    const { signal } = this.abort;
    while (!signal.aborted) {
      try {
        const answer = await fetch(url, { headers, signal });
        for await (const chunk of answer.body ?? [])
          if (what === 'exports') this.ended.csvBytes += chunk.length;
        if (answer.ok) this.ended[what] += 1;
        else await delay(REFUSED_MS, undefined, { signal });
      } catch {
        // Stopped, or refused on the way: the next one tells.
        if (!signal.aborted) await delay(REFUSED_MS);
      }
    }
  }
}
