#!/usr/bin/env bash
# The HTML standard has a server end an event stream for good by the status 204: "tell the client to stop reconnecting"; eventsource 4.1.1
# (npm) obeys. @microsoft/fetch-event-source 2.0.1 (npm) takes the 204 for a wrong content type and asks again each second, and
# reconnecting-eventsource 1.6.5 (npm), around a standard EventSource that stopped, opens another for ever.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit eventsource@4.1.1 @microsoft/fetch-event-source@2.0.1 reconnecting-eventsource@1.6.5
cat > try.mjs <<'JS'
import assert from 'node:assert/strict';
import http from 'node:http';
import { EventSource } from 'eventsource';

// What a browser has and these two look for.
globalThis.EventSource = EventSource;
globalThis.document = { hidden: false, addEventListener() {}, removeEventListener() {} };
globalThis.window = globalThis;
const { fetchEventSource } = await import('@microsoft/fetch-event-source');
const { default: ReconnectingEventSource } = await import('reconnecting-eventsource');

const asked = {};
const waiting = new Map();
const server = http.createServer(({ url }, response) => {
  asked[url] = (asked[url] ?? 0) + 1;
  if (asked[url] === 3) waiting.get(url)?.();
  response.writeHead(204).end();
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const base = `http://127.0.0.1:${server.address().port}`;
const thirdTime = (path) => new Promise((resolve) => waiting.set(path, resolve));

const standard = new EventSource(`${base}/standard`);
const thrice = Promise.all([thirdTime('/fetch'), thirdTime('/reconnecting')]);
void fetchEventSource(`${base}/fetch`, { fetch, onmessage() {} });
new ReconnectingEventSource(`${base}/reconnecting`, { max_retry_time: 1000 });
await thrice;
console.log('requests until each of the two had asked three times:', asked);
assert.equal(standard.readyState, EventSource.CLOSED);
assert.equal(asked['/standard'], 1);
process.exit(0);
JS
timeout 60 node try.mjs
echo "as described: @microsoft/fetch-event-source 2.0.1 and reconnecting-eventsource 1.6.5 go on asking after a 204"
