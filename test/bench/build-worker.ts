import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Stack } from '../harness/stack.js';
import type * as claimRunModule from './claim-run.js';
import type * as installationModule from './bench-installation.js';
import { MOST_PER_SECOND } from './sections/section.js';

/** What is told of one measurement of a build; µs are of CPU a claim, until it is a row. */
export interface BuildRun {
  readonly acceptedPerSecond: number;
  readonly applicationUs: number;
  readonly redisUs: number;
  readonly databaseUs: number;
  readonly voids: readonly string[];
}

export type Told = { readonly ready: true } | { readonly run: BuildRun } | { readonly failed: string };
export type Asked = { readonly seconds: number } | { readonly end: true };

/** A build with servers of its own, measured when its parent process says so. @param root folder of the build, `npm run build` done */
async function serve(root: string, seconds: number): Promise<void> {
  const built = <T>(file: string): Promise<T> =>
    import(pathToFileURL(join(root, 'dist', 'test', 'bench', file)).href) as Promise<T>;
  const { BenchInstallation } = await built<typeof installationModule>('bench-installation.js');
  const { claimRun } = await built<typeof claimRunModule>('claim-run.js');
  const folder = mkdtempSync(join(tmpdir(), 'voucherconnect-pair-'));
  const end = async (): Promise<void> => {
    await new Stack(join(folder, 'stack')).down('SIGKILL'); // its data goes with it
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    const system = await BenchInstallation.start(folder);
    await system.run({ CLAIM_DURABILITY: 'log' });
    const tokens = await system.users.tokens(MOST_PER_SECOND * seconds);
    const measure = async (): Promise<BuildRun> => {
      const load = { seconds, connections: 500, threads: 1 };
      const run = await claimRun(system, load, { tokens, units: MOST_PER_SECOND * seconds });
      await system.awaitEvents(60_000);
      const { acceptedPerSecond, cpuUs, voids } = run;
      const us = (name: string): number => cpuUs.get(name) ?? 0;
      const databaseUs = us(system.stack.database.name);
      return { acceptedPerSecond, applicationUs: us('application'), redisUs: us('redis'), databaseUs, voids };
    };
    const asked = new Promise<void>((resolve, reject) => {
      process.once('disconnect', resolve);
      process.on('message', (message: Asked) => {
        if ('end' in message) resolve();
        else measure().then((run) => tell({ run }), reject);
      });
    });
    tell({ ready: true });
    await asked;
    await system.endApps();
    await system.stop();
  } finally {
    await end();
  }
}

const tell = (told: Told): void => void process.send?.(told);

const [root = '', seconds = ''] = process.argv.slice(2);
try {
  await serve(root, Number(seconds));
} catch (error) {
  tell({ failed: error instanceof Error ? error.message : String(error) });
}
process.disconnect();
process.exit();
