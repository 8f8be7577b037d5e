#!/usr/bin/env bash
# oasdiff 1.37.0 (Go) looks for changes of an OpenAPI document that break its users. The body of a webhook is sent by the API and read
# by its user, as the body of a response is; oasdiff judges it like the body of a request, which is written by the user. The same
# change of the same schema is an error in a response and nothing in a webhook: a member that may be missing, a new value of an enum, a
# number where there were integers, a null. A new member that is always sent, which hurts nobody who reads, is an error in a webhook.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
GOBIN=$dir/bin go install github.com/oasdiff/oasdiff@v1.37.0 2>go.log || { cat go.log; exit 1; }
cat > try.mjs <<'JS'
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const before = {
  type: 'object',
  required: ['id', 'state', 'units'],
  properties: { id: { type: 'string' }, state: { type: 'string', enum: ['issued'] }, units: { type: 'integer' } },
};
const withMember = (name, schema) => ({ ...before, properties: { ...before.properties, [name]: schema } });
const { units: _, ...withoutUnits } = before.properties;
const changes = {
  'units may be missing': { ...before, required: ['id', 'state'] },
  'units is gone': { ...before, required: ['id', 'state'], properties: withoutUnits },
  'state has a new value': withMember('state', { type: 'string', enum: ['issued', 'held'] }),
  'units may be a fraction': withMember('units', { type: 'number' }),
  'units may be null': withMember('units', { type: ['integer', 'null'] }),
  'note is new, always there': { ...withMember('note', { type: 'string' }), required: [...before.required, 'note'] },
};
const ok = { description: 'Taken' };
const json = (schema) => ({ content: { 'application/json': { schema } } });
const document = (rest) => ({ openapi: '3.1.0', info: { title: 'Claims', version: '1' }, paths: {}, ...rest });
const places = {
  response: (schema) => document({ paths: { '/claim': { get: { responses: { 200: { ...ok, ...json(schema) } } } } } }),
  webhook: (schema) => document({ webhooks: { claim: { post: { requestBody: { required: true, ...json(schema) }, responses: { 200: ok } } } } }),
};
const LEVELS = { 2: 'warning', 3: 'error' };
for (const [change, after] of Object.entries(changes)) {
  const found = Object.entries(places).map(([place, write]) => {
    writeFileSync('before.json', JSON.stringify(write(before)));
    writeFileSync('after.json', JSON.stringify(write(after)));
    const report = execFileSync('bin/oasdiff', ['breaking', '--format', 'json', 'before.json', 'after.json'], { encoding: 'utf8' });
    const levels = (report.trim() ? JSON.parse(report) : []).map(({ level }) => LEVELS[level]);
    return `${levels.join() || 'nothing'} in a ${place}`;
  });
  console.log(`${change}: ${found.join(', ')}`);
}
JS
node try.mjs | tee read
diff read - <<'TEXT'
units may be missing: error in a response, nothing in a webhook
units is gone: error in a response, warning in a webhook
state has a new value: error in a response, nothing in a webhook
units may be a fraction: error in a response, nothing in a webhook
units may be null: error in a response, nothing in a webhook
note is new, always there: nothing in a response, error in a webhook
TEXT
echo "as described: oasdiff 1.37.0 judges what a webhook sends as if its receiver wrote it"
