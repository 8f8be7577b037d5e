import { parseArgs } from 'node:util';
import { ConfigError, loadSettings } from '../config/index.js';
import { connect } from '../database/connect.js';
import { migrate, migrateBack } from '../database/migrate.js';

/** `npm run migrate`: brings the schema of the configured database to the newest version, or back to that of an earlier one. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { 'back-to': { type: 'string' } } });
  const last = values['back-to'];
  const config = loadSettings();
  const { database, writer } = await connect(config, []);
  try {
    if (last !== undefined) {
      const undone = await migrateBack(writer, database.dialect, last);
      for (const name of undone) console.log(`took back ${name}`);
      console.log(`the schema is that of ${last}; start only versions of that schema now`);
      return;
    }
    const done = await migrate(writer, database.dialect);
    for (const name of done) console.log(`ran ${name}`);
    const where = config.stack ? `${database.dialect} server` : `SQLite file in ${config.DATA_DIR}`;
    console.log(
      `${where}: ${done.length === 0 ? 'schema is up to date' : `${done.length} migration(s) run`}`,
    );
  } finally {
    await database.close();
  }
}

/** Connection faults may carry their reason in the code alone, or once for each address that was tried. */
function reason(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reason(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  const code = (error as NodeJS.ErrnoException).code;
  return error.message.split('\n')[0] || (code ?? error.name);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : `migrate: ${reason(error)}`);
  process.exitCode = 1;
}
process.exit(); // whatever a driver still holds open
