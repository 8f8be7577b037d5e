import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { migrations } from '../../../migrations/index.js';
import type { Connection } from '../../../src/platform/database/connect.js';
import { migrate, requireCurrentSchema } from '../../../src/platform/database/migrate.js';

/** What every database's migrations must do. `open` gives a connection to an empty database. */
export function describeMigrations(open: () => Promise<Connection>): void {
  let connection: Connection;
  const run = () => migrate(connection.writer, connection.database.dialect);

  beforeEach(async () => {
    connection = await open();
  });
  afterEach(() => connection.database.close());

  it('bring an empty database to the newest version, once', async () => {
    await expect(requireCurrentSchema(connection.writer)).rejects.toThrow('npm run migrate');
    expect(await run()).toEqual(migrations.map((migration) => migration.name));
    expect(await run()).toEqual([]);
    await expect(requireCurrentSchema(connection.writer)).resolves.toBeUndefined();
  });

  it('refuse a schema version that this program does not know', async () => {
    await run();
    await connection.database.write((tx) =>
      tx.query(`INSERT INTO migrations (timestamp, name) VALUES (?, ?)`, [
        9_999_999_999_999,
        'FromTheFuture',
      ]),
    );
    await expect(run()).rejects.toThrow('FromTheFuture');
    await expect(requireCurrentSchema(connection.writer)).rejects.toThrow('FromTheFuture');
  });

  it('can be taken back and run again', async () => {
    await run();
    await connection.writer.undoLastMigration();
    await expect(requireCurrentSchema(connection.writer)).rejects.toThrow('npm run migrate');
    expect(await run()).toHaveLength(1);
  });
}
