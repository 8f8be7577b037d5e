#!/usr/bin/env bash
# A refusal as a problem document (RFC 9457), sent as `application/problem+json` and with `; charset=utf-8` behind it, a parameter that
# is to change nothing for whoever reads JSON (RFC 8259, section 11). With it @apollo/datasource-rest 6.4.1 (npm) hands the body over
# as text, without it as an object; @inrupt/solid-client-errors 0.0.4 (npm), "an RFC9457 Problem Details handling library", takes the
# document for none: the type is `about:blank`, title and detail are lost, and no error says so. needle 3.5.0 and gaxios 7.3.1 (npm)
# parse JSON, but of a type that ends in `+json` (RFC 6839) needle gives text, gaxios a Blob. superagent 10.4.2, ofetch 1.5.1,
# up-fetch 2.6.1 and xior 0.8.5 (npm) read all.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts @apollo/datasource-rest@6.4.1 graphql@16.11.0 \
  @inrupt/solid-client-errors@0.0.4 needle@3.5.0 gaxios@7.3.1 superagent@10.4.2 ofetch@1.5.1 up-fetch@2.6.1 xior@0.8.5
cat > try.mjs <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { RESTDataSource } from '@apollo/datasource-rest';
import { ClientHttpError } from '@inrupt/solid-client-errors';
import { Gaxios } from 'gaxios';
import needle from 'needle';
import { ofetch } from 'ofetch';
import superagent from 'superagent';
import { up } from 'up-fetch';
import xior from 'xior';

const PROBLEM = { type: '/problems/sold_out', title: 'All units are taken', status: 409, detail: 'No units are left.' };
const TYPES = ['application/json', 'application/problem+json', 'application/problem+json; charset=utf-8'];

const server = createServer((request, response) => {
  response.writeHead(409, { 'content-type': TYPES[Number(request.url.slice(1))] });
  response.end(JSON.stringify(PROBLEM));
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const base = `http://127.0.0.1:${server.address().port}/`;

class Shop extends RESTDataSource {
  baseURL = base;
  claim = (path) => this.get(path);
}
const failed = (promise, read) => promise.then(() => 'no error', read);
const clients = {
  '@apollo/datasource-rest': (n) => failed(new Shop().claim(n), (error) => error.extensions.response.body),
  needle: async (n) => (await needle('get', base + n)).body,
  gaxios: (n) => failed(new Gaxios().request({ url: base + n }), (error) => error.response.data),
  superagent: (n) => failed(superagent.get(base + n), (error) => error.response.body),
  ofetch: (n) => failed(ofetch(base + n), (error) => error.data),
  'up-fetch': (n) => failed(up(fetch)(base + n), (error) => error.data),
  xior: (n) => failed(xior.create().get(base + n), (error) => error.response.data),
};
const kind = (body) => (body?.title === PROBLEM.title ? 'read' : Object.prototype.toString.call(body).slice(8, -1));
for (const [name, get] of Object.entries(clients)) {
  const kinds = [];
  for (const n of TYPES.keys()) kinds.push(kind(await get(String(n))));
  console.log(`${name}: ${kinds.join(', ')}`);
}
for (const n of [1, 2]) {
  const response = await fetch(base + n);
  const { type, title, detail } = new ClientHttpError(response, await response.text(), 'refused').problemDetails;
  console.log(`@inrupt/solid-client-errors: ${type.href.replace(base, '/')}, ${title}, ${detail}`);
}
process.exit();
JS
node try.mjs 2>errors.txt | tee seen || { cat errors.txt; exit 1; }
diff seen - <<'TEXT'
@apollo/datasource-rest: read, read, String
needle: read, String, String
gaxios: read, Blob, Blob
superagent: read, read, read
ofetch: read, read, read
up-fetch: read, read, read
xior: read, read, read
@inrupt/solid-client-errors: /problems/sold_out, All units are taken, No units are left.
@inrupt/solid-client-errors: about:blank, Conflict, undefined
TEXT
echo "as described: a charset behind the type hides a problem document from two of eight clients, two more read none"
