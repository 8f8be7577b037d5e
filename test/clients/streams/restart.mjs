// node restart.mjs DATA_DIR CLIENT=COMMAND...: each client follows a claim that is still on its way while the server is
// killed and started again, through a proxy that notes what it asks for. It has to come again by itself with the id of the
// last event it has seen, to hear how the claim ended, once, and to stay away then.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const [dataDir, ...clients] = process.argv.slice(2);
const { fetch } = globalThis;
/** Claims that are issued before the one that is followed, one a second. */
const AHEAD = 120;
const PATIENCE_MS = 180_000;

async function start(port, settings) {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../server.mjs', import.meta.url))], {
    env: {
      ...process.env,
      ...{ NODE_ENV: 'test', LOG_LEVEL: 'silent', OPS_PORT: '0', PORT: String(port), DATA_DIR: dataDir },
      ...{
        PASSWORD_MEMORY_KIB: '8',
        PASSWORD_ITERATIONS: '1',
        RATE_LIMIT_CLAIM: 'off',
        RATE_LIMIT_STATUS: 'off',
      },
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  return { child, url: String(line).trim() };
}

async function json(url, method, path, { token, body } = {}) {
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

async function until(what, found) {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await delay(50)) if (found()) return;
  throw new Error(`waited in vain for ${what}`);
}

let people = 0;
const person = () => ({
  email: `p${++people}@example.com`,
  password: 'correct horse battery staple',
  name: 'Lin',
});

/** What a client asked for, by `Last-Event-ID`, with the status of the answer; `away` where nobody answered. */
async function proxyTo(target) {
  const asked = [];
  const server = createServer((request, response) => {
    const entry = { lastEventId: request.headers['last-event-id'] ?? null, status: 'away' };
    asked.push(entry);
    const forwarded = send(new URL(request.url, target), { headers: request.headers }, (answer) => {
      entry.status = answer.statusCode;
      response.writeHead(answer.statusCode, answer.headers);
      response.flushHeaders();
      answer.on('error', () => response.destroy());
      answer.pipe(response);
    });
    forwarded.on('error', () => response.destroy());
    response.on('close', () => forwarded.destroy());
    forwarded.end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { asked, url: `http://127.0.0.1:${server.address().port}`, server };
}

async function follow(name, command, server) {
  const { url } = server;
  const owner = person();
  const { session } = await json(url, 'POST', '/v1/merchants', {
    body: { name: 'Tea House', time_zone: 'UTC', owner },
  });
  const voucher = await json(url, 'POST', '/v1/vouchers', {
    token: session.access_token,
    body: {
      title: 'Tea',
      ...{ total_stock: 1_000, per_user_limit: 1_000 },
      ...{ opens_at: '2020-01-01T00:00:00Z', closes_at: '2099-01-01T00:00:00Z' },
    },
  });
  await json(url, 'POST', `/v1/vouchers/${voucher.id}/publish`, { token: session.access_token });
  const { access_token: token } = await json(url, 'POST', '/v1/auth/register', { body: person() });
  let claim;
  for (let n = 0; n <= AHEAD; n++)
    claim = await json(url, 'POST', `/v1/vouchers/${voucher.id}/claims`, { token });

  const proxy = await proxyTo(url);
  const [program, ...words] = command.split(' ');
  const client = spawn(program, [...words, `${proxy.url}/v1/claims/${claim.id}/events`], {
    env: { ...process.env, TOKEN: token },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  client.stdout.setEncoding('utf8').on('data', (text) => (said += text));
  // sseclient writes an empty line of its own where a stream ends.
  const heard = () => said.split('\n').filter((line) => line !== '');
  try {
    await until('the claim that is on its way', () => heard().includes('pending'));
    server.child.kill('SIGKILL');
    await once(server.child, 'exit');
    const again = await start(new URL(url).port, {});
    server.child = again.child;
    await until('the end of the stream', () => heard().includes('closed'));
  } finally {
    client.kill();
    proxy.server.closeAllConnections();
    proxy.server.close();
  }
  const ends = heard().filter((word) => word !== 'pending');
  const answered = proxy.asked.filter(({ status }) => status !== 'away');
  const wrong = [
    ...(ends.join() === 'issued,closed' ? [] : [`heard ${heard().join(', ')}`]),
    ...(answered[0]?.lastEventId === null ? [] : ['began with an id']),
    ...(answered.length >= 3 && answered.slice(1, -1).every((one) => one.lastEventId === 'pending')
      ? []
      : ['did not come again with the last id']),
    ...(answered.at(-1)?.lastEventId === 'issued' && answered.at(-1)?.status === 204
      ? []
      : ['did not stop at 204']),
  ];
  console.log(
    `${name}: ${wrong.length === 0 ? 'right' : `${wrong.join('; ')} ${JSON.stringify(proxy.asked)}`}`,
  );
  return wrong.length === 0;
}

let server;
let allRight = true;
try {
  for (const each of clients) {
    const at = each.indexOf('=');
    server = await start(0, { CLAIM_DRAIN_PER_SECOND: '1' });
    allRight = (await follow(each.slice(0, at), each.slice(at + 1), server)) && allRight;
    server.child.kill('SIGKILL');
    await once(server.child, 'exit');
  }
} finally {
  server?.child.kill('SIGKILL');
}
process.exit(allRight ? 0 : 1);
