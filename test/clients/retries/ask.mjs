// node ask.mjs URL CLIENT=COMMAND...: each client asks through a proxy that lets the server refuse it first, with 429 (a
// limit of the user is used up) and with 503 (as many requests as it answers at once are under way). It has to come again
// by itself, not before Retry-After, and to get its answer.
import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const [url, ...clients] = process.argv.slice(2);
const PATH = '/v1/me/claims';
const { fetch, performance } = globalThis;
const upstream = new URL(url);
/** A timer may be that early. */
const EARLY_MS = 50;
/** More than the server takes at once, however short a crowd is. */
const HELD = 8;

let people = 0;
async function shopper() {
  const body = { email: `p${++people}@example.com`, password: 'correct horse battery staple', name: 'Lin' };
  const response = await fetch(`${url}/v1/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (response.status !== 201) throw new Error(`register: ${response.status} ${await response.text()}`);
  return (await response.json()).access_token;
}

const held = [];
const free = () => held.splice(0).forEach((socket) => socket.destroy());
async function waitFor(path, status) {
  for (let attempt = 0; attempt < 200; attempt++) {
    const response = await fetch(url + path);
    await response.body?.cancel();
    if (response.status === status) return;
    await delay(50);
  }
  throw new Error(`${path} is never answered ${status}`);
}
/** Makes the server refuse the next request. */
const refuse = {
  async 429(headers) {
    await fetch(url + PATH, { headers: { authorization: headers.authorization } });
  },
  async 503() {
    for (let n = 0; n < HELD; n++) {
      const socket = connect(Number(upstream.port), upstream.hostname);
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      // Its body never comes.
      socket.write(
        `POST /v1/auth/login HTTP/1.1\r\nHost: ${upstream.host}\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{`,
      );
      held.push(socket);
    }
    await waitFor('/v1/time', 503);
  },
};

let status;
let seen = [];
const proxy = createServer(async (request, response) => {
  const at = performance.now();
  if (seen.length === 0) await refuse[status](request.headers);
  const asked = send(url + request.url, { headers: request.headers }, (answer) => {
    const chunks = [];
    answer.on('data', (chunk) => chunks.push(chunk));
    answer.on('end', () => {
      free();
      seen.push({
        at,
        status: answer.statusCode,
        told: performance.now(),
        after: answer.headers['retry-after'],
      });
      response.writeHead(answer.statusCode, answer.headers).end(Buffer.concat(chunks));
    });
  });
  asked.on('error', () => response.destroy());
  asked.end();
});
proxy.listen(0, '127.0.0.1');
await once(proxy, 'listening');
const address = `http://127.0.0.1:${proxy.address().port}${PATH}`;

async function run(command, token) {
  const [program, ...args] = command.split(' ');
  const child = spawn(program, [...args, address, token]);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  await once(child, 'close');
  return said.trim();
}

let wrong = 0;
for (const one of clients) {
  const [client, command] = one.split(/=(.*)/s);
  for (status of [429, 503]) {
    seen = [];
    const said = await run(command, await shopper());
    const [first, second] = seen;
    const waited = second && second.at - first.told;
    const isRight =
      said === '200' &&
      seen.map((answer) => answer.status).join() === `${status},200` &&
      waited >= Number(first.after) * 1_000 - EARLY_MS;
    if (!isRight) wrong += 1;
    const end = isRight ? 'right' : `WRONG ${said} ${JSON.stringify(seen)}`;
    console.log(
      `${client}: ${status}, Retry-After ${first?.after}, again after ${Math.round(waited)} ms: ${end}`,
    );
    if (status === 503) await waitFor('/v1/time', 200);
  }
}
console.log(wrong === 0 ? 'all as they should be' : `${wrong} are wrong`);
process.exit(wrong === 0 ? 0 : 1);
