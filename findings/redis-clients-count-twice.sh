#!/usr/bin/env bash
# One INCR whose connection is lost after the server has carried it out and before the client has its reply. ioredis 6.0.0, iovalkey 0.4.0
# (npm), redis-py 8.1.0, coredis 6.9.0 (PyPI) and go-redis 9.23.0 (Go) send the command again by default, count twice and answer 2 without
# a word; redis-py does so with a whole MULTI. redis 6.3.1 and @valkey/valkey-glide 2.5.2 (npm), valkey 6.2.0 (PyPI, a fork of redis-py),
# and rueidis 1.0.79 (Go) report the loss, and the counter is 1.
set -euo pipefail
. "$(dirname "$0")/lib/servers.sh"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts ioredis@6.0.0 iovalkey@0.4.0 redis@6.3.1 @valkey/valkey-glide@2.5.2
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check redis==8.1.0 coredis==6.9.0 valkey==6.2.0
cat > go.mod <<'MOD'
module findings

go 1.25

require (
	github.com/redis/go-redis/v9 v9.23.0
	github.com/redis/rueidis v1.0.79
)
MOD
install_redis
start_redis

# Passes everything on, but closes the connection instead of the first reply to an INCR of each key.
cat > line.mjs <<'JS'
import net from 'node:net';
const cut = new Set();
net.createServer((client) => {
  const server = net.connect(Number(process.argv[2]), '127.0.0.1');
  let closes = false;
  client.on('data', (data) => {
    const key = /\bincr(?:by)?\r\n\$\d+\r\n([\w-]+)/i.exec(data)?.[1];
    closes ||= key !== undefined && !cut.has(key);
    if (key !== undefined) cut.add(key);
    server.write(data);
  });
  server.on('data', (data) => (closes ? client.destroy() : client.write(data)));
  for (const [one, other] of [[client, server], [server, client]])
    one.on('error', () => {}).on('close', () => other.destroy());
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });
JS
node line.mjs "$redis_port" >port & pids+=($!)
until [ -s port ]; do sleep 0.1; done

cat > count.mjs <<'JS'
import { Redis } from 'ioredis';
import Valkey from 'iovalkey';
import { createClient } from 'redis';
import { GlideClient, Logger } from '@valkey/valkey-glide';
Logger.setLoggerConfig('off');
const port = Number(process.argv[2]);
const say = (name, reply) => reply.then((n) => `answers ${n}`, () => 'reports the loss').then((text) => console.log(`${name}: ${text}`));
for (const [name, Client] of Object.entries({ ioredis: Redis, iovalkey: Valkey })) {
  const client = new Client(port);
  client.on('error', () => {});
  await client.ping();
  await say(name, client.incr(name));
}
const client = createClient({ url: `redis://127.0.0.1:${port}` });
client.on('error', () => {});
await client.connect();
await say('node-redis', client.incr('node-redis'));
const glide = await GlideClient.createClient({ addresses: [{ host: '127.0.0.1', port }], requestTimeout: 10_000 });
await say('valkey-glide', glide.incr('valkey-glide'));
process.exit();
JS
cat > count.py <<'PY'
import asyncio
import sys

import coredis
import redis
import valkey

port = int(sys.argv[1])
for name, module in {'redis-py': redis, 'valkey-py': valkey}.items():
    client = module.Redis(port=port)
    client.ping()
    try:
        print(f'{name}: answers {client.incr(name)}')
    except module.ConnectionError:
        print(f'{name}: reports the loss')
transaction = redis.Redis(port=port).pipeline()
print('redis-py-multi: answers', transaction.incr('redis-py-multi').execute()[0])


async def counted():
    async with coredis.Redis(port=port) as client:
        await client.ping()
        return await client.incr('coredis')

print('coredis: answers', asyncio.run(counted()))
PY
cat > count.go <<'GO'
package main

import (
	"context"
	"fmt"
	"os"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"
)

func say(name string, reply int64, err error) {
	if err != nil {
		fmt.Printf("%s: reports the loss\n", name)
	} else {
		fmt.Printf("%s: answers %d\n", name, reply)
	}
}

func main() {
	context, address := context.Background(), os.Args[1]
	reply, err := goredis.NewClient(&goredis.Options{Addr: address}).Incr(context, "go-redis").Result()
	say("go-redis", reply, err)
	other, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{address}, DisableCache: true})
	if err != nil {
		panic(err)
	}
	reply, err = other.Do(context, other.B().Incr().Key("rueidis").Build()).AsInt64()
	say("rueidis", reply, err)
}
GO
go mod tidy 2>go.log && go build -o count 2>>go.log || { cat go.log; exit 1; }
line=$(cat port)
{ timeout 60 node count.mjs "$line"; timeout 60 venv/bin/python count.py "$line"; timeout 60 ./count "127.0.0.1:$line"; } >replies
while IFS=: read -r name reply; do echo "$name:$reply, the counter is $(redis-cli -p "$redis_port" get "$name")"; done <replies | tee read
diff read - <<'TEXT'
ioredis: answers 2, the counter is 2
iovalkey: answers 2, the counter is 2
node-redis: reports the loss, the counter is 1
valkey-glide: reports the loss, the counter is 1
redis-py: answers 2, the counter is 2
valkey-py: reports the loss, the counter is 1
redis-py-multi: answers 2, the counter is 2
coredis: answers 2, the counter is 2
go-redis: answers 2, the counter is 2
rueidis: reports the loss, the counter is 1
TEXT
echo "as described: five of nine clients carry out one INCR twice"
