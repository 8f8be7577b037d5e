import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { randomInt } from 'node:crypto';
import { machineLine } from '../../src/cli/demo/args.js';
import { formatted } from '../harness/formatted.js';
import { PlainError } from '../harness/programs.js';
import { Stack } from '../harness/stack.js';
import { seeded } from './workload.js';
import { earlierVersion, PRESENT_VERSION } from './earlier-version.js';
import type { Fault } from './fault-context.js';
import { FAULTS } from './faults.js';
import { leftOut, lines, markdown, summary } from './report.js';
import { holds, play, type Result } from './scenario.js';
import { RehearsalInstallation } from './rehearsal-installation.js';
import { upgradeFrom } from './upgrade.js';

const USAGE = `usage: npm run rehearse [-- --quick] [-- --only TEXT] [-- --seed N] [-- --write FILE] [-- --keep]
       npm run rehearse -- --upgrade [--cluster] [--from REF] [--seed N] [--keep]
Servers, two application processes and a workload; faults in its midst; then every answer against the books.
  --quick  a part of the faults, in under three minutes
  --only   faults whose name contains one of the texts, which a | separates
  --seed   repeats the choices of a run (not the timing of the machine)
  --write  writes the table as Markdown; faults that were not played keep the row that the file has
  --upgrade  in place of faults: an earlier version under claims, upgraded one process after the other, and back
  --cluster  with --upgrade: the gate on a Redis Cluster of which masters are lost meanwhile
  --from   that version, a commit or tag of the repository; by default the newest release
  --keep   keeps data and logs, as is done where a promise was broken`;

class Interrupted extends Error {}

const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => reject(new Interrupted(signal)));
  }
});
interrupted.catch(() => undefined); // whoever races against it sees it

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      seed: { type: 'string', default: String(randomInt(1, 2 ** 31)) },
      write: { type: 'string' },
      upgrade: { type: 'boolean', default: false },
      cluster: { type: 'boolean', default: false },
      from: { type: 'string' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const seed = Number(values.seed);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new PlainError('--seed: must be a whole number');
  const { upgrade, cluster, quick, only } = values;
  if (upgrade && (quick || only !== undefined || values.write !== undefined))
    throw new PlainError('--upgrade: goes with --cluster, --from, --seed and --keep alone');
  if (!upgrade && (cluster || values.from !== undefined))
    throw new PlainError('--cluster and --from: go with --upgrade alone');
  const begin = upgrade ? await earlierVersion(values.from, cluster) : PRESENT_VERSION;
  const faults = upgrade ? upgradeFrom(begin) : chosen(quick, only);

  const folder = mkdtempSync(join(tmpdir(), 'voucherconnect-rehearsal-'));
  const began = performance.now();
  let system: RehearsalInstallation | undefined;
  let keep = values.keep;
  try {
    console.log(`rehearsal on ${machineLine()}, seed ${seed}, logs in ${folder}`);
    system = await Promise.race([RehearsalInstallation.start(folder, begin, cluster), interrupted]);
    console.log(`ready after ${((performance.now() - began) / 1_000).toFixed(1)} s\n`);
    const random = seeded(seed);
    const results: Result[] = [];
    for (const [index, fault] of faults.entries()) {
      const result = await Promise.race([play(system, fault, index + 1, random, quick), interrupted]);
      results.push(result);
      console.log(lines(result));
    }
    const run = { machine: machineLine(), seed, tookMs: performance.now() - began, results };
    const missing = upgrade ? [] : leftOut(results);
    if (missing.length > 0) console.log(`\nleft out: ${missing.join('; ')}`);
    console.log(`\n${summary(run)}`);
    if (values.write !== undefined) {
      const before = existsSync(values.write) ? readFileSync(values.write, 'utf8') : '';
      writeFileSync(values.write, await formatted(values.write, markdown(run, before)));
    }
    if (results.every(holds)) return 0;
    keep = true;
    return 1;
  } finally {
    await system?.stop();
    await new Stack(join(folder, 'stack')).down('SIGKILL'); // its data goes with it, so there is nothing to flush
    if (keep) console.log(`kept: ${folder}`);
    else rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** @throws PlainError where no fault is meant */
function chosen(quick: boolean, only = ''): readonly Fault[] {
  const texts = only.split('|');
  const faults = FAULTS.filter(
    (fault) => (!quick || fault.quick) && texts.some((text) => fault.name.includes(text)),
  );
  if (faults.length === 0) throw new PlainError(`no fault's name contains "${only}"`);
  return faults;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof Interrupted) console.error('interrupted');
  else if (error instanceof PlainError) console.error(`\n${error.message}`);
  else if ((error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
  } else console.error(error);
  process.exitCode = error instanceof Interrupted ? 130 : 2;
}
// Requests of a workload that was cut short would keep the process.
process.exit();
