#!/usr/bin/env bash
# orval 8.38.0 with `override.fetch.runtimeValidation` holds each JSON answer against the schema of the success, whatever its
# status: a 409 that is documented, and typed in the client, is thrown as a ZodError that names fields of the success. What the
# server said, and that it was a 409, is lost. @hey-api/openapi-ts 0.99.0 with `validator` gives the same answer as `error`.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cd "$work"
cat > document.json <<'JSON'
{
  "openapi": "3.0.3",
  "info": { "title": "tickets", "version": "1" },
  "paths": {
    "/tickets": {
      "post": {
        "operationId": "takeTicket",
        "responses": {
          "201": { "description": "taken", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Ticket" } } } },
          "409": { "description": "none left", "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Refusal" } } } }
        }
      }
    }
  },
  "components": {
    "schemas": {
      "Ticket": { "type": "object", "required": ["seat"], "properties": { "seat": { "type": "integer", "format": "int32" } } },
      "Refusal": { "type": "object", "required": ["code"], "properties": { "code": { "type": "string" } } }
    }
  }
}
JSON
cat > orval.config.mjs <<'JS'
export default {
  api: {
    input: 'document.json',
    output: {
      target: 'orval/api.ts',
      schemas: { path: 'orval/model', type: 'zod' },
      client: 'fetch',
      baseUrl: { runtime: "process.env['API_URL']" },
      override: { fetch: { runtimeValidation: true } },
    },
  },
};
JS
cat > hey-api.config.mjs <<'JS'
export default {
  input: 'document.json',
  output: 'hey-api',
  plugins: ['@hey-api/typescript', '@hey-api/client-fetch', 'zod', { name: '@hey-api/sdk', validator: true }],
};
JS
cat > try.ts <<'TS'
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { takeTicket } from './orval/api';
import { takeTicket as heyTakeTicket } from './hey-api';
import { client } from './hey-api/client.gen';

let left = 0;
const server = createServer((_request, response) => {
  const [status, type, body] = left > 0 ? [201, 'application/json', { seat: 7 }] : [409, 'application/problem+json', { code: 'none_left' }];
  response.writeHead(status as number, { 'content-type': type as string }).end(JSON.stringify(body));
});
server.listen(0, '127.0.0.1', async () => {
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env['API_URL'] = baseUrl;
  client.setConfig({ baseUrl });
  const hey = await heyTakeTicket();
  console.log('hey-api, 409:', JSON.stringify(hey.error));
  const thrown = await takeTicket().then(({ status }) => `answered ${status}`, (error: unknown) => error as Error);
  const said = thrown instanceof Error ? `${thrown.name}: ${JSON.stringify(JSON.parse(thrown.message))}` : thrown;
  console.log('orval, 409:', said);
  left = 1;
  const taken = await takeTicket();
  console.log('orval, 201:', taken.status, JSON.stringify(taken.data));
  server.close();
  const surprises = said.startsWith('ZodError') && said.includes('seat') && !said.includes('none_left');
  const asWritten = taken.status === 201 && taken.data.seat === 7 && hey.error?.code === 'none_left';
  process.exit(surprises && asWritten ? 0 : 1);
});
TS
npm init -y >/dev/null
npm install --silent --no-fund --no-audit node@22 typescript@6.0.3 @types/node@22 zod@4.6.7 orval@8.38.0 @hey-api/openapi-ts@0.99.0
export PATH=$work/node_modules/.bin:$PATH
orval --config orval.config.mjs >orval.log 2>&1 || { cat orval.log; exit 1; }
openapi-ts --file hey-api.config.mjs >hey-api.log 2>&1 || { cat hey-api.log; exit 1; }
tsc --outDir built --strict --target es2022 --module commonjs --moduleResolution node10 --ignoreDeprecations 6.0 \
  --lib es2022,dom --types node --skipLibCheck try.ts
node built/try.js
