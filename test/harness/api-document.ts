import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenAPIObject } from '@nestjs/swagger';
import { createApp } from '../../src/app.factory.js';
import { loadConfig } from '../../src/config/index.js';
import { apiDocument, apiDocument31 } from '../../src/http/openapi/docs.js';

/** The OpenAPI document as every client gets it, in 3.0 and in 3.1. The application is built embedded and never listens. */
export async function readApiDocuments(): Promise<Record<'3.0' | '3.1', OpenAPIObject>> {
  const folder = mkdtempSync(join(tmpdir(), 'voucherconnect-document-'));
  const app = await createApp(
    loadConfig({ NODE_ENV: 'test', LOG_LEVEL: 'silent', DATA_DIR: folder, OPS_PORT: '0' }),
  );
  try {
    await app.init();
    return JSON.parse(JSON.stringify({ '3.0': apiDocument(app), '3.1': apiDocument31(app) })) as Record<
      '3.0' | '3.1',
      OpenAPIObject
    >;
  } finally {
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
