import type { DataSource } from 'typeorm';
import { migrations } from '../../migrations/index.js';
import type { Dialect } from './database.js';

const LOCK = 'voucherconnect.migrate';
const LOCK_WAIT_S = 60;

/**
 * Brings the schema to the newest version, under a lock that only one of several instances gets at a time.
 * @returns names of the migrations that were run
 */
export async function migrate(source: DataSource, dialect: Dialect): Promise<string[]> {
  await refuseUnknown(source);
  return alone(source, dialect, () => run(source));
}

/**
 * Takes back every migration that was run after `last`, the newest first, for an earlier version of this program. What the tables and
 * columns hold that it does not know is gone. No process may run meanwhile.
 * @param last name of a migration that the earlier version knows, and that was run
 * @returns names of the migrations that were taken back
 */
export async function migrateBack(source: DataSource, dialect: Dialect, last: string): Promise<string[]> {
  await refuseUnknown(source);
  return alone(source, dialect, async () => {
    const before = await appliedNames(source);
    const from = before.indexOf(last);
    if (from === -1) throw new Error(`the database has not run the migration ${last}`);
    const back = before.slice(from + 1).toReversed();
    for (const _name of back) await source.undoLastMigration({ transaction: 'each' });
    const left = await appliedNames(source);
    if (left.length !== from + 1) throw new Error(`${left.at(-1)} was to be taken back`);
    // An earlier version leaves a gate alone that a later one has begun. It finds its own scripts missing, and rebuilds.
    await source.query('UPDATE gate_epoch SET scripts_version = 0');
    return back;
  });
}

/** Only one of several processes is at work. */
async function alone<T>(source: DataSource, dialect: Dialect, work: () => Promise<T>): Promise<T> {
  if (dialect === 'sqlite') return work(); // one process holds the folder
  const runner = source.createQueryRunner();
  try {
    const rows: unknown = await runner.query('SELECT GET_LOCK(?, ?) AS got', [LOCK, LOCK_WAIT_S]);
    const got = Array.isArray(rows) ? Number((rows[0] as { got: unknown }).got) : 0;
    if (got !== 1) throw new Error(`another process has been migrating for over ${LOCK_WAIT_S} s`);
    return await work();
  } finally {
    await runner.query('SELECT RELEASE_LOCK(?)', [LOCK]).catch(() => undefined);
    await runner.release();
  }
}

/** @throws Error where the schema is older or newer than this program knows */
export async function requireCurrentSchema(source: DataSource): Promise<void> {
  await refuseUnknown(source);
  const applied = await appliedNames(source);
  const missing = migrations.map((migration) => migration.name).filter((name) => !applied.includes(name));
  if (missing.length > 0) {
    throw new Error(
      `the database lacks ${missing.length} migration(s), first ${missing[0]}; run: npm run migrate`,
    );
  }
}

async function refuseUnknown(source: DataSource): Promise<void> {
  const known = new Set(migrations.map((migration) => migration.name));
  const unknown = (await appliedNames(source)).filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new Error(
      `the database has schema version ${unknown.join(', ')}, which this program does not know; refusing`,
    );
  }
}

async function appliedNames(source: DataSource): Promise<string[]> {
  const runner = source.createQueryRunner();
  try {
    if (!(await runner.hasTable('migrations'))) return [];
    const rows = (await runner.query('SELECT name FROM migrations ORDER BY id')) as { name: string }[];
    return rows.map((row) => row.name);
  } finally {
    await runner.release();
  }
}

async function run(source: DataSource): Promise<string[]> {
  const done = await source.runMigrations({ transaction: 'each' });
  return done.map((migration) => migration.name);
}
