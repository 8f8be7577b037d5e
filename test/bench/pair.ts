import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ROOT } from '../../src/common/root.js';
import { PlainError } from '../harness/programs.js';
import type { Asked, BuildRun, Told } from './build-worker.js';
import { runMeasurement, whole } from './command.js';
import { figure, pairedRuns, type Candidate } from './paired-runs.js';
import { digits, spread } from './report.js';
import { ratio } from './statistics.js';

const USAGE = `usage: npm run bench:pair -- DIR [--rounds N] [--seconds N]
Claims with CLAIM_DURABILITY=log on this build and on the one in DIR (another checkout, npm ci and npm run build done), in turn, each on
servers of its own.
  --rounds N   rounds there and back (4)
  --seconds N  length of one measurement (5)
Exit status: 0, 1 where an audit failed, 2 where nothing could be measured.`;

const WORKER = fileURLToPath(new URL('./build-worker.js', import.meta.url));

class Build implements Candidate<BuildRun> {
  private constructor(
    readonly name: string,
    private readonly worker: ChildProcess,
    private readonly seconds: number,
  ) {}

  static async start(name: string, root: string, seconds: number): Promise<Build> {
    if (!existsSync(join(root, 'dist', 'test', 'bench', 'claim-run.js')))
      throw new PlainError(`${root} has no build: run npm ci and npm run build there`);
    const worker = fork(WORKER, [root, String(seconds)], { cwd: root });
    const build = new Build(name, worker, seconds);
    await build.told();
    return build;
  }

  async warmUp(): Promise<void> {
    for (let time = 0; time < 2; time++) await this.measure();
  }

  async measure(): Promise<BuildRun> {
    this.ask({ seconds: this.seconds });
    const told = await this.told();
    if (!('run' in told)) throw new Error('no measurement');
    return told.run;
  }

  async end(): Promise<void> {
    if (this.worker.exitCode !== null) return;
    const exit = once(this.worker, 'exit');
    if (this.worker.connected) this.ask({ end: true });
    await exit;
  }

  private ask(asked: Asked): void {
    this.worker.send(asked);
  }

  /** @throws PlainError where the build fails or its process ends */
  private async told(): Promise<Told> {
    const heard = new AbortController();
    const { signal } = heard;
    const [told] = (await Promise.race([
      once(this.worker, 'message', { signal }),
      once(this.worker, 'exit', { signal }).then(() => [{ failed: 'its process ended' }]),
    ])) as [Told];
    heard.abort(); // takes the listeners away
    if ('failed' in told) throw new PlainError(`${this.name}: ${told.failed}`);
    return told;
  }
}

async function pair(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '4' },
      seconds: { type: 'string', default: '5' },
      help: { type: 'boolean', default: false },
    },
  });
  const [other, ...more] = positionals;
  if (values.help || other === undefined || more.length > 0) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const seconds = whole(values.seconds, 'seconds');
  const roots = { [`other (${basename(resolve(other))})`]: resolve(other), 'this build': ROOT };
  const builds: Build[] = [];
  try {
    for (const [name, root] of Object.entries(roots)) builds.push(await Build.start(name, root, seconds));
    const runs = await pairedRuns(builds, whole(values.rounds, 'rounds'), (name, run) =>
      console.log(
        `${name.padEnd(24)} ${digits(run.acceptedPerSecond).padStart(7)}/s, application ${digits(run.applicationUs)} µs a claim`,
      ),
    );
    const [before, now] = builds.map(({ name }) => name);
    for (const [what, of] of FIGURES) {
      const [old, ours] = [figure(runs, before ?? '', of), figure(runs, now ?? '', of)];
      console.log(
        `${what.padEnd(34)} ${spread(old).padStart(28)} ${spread(ours).padStart(28)}  ${ratio(ours, old).toFixed(3)}`,
      );
    }
    const voids = [...runs.values()].flat().flatMap((run) => run.voids);
    for (const found of new Set(voids)) console.log(`VOID: ${found}`);
    return voids.length === 0 ? 0 : 1;
  } finally {
    await Promise.all(builds.map((build) => build.end()));
  }
}

const FIGURES: readonly (readonly [what: string, of: (run: BuildRun) => number])[] = [
  ['accepted claims a second', (run) => run.acceptedPerSecond],
  ['CPU of the application, µs a claim', (run) => run.applicationUs],
  ['CPU of Redis, µs a claim', (run) => run.redisUs],
  ['CPU of the database, µs a claim', (run) => run.databaseUs],
];

await runMeasurement(USAGE, pair);
