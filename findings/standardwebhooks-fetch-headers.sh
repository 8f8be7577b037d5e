#!/usr/bin/env bash
# standardwebhooks 1.1.1 (npm): `verify(body, headers)` takes a plain object. Given the `Headers` of a fetch-style request
# (Hono, Next.js route handlers, Workers, Deno), a valid webhook is refused with "Missing required headers": the names are
# looked up as properties. With `Object.fromEntries(headers)` the same webhook is accepted.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit standardwebhooks@1.1.1
cat > try.mjs <<'JS'
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

const webhook = new Webhook(`whsec_${randomBytes(32).toString('base64')}`);
const body = '{"type":"claim.issued"}';
const at = new Date();
const headers = {
  'webhook-id': 'msg_1',
  'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
  'webhook-signature': webhook.sign('msg_1', at, body),
};
assert.deepEqual(webhook.verify(body, headers), JSON.parse(body));
const asFetch = new Headers(headers);
assert.throws(() => webhook.verify(body, asFetch), /Missing required headers/);
assert.deepEqual(webhook.verify(body, Object.fromEntries(asFetch)), JSON.parse(body));
JS
node try.mjs
echo "as described: standardwebhooks 1.1.1 reads plain objects, and refuses a fetch Headers object"
