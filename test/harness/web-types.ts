import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import { EVENT_TYPES, eventSchemas } from '../../src/claim/index.js';
import { ROOT } from '../../src/common/root.js';
import { readApiDocuments } from './api-document.js';
import { formatted } from './formatted.js';

/**
 * `npm run web:types`: writes what our client (and with it the web) is generated from the OpenAPI document and the schemas of events;
 * `-- --check` only says whether it is current, by its exit status.
 */
const FOLDER = 'clients/typescript/src';
const HEADER = '// Written by `npm run web:types` from the OpenAPI document. Do not edit.\n\n';
const SCHEMAS = '#/components/schemas/';

const document = (await readApiDocuments())['3.0'] as unknown as OpenAPI3;
/** A member with a default may be left out of a request. */
const typesOf = async (from: OpenAPI3): Promise<string> =>
  astToString(await openapiTS(from, { alphabetize: true, defaultNonNullable: false }));

/** POSTs that take an `Idempotency-Key`: they may be repeated when nobody knows what became of them. */
function idempotentPosts(): string {
  const paths = Object.entries(document.paths ?? {}).flatMap(([path, item]) => {
    const { parameters = [] } = (item as { post?: { parameters?: { name?: string }[] } }).post ?? {};
    return parameters.some(({ name }) => name === 'Idempotency-Key') ? [path] : [];
  });
  return `/** POSTs that may be repeated with the same \`Idempotency-Key\`. */
export const IDEMPOTENT_POSTS: ReadonlySet<string> = new Set(${JSON.stringify(paths.sort())});\n`;
}

async function events(): Promise<string> {
  const { schemas, nameOf } = eventSchemas(SCHEMAS);
  const types = await typesOf({
    openapi: '3.1.0',
    info: { title: 'events', version: '1' },
    paths: {},
    components: { schemas },
  } as OpenAPI3);
  const schemasOnly = types.slice(
    types.indexOf('export interface components'),
    types.indexOf('export type $defs'),
  );
  const members = EVENT_TYPES.map((type) => `'${type}': components['schemas']['${nameOf[type]}'];`);
  return `${schemasOnly}
/** Events by their type; what each is for stands in docs/reference/events.md. */
export interface Events {
${members.join('\n')}
}
export type EventType = keyof Events;
export type EventOf<Type extends EventType> = Events[Type];
export type VoucherConnectEvent = Events[EventType];
`;
}

const FILES = {
  'schema.ts': await typesOf(document),
  'events.ts': await events(),
  'idempotent.ts': idempotentPosts(),
};

for (const [name, text] of Object.entries(FILES)) {
  const path = join(ROOT, FOLDER, name);
  const now = await formatted(path, HEADER + text);
  if (!process.argv.includes('--check')) {
    writeFileSync(path, now);
  } else if (readFileSync(path, 'utf8') !== now) {
    console.error(`${FOLDER}/${name} is not what the API is now: run npm run web:types`);
    process.exitCode = 1;
  }
}
