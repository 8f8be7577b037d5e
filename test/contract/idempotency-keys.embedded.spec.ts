import { afterAll, beforeAll } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/index.js';
import { connect, releaseFolder, type Connection } from '../../src/database/connect.js';
import { migrate } from '../../src/database/migrate.js';
import { idempotencyKeysContract } from './support/idempotency-keys.contract.js';

let folder: string;
let connection: Connection;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voucherconnect-idempotency-'));
  connection = await connect(
    loadConfig({ NODE_ENV: 'test', DATA_DIR: folder, SQLITE_SYNCHRONOUS: 'normal' }),
    [],
  );
  await migrate(connection.writer, 'sqlite');
});

afterAll(async () => {
  await connection.database.close();
  releaseFolder(folder);
  await rm(folder, { recursive: true });
});

idempotencyKeysContract(() => connection.database);
