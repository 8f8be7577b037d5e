#!/usr/bin/env bash
# orval 8.38.0 with `schemas: { type: 'zod' }` writes a file for each schema, with what it refers to written out in it, and a constant
# for each bound, called after the path to it. `Order.lines` is an `OrderLines`: both files export `orderLinesCountMax`, and the
# index that exports all of both does not compile (TS2308). With the schema called `Lines` it does.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit node@22 typescript@6.0.3 @types/node@22 zod@4.6.7 orval@8.38.0
export PATH=$work/node_modules/.bin:$PATH
for name in OrderLines Lines; do
  mkdir $name
  cat >$name/document.json <<JSON
{
  "openapi": "3.0.3",
  "info": { "title": "orders", "version": "1" },
  "paths": {
    "/order": {
      "get": {
        "operationId": "getOrder",
        "responses": {
          "200": { "description": "the order", "content": { "application/json": { "schema": { "\$ref": "#/components/schemas/Order" } } } }
        }
      }
    }
  },
  "components": {
    "schemas": {
      "Order": { "type": "object", "properties": { "lines": { "\$ref": "#/components/schemas/$name" } } },
      "$name": { "type": "object", "properties": { "count": { "type": "integer", "format": "int32", "maximum": 10 } } }
    }
  }
}
JSON
  cat >$name/orval.config.mjs <<'JS'
export default {
  api: {
    input: 'document.json',
    output: { target: 'client/api.ts', schemas: { path: 'client/model', type: 'zod' }, client: 'fetch' },
  },
};
JS
  (cd $name && orval --config orval.config.mjs >orval.log 2>&1) || { cat $name/orval.log; exit 1; }
  tsc --noEmit --strict --target es2022 --module commonjs --moduleResolution node10 --ignoreDeprecations 6.0 --lib es2022,dom \
    --types node --skipLibCheck $name/client/api.ts >$name/tsc.log || true
  echo "$name: $(cat $name/tsc.log)"
done
grep -q "TS2308.*'orderLinesCountMax'" OrderLines/tsc.log
[ ! -s Lines/tsc.log ]
