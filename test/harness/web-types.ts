import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import { format, resolveConfig } from 'prettier';
import { ROOT } from '../../src/common/root.js';
import { readApiDocument } from './api-document.js';

/**
 * `npm run web:types`: writes the web's types of the API from the OpenAPI document; `-- --check` only says whether they are
 * current, by its exit status.
 */
const FILE = join(ROOT, 'web/src/api/schema.ts');
const HEADER = '// Written by `npm run web:types` from the OpenAPI document. Do not edit.\n\n';

async function generate(): Promise<string> {
  const document = (await readApiDocument()) as unknown as OpenAPI3;
  const types = astToString(await openapiTS(document, { alphabetize: true }));
  return format(HEADER + types, { ...(await resolveConfig(FILE)), filepath: FILE });
}

const types = await generate();
if (!process.argv.includes('--check')) {
  writeFileSync(FILE, types);
} else if (readFileSync(FILE, 'utf8') !== types) {
  console.error('web/src/api/schema.ts is not what the API is now: run npm run web:types');
  process.exitCode = 1;
}
