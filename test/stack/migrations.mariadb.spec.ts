import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadConfig } from '../../src/config/index.js';
import { connect } from '../../src/database/connect.js';
import { ROOT } from '../../src/common/root.js';
import { describeMigrations } from '../contract/support/migrations.contract.js';
import { emptyDatabase, query, required } from '../support/stack-env.js';

describe('migrations on MariaDB', () => {
  const settings = async (name: string) => ({
    DATABASE_URL: await emptyDatabase(name),
    REDIS_URL: required('REDIS_URL'),
    KAFKA_BROKERS: required('KAFKA_BROKERS'),
  });

  describeMigrations(async () => connect(loadConfig(await settings('migrations')), []));

  it('are run by one of several processes that start at the same time', async () => {
    const env = await settings('race');
    const run = () =>
      promisify(execFile)(process.execPath, [join(ROOT, 'dist', 'src', 'cli', 'migrate.js')], {
        env: { ...process.env, ...env },
      });
    await Promise.all([run(), run(), run()]);
    const rows = await query<{ name: string }>(env, 'SELECT name FROM migrations');
    expect(new Set(rows.map((row) => row.name)).size).toBe(rows.length);
    expect(await query(env, 'SELECT epoch FROM gate_epoch')).toHaveLength(1);
  });
});
