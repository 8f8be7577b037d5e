import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../../src/app.factory.js';
import { loadConfig } from '../../src/config/index.js';
import { releaseFolder } from '../../src/database/connect.js';
import { apiDocument } from '../../src/http/openapi/docs.js';
import { Api, until } from './api.js';
import { Conformance } from './conformance.js';

export interface TestApp {
  readonly url: string;
  readonly app: NestFastifyApplication;
  readonly api: Api;
  /** What all answers to `api` were held against. */
  readonly conformance: Conformance;
  readonly dataDir: string;
  /** Stops and gives the folder back; a folder that was made for this application is removed unless `keep`. */
  stop(options?: { readonly keep?: boolean }): Promise<void>;
}

/** Cheap passwords, no log, any free port. Passport keeps its strategies in the process: one JWT_SECRET for all. */
export const TEST_ENV: Readonly<Record<string, string>> = {
  NODE_ENV: 'test',
  LOG_LEVEL: 'silent',
  PORT: '0',
  OPS_PORT: '0',
  // Crowds come from addresses of their own, under the limits that are on by default.
  TRUSTED_PROXIES: '127.0.0.1',
  PASSWORD_MEMORY_KIB: '8',
  PASSWORD_ITERATIONS: '1',
  SQLITE_SYNCHRONOUS: 'normal',
  // On a busy machine a turn of the event loop takes longer than a lease has to be: 503, and the claim counts as tried.
  GATE_LEASE_MS: '60000',
  // Whether somebody has built the web pages makes no difference to a test.
  WEB_DIR: 'test/no-web',
};

export const newDataDir = (): Promise<string> => mkdtemp(join(tmpdir(), 'voucherconnect-test-'));

/** The embedded application in this process, ready. */
export async function startApp(overrides: Readonly<Record<string, string>> = {}): Promise<TestApp> {
  const dataDir = overrides['DATA_DIR'] ?? (await newDataDir());
  const config = loadConfig({ ...TEST_ENV, ...overrides, DATA_DIR: dataDir });
  const app = await createApp(config);
  await app.startAllMicroservices();
  // All of a crowd that comes at once: what the system does not hold tries again after seconds, and is reset in the end.
  await app.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 });
  const { port } = app.getHttpServer().address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const conformance = new Conformance(apiDocument(app));
  const api = new Api(url, (method, path, answer) => conformance.check(method, path, answer));
  await until(async () => ((await api.call('GET', '/readyz')).status === 200 ? true : undefined));
  return {
    url,
    app,
    api,
    conformance,
    dataDir,
    async stop({ keep = overrides['DATA_DIR'] !== undefined } = {}) {
      app.getHttpServer().closeIdleConnections?.();
      await app.close();
      releaseFolder(dataDir);
      if (!keep) await rm(dataDir, { recursive: true, force: true });
    },
  };
}
