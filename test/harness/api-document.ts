import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenAPIObject } from '@nestjs/swagger';
import { createApp } from '../../src/app.factory.js';
import { loadConfig } from '../../src/config/index.js';
import { apiDocument } from '../../src/http/openapi/docs.js';

/** The OpenAPI document as every client gets it. The application is built embedded and never listens. */
export async function readApiDocument(): Promise<OpenAPIObject> {
  const folder = mkdtempSync(join(tmpdir(), 'voucherconnect-document-'));
  const app = await createApp(
    loadConfig({ NODE_ENV: 'test', LOG_LEVEL: 'silent', DATA_DIR: folder, OPS_PORT: '0' }),
  );
  try {
    await app.init();
    return JSON.parse(JSON.stringify(apiDocument(app))) as OpenAPIObject;
  } finally {
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
