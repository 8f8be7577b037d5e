import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import { format, resolveConfig } from 'prettier';
import { createApp } from '../app.factory.js';
import { loadConfig } from '../config/index.js';
import { apiDocument } from '../platform/http/docs.js';
import { ROOT } from '../shared/root.js';

/**
 * `npm run web:types`: writes the web's types of the API from the OpenAPI document; `-- --check` only says whether they are
 * current, by its exit status. The application is built embedded and never listens.
 */
const FILE = join(ROOT, 'web/src/api/schema.ts');
const HEADER = '// Written by `npm run web:types` from the OpenAPI document. Do not edit.\n\n';

async function generate(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'voucherconnect-types-'));
  const app = await createApp(
    loadConfig({ NODE_ENV: 'test', LOG_LEVEL: 'silent', DATA_DIR: folder, OPS_PORT: '0' }),
  );
  try {
    await app.init();
    // Through JSON, as every client gets it.
    const document = JSON.parse(JSON.stringify(apiDocument(app))) as OpenAPI3;
    const types = astToString(await openapiTS(document, { alphabetize: true }));
    return await format(HEADER + types, { ...(await resolveConfig(FILE)), filepath: FILE });
  } finally {
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const types = await generate();
if (!process.argv.includes('--check')) {
  writeFileSync(FILE, types);
} else if (readFileSync(FILE, 'utf8') !== types) {
  console.error('web/src/api/schema.ts is not what the API is now: run npm run web:types');
  process.exitCode = 1;
}
