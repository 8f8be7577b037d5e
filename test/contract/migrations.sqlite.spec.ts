import { afterAll, describe } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/index.js';
import { connect, releaseFolder } from '../../src/database/connect.js';
import { describeMigrations } from './support/migrations.contract.js';

describe('migrations on SQLite', () => {
  const folders: string[] = [];

  describeMigrations(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'voucherconnect-migrations-'));
    folders.push(folder);
    return connect(loadConfig({ DATA_DIR: folder }), []);
  });

  afterAll(() => {
    for (const folder of folders) {
      releaseFolder(folder);
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
