#!/usr/bin/env bash
# smtp-server 3.21.6 (npm) answers 501 to RCPT TO:<"front desk"@example.com> and to <"front@desk"@example.com>. RFC 5321, section 4.1.2,
# allows a quoted local part, and a quoted one may hold a space or an @. The server takes a quoted local part that would not need its quotes.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit smtp-server@3.21.6
cat > try.mjs <<'JS'
import assert from 'node:assert/strict';
import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import { SMTPServer } from 'smtp-server';

const server = new SMTPServer({ disabledCommands: ['AUTH', 'STARTTLS'], logger: false });
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const socket = createConnection(server.server.address().port, '127.0.0.1');
const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
const answer = async () => {
  for (;;) {
    const { value } = await lines.next();
    if (value[3] === ' ') return value;
  }
};
const say = (line) => (socket.write(`${line}\r\n`), answer());
await answer();
await say('EHLO client.example');
await say('MAIL FROM:<shop@example.com>');
const found = {};
for (const local of ['front.desk', '"front.desk"', '"front desk"', '"front@desk"']) {
  found[local] = (await say(`RCPT TO:<${local}@example.com>`)).slice(0, 3);
}
console.log('answers to RCPT TO:', found);
socket.destroy();
server.close();
assert.deepEqual(found, { 'front.desk': '250', '"front.desk"': '250', '"front desk"': '501', '"front@desk"': '501' });
JS
node try.mjs
echo "as described: smtp-server 3.21.6 refuses a quoted local part that holds a space or an @"
