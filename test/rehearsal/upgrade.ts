import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { PlainError } from '../harness/programs.js';
import type { ClusterNode, RedisCluster } from '../harness/redis-cluster.js';
import { migrateBy, PRESENT_VERSION, type BuiltVersion } from './earlier-version.js';
import { until, type Fault, type FaultContext } from './fault-context.js';
import { accepted } from './history.js';

/** So many claims that were asked for at a process from a moment on are answered `202` before it goes on. */
const SOME = 20;
/** More than are claimed meanwhile. */
const UNITS = 3_000;
const MASTERS = 3;

/**
 * From an earlier version to the present one with claims going on, and back: two scenarios, as those of faults are. The answers of both
 * versions are held against the books. On a Redis Cluster masters are lost meanwhile: one while both versions stand beside each other, one
 * before the way back, so that slots that keep their epoch meet the earlier version.
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
        await takesClaims(context, `the present version at process ${place + 1}`, [place]);
        if (place === 0) continue;
        // It stands beside one of the earlier version now, whose consumer fails from the loss on: what is lost opens when that is replaced.
        await loseAnotherMaster(context, 'named');
        await takesClaims(context, 'the present version, after a loss', [place]);
      }
      await takesClaims(context, 'the present version', [0, 1]);
      await loseAnotherMaster(context, 'open');
      await takesClaims(context, 'the present version, after another loss', [0, 1]);
    },
  };

  const back: Fault = {
    name: `back to ${earlier.name}, all processes at once`,
    quick: false,
    units: UNITS,
    async strike(context) {
      const { stack, apps } = context;
      if (last === undefined) throw new PlainError('there is nothing to go back from');
      await loseAnotherMaster(context, 'open');
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

/**
 * Of a cluster: a master that the workload's voucher is not on dies, its replica is promoted, and the voucher's slot keeps its epoch.
 * @param lost how it stands with the slots that are lost when this returns
 */
async function loseAnotherMaster(context: FaultContext, lost: 'named' | 'open'): Promise<void> {
  const { cluster, workload } = context;
  if (!cluster) return;
  const own = await cluster.masterOf(keyAt(workload.history.voucherId));
  const [key, master] = await anotherMaster(cluster, own);
  const { epoch: before } = await epochRow(context);
  await master.stop('SIGKILL');
  await cluster.promotedInPlaceOf(master, key);
  await until('the slots of the other masters keep their epoch', async () => {
    const { epoch, state, slot_groups: groups } = await epochRow(context);
    return epoch > before && groups !== null && (lost === 'named' || state === 'open');
  });
  await master.start();
  await master.waitReady();
  await cluster.followed(MASTERS);
}

interface EpochRow {
  readonly epoch: number;
  readonly state: string;
  /** Slots that keep an older epoch; NULL where there are none. */
  readonly slot_groups: string | null;
}

/** Any key of a slot's tag. */
const keyAt = (tag: string): string => `{${tag}}`;

/** @returns a key that it has, and the master */
async function anotherMaster(cluster: RedisCluster, own: ClusterNode): Promise<[string, ClusterNode]> {
  for (let n = 0; ; n++) {
    const master = await cluster.masterOf(keyAt(String(n)));
    if (master !== own) return [keyAt(String(n)), master];
  }
}

async function epochRow(context: FaultContext): Promise<EpochRow> {
  const [row] = await rowsOf<EpochRow>(
    context,
    'SELECT epoch, state, slot_groups FROM gate_epoch WHERE id = 1',
  );
  if (!row) throw new PlainError('the database has no epoch');
  return row;
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

async function lastMigration(context: FaultContext): Promise<string> {
  const [row] = await rowsOf<{ name: string }>(
    context,
    'SELECT name FROM migrations ORDER BY id DESC LIMIT 1',
  );
  return row?.name ?? '';
}

async function rowsOf<T>({ databaseUrl }: FaultContext, sql: string): Promise<readonly T[]> {
  const connection = await createConnection(databaseUrl.replace(/^mariadb:/, 'mysql:'));
  try {
    const [rows] = await connection.query<(RowDataPacket & T)[]>(sql);
    return rows;
  } finally {
    await connection.end();
  }
}
