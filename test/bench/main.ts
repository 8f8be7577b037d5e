import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { ROOT } from '../../src/common/root.js';
import { formatted } from '../harness/formatted.js';
import { PlainError, requirePrograms } from '../harness/programs.js';
import { Stack } from '../harness/stack.js';
import { againstFigures, readFigures } from './against.js';
import { readArgs, usage, type BenchArgs } from './args.js';
import { growthPicture } from './growth-svg.js';
import { growthFileOf, markdown, missed, picture, targetTable, together } from './document.js';
import { commit, machine } from './machine.js';
import { profileText } from './profile.js';
import { sectionText, textTable, type SectionReport } from './report.js';
import { SECTIONS, type Section } from './sections/index.js';
import { BenchInstallation } from './bench-installation.js';
import { WRK } from './wrk.js';

class Interrupted extends Error {}

const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => reject(new Interrupted(signal)));
  }
});
interrupted.catch(() => undefined); // whoever races against it sees it

async function bench(args: BenchArgs): Promise<number> {
  requirePrograms([WRK]);
  const folder = mkdtempSync(join(tmpdir(), 'voucherconnect-bench-'));
  const began = performance.now();
  try {
    console.log(`benchmark on ${machine()}\nlogs in ${folder}\n`);
    const reports: SectionReport[] = [];
    const sections = SECTIONS.filter(({ name }) => args.sections.includes(name));
    // What a section finds may not depend on those before it; the short ones of a quick run leave little behind.
    for (const some of args.quick ? [sections] : sections.map((section) => [section])) {
      await onServers(folder, args, async (system) => {
        for (const section of some) {
          const report = await Promise.race([play(section, system, args), interrupted]);
          reports.push(report);
          console.log(`\n${sectionText(report)}\n`);
          if (args.json !== undefined) writeJson(args.json, reports);
          if (args.write !== undefined) await write(args.write, reports);
        }
      });
    }
    console.log(textTable(targetTable(reports)));
    if (args.profile !== undefined) console.log(`\n${profileText(args.profile)}`);
    const voids = reports.filter((report) => report.voids.length > 0).map(({ name }) => name);
    if (voids.length > 0) console.log(`\nVOID, an audit failed: ${voids.join(', ')}`);
    const below = missed(reports).map(({ what }) => what);
    if (below.length > 0) console.log(`\nbelow the target: ${below.join('; ')}`);
    console.log(`\ntook ${Math.round((performance.now() - began) / 1_000)} s`);
    return voids.length === 0 ? 0 : 1;
  } finally {
    if (args.keep) console.log(`kept: ${folder}`);
    else rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

const writeJson = (file: string, reports: readonly SectionReport[]): void =>
  writeFileSync(file, `${JSON.stringify(reports, undefined, 2)}\n`);

/** The report, its picture and its figures; sections that were left out stay as they were. */
async function write(file: string, reports: readonly SectionReport[]): Promise<void> {
  const base = file.replace(/\.md$/, '');
  const figures = `${base}.json`;
  const before = existsSync(figures) ? (JSON.parse(readFileSync(figures, 'utf8')) as SectionReport[]) : [];
  const all = together(names(SECTIONS), reports, before);
  const notes = join(ROOT, 'docs', 'performance-notes.md');
  writeJson(figures, all);
  writeFileSync(`${base}.svg`, picture(all));
  for (const { growth } of all) if (growth) writeFileSync(growthFileOf(`${base}.svg`), growthPicture(growth));
  const text = markdown(all, basename(`${base}.svg`), existsSync(notes) ? readFileSync(notes, 'utf8') : '');
  writeFileSync(file, await formatted(file, text));
}

/** Lets servers run that know nothing yet, for as long as `measure` takes. */
async function onServers(
  folder: string,
  args: BenchArgs,
  measure: (system: BenchInstallation) => Promise<void>,
): Promise<void> {
  const own = mkdtempSync(join(folder, 'servers-'));
  let system: BenchInstallation | undefined;
  try {
    const profile = args.profile === undefined ? undefined : resolve(args.profile);
    system = await Promise.race([BenchInstallation.start(own, profile), interrupted]);
    await measure(system);
    await system.endApps(); // a process writes its profile when it ends
  } finally {
    await system?.stop();
    await new Stack(join(own, 'stack')).down('SIGKILL'); // its data goes with it, so there is nothing to flush
    if (!args.keep) rmSync(own, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function play(section: Section, system: BenchInstallation, args: BenchArgs): Promise<SectionReport> {
  const began = performance.now();
  console.log(`${section.name}: ${section.what}`);
  const findings = await section.measure({ system, args, say: (line) => console.log(`  ${line}`) });
  return {
    name: section.name,
    what: section.what,
    measuredAt: new Date().toISOString(),
    commit: commit(),
    machine: machine(),
    tookMs: Math.round(performance.now() - began),
    seconds: args.seconds,
    rounds: args.rounds,
    connections: args.connections,
    ...findings,
    figures: { ...findings.figures, ...againstFigures(findings.figures, readFigures(args.against)) },
  };
}

const names = (sections: readonly Section[]): string[] => sections.map(({ name }) => name);

try {
  const known = { all: names(SECTIONS), quick: names(SECTIONS.filter(({ quick }) => quick)) };
  const args = readArgs(process.argv.slice(2), known);
  if (args) process.exitCode = await bench(args);
  else console.log(usage(SECTIONS));
} catch (error) {
  if (error instanceof Interrupted) console.error('interrupted');
  else if (error instanceof PlainError) console.error(`\n${error.message}`);
  else if ((error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')) {
    console.error(`${(error as Error).message}\n\n${usage(SECTIONS)}`);
  } else console.error(error);
  process.exitCode = error instanceof Interrupted ? 130 : 2;
}
process.exit();
