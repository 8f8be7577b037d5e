// node delivery.mjs URL LANGUAGE=COMMAND...: has a server deliver a webhook that is signed with two secrets, as during a
// rotation, and asks the command of each language (see verify.mjs) whether it is genuine, and what was altered is not.
import { Buffer } from 'node:buffer';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout } from 'node:timers';

const [url, ...verifiers] = process.argv.slice(2);
let token = '';
const call = async (method, path, body) => {
  const response = await globalThis.fetch(url + path, {
    method,
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body ?? {}),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
};

let told;
const delivered = new Promise((resolve, reject) => {
  told = resolve;
  setTimeout(reject, 60_000, new Error('no delivery in a minute')).unref();
});
const receiver = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    response.writeHead(204).end();
    told({ headers: request.headers, body: Buffer.concat(chunks) });
  });
});
receiver.listen(0, '127.0.0.1');
await once(receiver, 'listening');

const person = (name) => ({
  email: `${name}@example.com`,
  password: 'correct horse battery staple',
  name: '林 é 🍵',
});
const { session } = await call('POST', '/v1/merchants', {
  name: 'Tea House',
  time_zone: 'Asia/Shanghai',
  owner: person('owner'),
});
token = session.access_token;
const hook = await call('POST', '/v1/webhooks', {
  url: `http://127.0.0.1:${receiver.address().port}/`,
  events: ['claim.issued'],
});
const { secret } = await call('POST', `/v1/webhooks/${hook.id}/rotate`);
const { id } = await call('POST', '/v1/vouchers', {
  title: 'Half price 乌龙茶 é 🍵',
  total_stock: 1,
  opens_at: new Date(Date.now() - 60_000).toISOString(),
  closes_at: new Date(Date.now() + 3_600_000).toISOString(),
});
await call('POST', `/v1/vouchers/${id}/publish`);
token = (await call('POST', '/v1/auth/register', person('shopper'))).access_token;
await call('POST', `/v1/vouchers/${id}/claims`);
const { headers, body } = await delivered;
receiver.close();

const { 'webhook-id': messageId, 'webhook-timestamp': at, 'webhook-signature': signatures } = headers;
const other = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
const altered = Buffer.from(body);
altered[altered.length - 2] ^= 1;
const cases = [
  ['the new secret', 'genuine', [secret, messageId, at, signatures], body],
  ['the one before', 'genuine', [hook.secret, messageId, at, signatures], body],
  ['another secret', 'refused', [other, messageId, at, signatures], body],
  ['an altered body', 'refused', [secret, messageId, at, signatures], altered],
  ['another id', 'refused', [secret, `${messageId}x`, at, signatures], body],
  ['another time', 'refused', [secret, messageId, String(Number(at) - 1), signatures], body],
];
let wrong = 0;
for (const verifier of verifiers) {
  const [language, command] = verifier.split(/=(.*)/s);
  const [program, ...args] = command.split(' ');
  for (const [what, expected, given, input] of cases) {
    const { stdout, stderr } = spawnSync(program, [...args, ...given], { input, encoding: 'utf8' });
    if (stdout.trim() === expected) continue;
    wrong += 1;
    console.error(`${language}, ${what}: ${stdout}${stderr}`);
  }
  console.log(`${language}: ${cases.length} messages`);
}
console.log(wrong === 0 ? 'all as they should be' : `${wrong} are wrong`);
process.exit(wrong === 0 ? 0 : 1);
