import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { ROOT } from '../../src/common/root.js';
import { inherited } from '../../src/cli/demo/server.js';
import { PlainError } from '../harness/programs.js';
import { migrateBy, PRESENT_VERSION, type BuiltVersion } from './earlier-version.js';
import { until, type Fault, type FaultContext } from './fault-context.js';
import { accepted } from './history.js';

/** So many claims that were asked for at a process from a moment on are answered `202` before it goes on. */
const SOME = 20;
/** More than are claimed meanwhile. */
const UNITS = 3_000;
const MASTERS = 3;
/** Units of a voucher that is claimed of only to see that it can be. */
const FEW = 50;
/** Rebuilds after one loss: one in which slots were kept and then not, where a version came late, and one for a history that changed again. */
const ROUNDS_MAX = 3;

/**
 * From an earlier version to the present one with claims going on, older claims packed, and back: scenarios as those of faults are. The
 * answers of both versions are held against the books. On a Redis Cluster masters are lost meanwhile: one while both versions stand beside
 * each other, when everything is closed and opened again, and two when all are upgraded, one of them before the way back, when slots keep
 * their epoch.
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
      const beside = await voucherBeside(context);
      await migrateBy(PRESENT_VERSION, process.cwd(), stack.env());
      await takesClaims(context, 'the earlier version goes on with the newer schema', [0, 1]);
      for (const place of [1, 0] as const) {
        await apps[place].stop('SIGTERM');
        apps[place].program = PRESENT_VERSION.program;
        apps[place].start();
        await apps[place].waitReady();
        await takesClaims(context, `the present version at process ${place + 1}`, [place]);
        if (place === 0) continue;
        if (beside === undefined) continue;
        // It stands beside one of the earlier version now, which reads the log as well.
        await loseMasterOf(context, beside, earlier);
        await issuesOne(context, beside, place);
        await takesClaims(context, 'the present version, after a loss', [place]);
      }
      await takesClaims(context, 'the present version', [0, 1]);
      if (beside === undefined) return;
      await loseMasterOf(context, beside, PRESENT_VERSION);
      await issuesOne(context, beside, 1);
      await takesClaims(context, 'the present version, after another loss', [0, 1]);
    },
  };

  const packed: Fault = {
    name: 'older claims packed, by a command that is killed and started again',
    quick: false,
    units: UNITS,
    async strike(context) {
      await takesClaims(context, 'the present version', [0, 1]);
      // As if packed rows had been turned on long ago: all vouchers are older.
      await rowsOf(
        context,
        'UPDATE gate_epoch SET claims_packed_from = 1000 * UNIX_TIMESTAMP() + 1000 WHERE id = 1',
      );
      await packClaims(context, 'copying');
      await takesClaims(context, 'the present version, with claims in both forms', [0, 1]);
      await packClaims(context, 'waiting');
      await takesClaims(context, 'the present version, with packed claims', [0, 1]);
      await rowsOf(context, 'UPDATE claim_packing SET changed_at = changed_at - 300000');
      await packClaims(context, 'done');
      await takesClaims(context, 'the present version, with an empty table behind it', [0, 1]);
    },
  };

  const back: Fault = {
    name: `back to ${earlier.name}, all processes at once`,
    quick: false,
    units: UNITS,
    async strike(context) {
      const { stack, apps } = context;
      if (last === undefined) throw new PlainError('there is nothing to go back from');
      const beside = await voucherBeside(context);
      if (beside !== undefined) await loseMasterOf(context, beside, PRESENT_VERSION);
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

  return [forward, packed, back];
}

/** Of a cluster: one more voucher, on another master than the workload's. @returns its id */
async function voucherBeside({ cluster, workload, openVoucher }: FaultContext): Promise<string | undefined> {
  if (!cluster) return undefined;
  const own = await cluster.masterOf(keyAt(workload.history.voucherId));
  for (;;) {
    const id = await openVoucher('On a master that is lost', FEW);
    if ((await cluster.masterOf(keyAt(id))) !== own) return id;
  }
}

/**
 * The master of a voucher dies, and its replica is promoted. What was lost opens again whichever version reads the log.
 * @param oldest of the versions that do: where it reads no row that names slots, everything is closed, and opened again; else the other
 * slots keep their epoch
 */
async function loseMasterOf(context: FaultContext, voucherId: string, oldest: BuiltVersion): Promise<void> {
  const { cluster } = context;
  if (!cluster) return;
  const master = await cluster.masterOf(keyAt(voucherId));
  const { epoch: before } = await epochRow(context);
  await master.stop('SIGKILL');
  await cluster.promotedInPlaceOf(master, keyAt(voucherId));
  let reached = before;
  await until(`what was lost is open again beside ${oldest.name}`, async () => {
    const { epoch, state, slot_groups: groups } = await epochRow(context);
    reached = epoch;
    return epoch > before && state === 'open' && (groups === null) === !oldest.readsSlots;
  });
  if (reached - before > ROUNDS_MAX)
    throw new PlainError(`the gate was rebuilt ${reached - before} times after one loss`);
  await master.start();
  await master.waitReady();
  await cluster.followed(MASTERS);
}

/** A claim of that voucher is taken by a process, and becomes a row while both run as they are. */
async function issuesOne(context: FaultContext, voucherId: string, place: number): Promise<void> {
  const { headers } = context.newShopper();
  const before = await issuedOf(context, voucherId);
  await until('a claim of the voucher on the lost master is taken', async () => {
    const { status } = await context.send(place, 'POST', `/v1/vouchers/${voucherId}/claims`, headers);
    return status === 202 || status === 409;
  });
  await until(
    'a claim of the voucher on the lost master is issued',
    async () => (await issuedOf(context, voucherId)) > before,
  );
}

async function issuedOf(context: FaultContext, voucherId: string): Promise<number> {
  const [row] = await rowsOf<{ issued: number }>(
    context,
    `SELECT issued FROM voucher_stock WHERE voucher_id = '${voucherId}'`,
  );
  return row?.issued ?? 0;
}

interface EpochRow {
  readonly epoch: number;
  readonly state: string;
  /** Slots that keep an older epoch; NULL where there are none. */
  readonly slot_groups: string | null;
}

/** Any key of a slot's tag. */
const keyAt = (tag: string): string => `{${tag}}`;

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

/** Runs `npm run pack-claims` until it says so, and kills it where that is not its end. */
async function packClaims({ stack }: FaultContext, until: 'copying' | 'waiting' | 'done'): Promise<void> {
  const child = spawn(process.execPath, ['dist/src/cli/pack-claims.js', '--share', '5'], {
    cwd: ROOT,
    env: { ...inherited(), NODE_ENV: 'development', ...stack.env() },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (until !== 'done' && said.includes(until)) child.kill('SIGKILL');
    });
  await once(child, 'close');
  if (!said.includes(until)) throw new PlainError(`pack-claims: ${said}`);
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
