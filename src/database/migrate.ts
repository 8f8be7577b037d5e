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
  if (dialect === 'sqlite') return run(source); // one process holds the folder
  const runner = source.createQueryRunner();
  try {
    const rows: unknown = await runner.query('SELECT GET_LOCK(?, ?) AS got', [LOCK, LOCK_WAIT_S]);
    const got = Array.isArray(rows) ? Number((rows[0] as { got: unknown }).got) : 0;
    if (got !== 1) throw new Error(`another process has been migrating for over ${LOCK_WAIT_S} s`);
    return await run(source);
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
