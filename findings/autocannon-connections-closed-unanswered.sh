#!/usr/bin/env bash
# autocannon 9.0.0 (npm) against a server that reads each request and closes the connection without an answer: thousands of
# requests are sent, none is answered, and the report says errors 0, timeouts 0, resets 0, non2xx 0. Compare `requests.sent`
# with `requests.total` (answered) before believing a run without errors.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit autocannon@9.0.0
cat > try.mjs <<'JS'
import assert from 'node:assert/strict';
import net from 'node:net';
import autocannon from 'autocannon';

const server = net.createServer((socket) => {
  socket.on('error', () => undefined);
  socket.once('data', () => socket.end());
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${server.address().port}/`;
for (const pipelining of [1, 10]) {
  const { requests, errors, timeouts, resets, non2xx } = await autocannon({ url, connections: 5, amount: 500, pipelining, duration: 5 });
  console.log({ pipelining, sent: requests.sent, answered: requests.total, errors, timeouts, resets, non2xx });
  assert.ok(requests.sent > 0);
  assert.deepEqual({ answered: requests.total, errors, timeouts, resets, non2xx }, { answered: 0, errors: 0, timeouts: 0, resets: 0, non2xx: 0 });
}
process.exit(0);
JS
timeout 60 node try.mjs
echo "as described: autocannon 9.0.0 reports no error where no request was answered"
