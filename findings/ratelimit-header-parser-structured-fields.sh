#!/usr/bin/env bash
# ratelimit-header-parser 0.1.0 (npm) answers NaN and an invalid date, and no error, for the structured-field form of
# `RateLimit` (draft-ietf-httpapi-ratelimit-headers-08 and later). It reads the two older forms. A client that waits until
# `reset` does not wait.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit ratelimit-header-parser@0.1.0
cat > try.mjs <<'JS'
import assert from 'node:assert/strict';
import { parseRateLimit } from 'ratelimit-header-parser';

const read = (headers) => parseRateLimit(new Headers(headers));
const structured = read({ ratelimit: '"claim";r=4;t=6', 'ratelimit-policy': '"claim";q=5;w=10' });
const combined = read({ ratelimit: 'limit=5, remaining=4, reset=6', 'ratelimit-policy': '5;w=10' });
const separate = read({ 'ratelimit-limit': '5', 'ratelimit-remaining': '4', 'ratelimit-reset': '6' });
console.log({ structured, combined, separate });
assert.ok([structured.limit, structured.used, structured.remaining, structured.reset.getTime()].every(Number.isNaN));
assert.equal(combined.remaining, 4);
assert.equal(separate.remaining, 4);
JS
node try.mjs
echo "as described: ratelimit-header-parser 0.1.0 reads the older forms only"
