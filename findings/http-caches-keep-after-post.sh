#!/usr/bin/env bash
# GET tells how many units are left and may be kept for a minute; a POST to the same address takes one. A cache must then forget what it
# has for that address (RFC 9111, 4.4). got 14.6.6, whose page promises "RFC compliant caching", axios-cache-interceptor 1.12.3 (npm),
# requests-cache 1.3.3 (also with `cache_control`) and CacheControl 0.14.4 (PyPI), which forgets after PUT, PATCH and DELETE only, go
# on showing the number from before the client's own POST. undici 7.30.2 and make-fetch-happen 15.0.6 (npm) ask again.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts \
  got@14.6.6 axios@1.21.1 axios-cache-interceptor@1.12.3 undici@7.30.2 make-fetch-happen@15.0.6
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
  requests==2.34.2 requests-cache==1.3.3 CacheControl==0.14.4

cat > try.mjs <<'JS'
import http from 'node:http';
import axios from 'axios';
import { setupCache } from 'axios-cache-interceptor';
import got from 'got';
import fetching from 'make-fetch-happen';
import { Agent, interceptors, request } from 'undici';
let left = 5;
const server = http.createServer(({ method }, response) => {
  if (method === 'POST') left--;
  response.writeHead(200, { 'cache-control': 'max-age=60', 'content-type': 'text/plain' }).end(`${left} left`);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const cache = new Map();
const client = setupCache(axios.create());
const dispatcher = new Agent().compose(interceptors.cache());
const fetches = fetching.defaults({ cachePath: './kept' });
const clients = {
  got: async (url, method) => (await got(url, { method, cache })).body,
  'axios-cache-interceptor': async (url, method) => (await client.request({ url, method })).data,
  undici: async (url, method) => (await request(url, { method, dispatcher })).body.text(),
  'make-fetch-happen': async (url, method) => (await fetches(url, { method })).text(),
};
for (const [name, ask] of Object.entries(clients)) {
  left = 5;
  const url = `http://127.0.0.1:${server.address().port}/${name}`;
  const before = await ask(url, 'GET');
  const taken = await ask(url, 'POST');
  console.log(`${name}: ${before}, taken: ${taken}, then ${await ask(url, 'GET')}`);
}
process.exit();
JS
cat > try.py <<'PY'
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import cachecontrol
import requests
import requests_cache

left = 5


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'%d left' % left
        self.send_response(200)
        for name, value in {'cache-control': 'max-age=60', 'content-type': 'text/plain', 'content-length': str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        global left
        left -= 1
        self.do_GET()

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
Thread(target=server.serve_forever, daemon=True).start()
clients = {
    'requests-cache': requests_cache.CachedSession(backend='memory'),
    'requests-cache, cache_control': requests_cache.CachedSession(backend='memory', cache_control=True),
    'CacheControl': cachecontrol.CacheControl(requests.Session()),
}
for place, (name, client) in enumerate(clients.items()):
    left = 5
    before, taken, after = (client.request(method, f'http://127.0.0.1:{server.server_port}/{place}').text for method in ('GET', 'POST', 'GET'))
    print(f'{name}: {before}, taken: {taken}, then {after}')
PY
{ timeout 60 node try.mjs; timeout 60 venv/bin/python try.py; } | tee read
diff read - <<'TEXT'
got: 5 left, taken: 4 left, then 5 left
axios-cache-interceptor: 5 left, taken: 4 left, then 5 left
undici: 5 left, taken: 4 left, then 4 left
make-fetch-happen: 5 left, taken: 4 left, then 4 left
requests-cache: 5 left, taken: 4 left, then 5 left
requests-cache, cache_control: 5 left, taken: 4 left, then 5 left
CacheControl: 5 left, taken: 4 left, then 5 left
TEXT
echo "as described: four of six caches go on showing what the client's own POST has changed"
