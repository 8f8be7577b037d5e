import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { PlainError } from '../harness/programs.js';
import { migrateBy, PRESENT_VERSION, type BuiltVersion } from './earlier-version.js';
import { until, type Fault, type FaultContext } from './fault-context.js';
import { accepted } from './history.js';

/** So many claims that were asked for at a process from a moment on are answered `202` before it goes on. */
const SOME = 20;
/** More than are claimed meanwhile. */
const UNITS = 3_000;

/**
 * From an earlier version to the present one with claims going on, and back: two scenarios, as those of faults are. The answers of both
 * versions are held against the books.
 */
export function upgradeFrom(earlier: BuiltVersion): readonly Fault[] {
  /** Newest migration that the earlier version knows. */
  let last: string | undefined;

  const forward: Fault = {
    name: `upgraded from ${earlier.name}, one process after the other`,
    quick: false,
    units: UNITS,
    async strike(context) {
      const { stack, apps } = context;
      last = await lastMigration(context);
      await migrateBy(PRESENT_VERSION, process.cwd(), stack.env());
      await takesClaims(context, 'the earlier version goes on with the newer schema', [0, 1]);
      for (const place of [1, 0] as const) {
        await apps[place].stop('SIGTERM');
        apps[place].program = PRESENT_VERSION.program;
        apps[place].start();
        await apps[place].waitReady();
        // The first of them stands beside one of the earlier version now.
        await takesClaims(context, `the present version at process ${place + 1}`, [place]);
      }
      await takesClaims(context, 'the present version', [0, 1]);
    },
  };

  const back: Fault = {
    name: `back to ${earlier.name}, all processes at once`,
    quick: false,
    units: UNITS,
    async strike(context) {
      const { stack, apps } = context;
      if (last === undefined) throw new PlainError('there is nothing to go back from');
      await Promise.all(apps.map((app) => app.stop('SIGTERM')));
      await migrateBy(PRESENT_VERSION, process.cwd(), stack.env(), last);
      for (const app of apps) {
        app.program = earlier.program;
        app.start();
      }
      await Promise.all(apps.map((app) => app.waitReady()));
      await takesClaims(context, 'the earlier version again', [0, 1]);
    },
  };

  return [forward, back];
}

/** Waits until each of these processes has answered claims that came after now. */
async function takesClaims(
  { workload }: FaultContext,
  what: string,
  places: readonly number[],
): Promise<void> {
  const since = performance.now();
  const taken = (place: number): number =>
    workload.history.intents
      .flatMap(({ sends }) => sends)
      .filter((send) => send.to === place && send.sentAt > since && accepted(send)).length;
  await until(`${what} takes claims`, () => places.every((place) => taken(place) >= SOME));
}

async function lastMigration({ databaseUrl }: FaultContext): Promise<string> {
  const connection = await createConnection(databaseUrl.replace(/^mariadb:/, 'mysql:'));
  try {
    const [rows] = await connection.query<(RowDataPacket & { name: string })[]>(
      'SELECT name FROM migrations ORDER BY id DESC LIMIT 1',
    );
    return rows[0]?.name ?? '';
  } finally {
    await connection.end();
  }
}
