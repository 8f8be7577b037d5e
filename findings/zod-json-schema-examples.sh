#!/usr/bin/env bash
# zod 4.6.7 (npm): z.toJSONSchema(schema, { io: 'input' }) leaves out the `examples` of an object as soon as any member, however
# deep, has a transform; `title` and `description` stay. The same object without a transform, and both with io 'output', keep them. An
# API document made from such schemas loses the examples of its requests without a word.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit zod@4.6.7
cat > try.mjs <<'JS'
import assert from 'node:assert/strict';
import { z } from 'zod';

const meta = { description: 'Who comes', examples: [{ name: 'Lin' }] };
const trimmed = z.string().transform((text) => text.trim());
const schemas = {
  plain: z.object({ name: z.string() }).meta(meta),
  transformed: z.object({ name: trimmed }).meta(meta),
  deep: z.object({ name: z.string(), guests: z.array(z.object({ name: trimmed })).optional() }).meta(meta),
};
const kept = (io) => Object.fromEntries(Object.entries(schemas).map(([name, schema]) => {
  const json = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  assert.equal(json.description, meta.description);
  return [name, json.examples?.length ?? 0];
}));
const found = { input: kept('input'), output: kept('output') };
console.log('examples that are kept:', found);
assert.deepEqual(found, { input: { plain: 1, transformed: 0, deep: 0 }, output: { plain: 1, transformed: 1, deep: 1 } });
JS
node try.mjs
echo "as described: zod 4.6.7 drops the examples of an input that has a transform inside"
