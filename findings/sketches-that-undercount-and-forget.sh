#!/usr/bin/env bash
# Counting who asked and remembering who claimed, in little memory. The HyperLogLog of bloom-filters 3.0.4 (npm) with 1,024 registers, which
# states an error of 3.25 %, counts 3 of 10 different shoppers, 48 of 100, 517 of 1,000; hyperloglog-lite 1.0.2 (npm), and Redis with its
# PFCOUNT, are right to a few percent. A cuckoo filter may say yes to a key that it has not, never no to one that it has: that of
# bloom-filters, made for 2,000 keys, has forgotten some of the first 1,400 that it accepted, and of lists of 17 keys more than a fifth
# lack one after `from`; seiflotfy/cuckoofilter (Go) forgets a key for most of those that it refuses when full.
set -euo pipefail
. "$(dirname "$0")/lib/servers.sh"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts bloom-filters@3.0.4 hyperloglog-lite@1.0.2
cat > go.mod <<'MOD'
module findings

go 1.23

require github.com/seiflotfy/cuckoofilter v0.0.0-20240715131351-a2f2c23f1771
MOD
install_redis
start_redis

cat > count.cjs <<'JS'
const { execFileSync } = require('node:child_process');
const { CuckooFilter, HyperLogLog } = require('bloom-filters');
const Lite = require('hyperloglog-lite');
for (const shoppers of [10, 100, 1000]) {
  const one = new HyperLogLog(1024);
  const other = new Lite(10);
  const names = Array.from({ length: shoppers }, (_, n) => `shopper-${n}`);
  for (const name of names) {
    one.update(name);
    other.add(Lite.hash(name));
  }
  execFileSync('redis-cli', ['-p', process.argv[2], 'pfadd', `of${shoppers}`, ...names]);
  const redis = Number(execFileSync('redis-cli', ['-p', process.argv[2], 'pfcount', `of${shoppers}`]));
  const near = (count) => (Math.abs(count - shoppers) <= shoppers * 0.1 ? 'right' : 'wrong');
  console.log(`${shoppers}: bloom-filters ${Math.round(one.count())}, hyperloglog-lite ${near(other.count())}, Redis ${near(redis)}`);
}
const forgotten = (filter, keys) => keys.filter((key) => !filter.has(key)).length;
const filter = CuckooFilter.create(2000, 0.01);
const accepted = Array.from({ length: 1400 }, (_, n) => `code-${n}`).filter((key) => filter.add(key));
console.log(`bloom-filters: of ${accepted.length} accepted keys, ${forgotten(filter, accepted) > 0 ? 'some' : 'none'} forgotten`);
const lists = Array.from({ length: 300 }, (_, list) => Array.from({ length: 17 }, (_, n) => `list-${list}-${n}`));
const lacking = lists.filter((keys) => forgotten(CuckooFilter.from(keys, 0.04), keys) > 0).length;
console.log(`bloom-filters: of 300 lists of 17 keys, ${lacking > 60 ? 'more than a fifth' : lacking} lack a key`);
JS
cat > forget.go <<'GO'
package main

import (
	"fmt"

	cuckoo "github.com/seiflotfy/cuckoofilter"
)

func main() {
	filter := cuckoo.NewFilter(1024)
	var accepted [][]byte
	for n := range 1300 {
		if key := fmt.Appendf(nil, "code-%d", n); filter.Insert(key) {
			accepted = append(accepted, key)
		}
	}
	refused, forgotten := 1300-len(accepted), 0
	for _, key := range accepted {
		if !filter.Lookup(key) {
			forgotten++
		}
	}
	fmt.Printf("cuckoofilter: keys refused: %t, as many as half of that forgotten: %t\n", refused > 200, forgotten*2 > refused)
}
GO
go mod tidy 2>go.log && go build -o forget 2>>go.log || { cat go.log; exit 1; }
{ timeout 60 node count.cjs "$redis_port"; ./forget; } | tee read
diff read - <<'TEXT'
10: bloom-filters 3, hyperloglog-lite right, Redis right
100: bloom-filters 48, hyperloglog-lite right, Redis right
1000: bloom-filters 517, hyperloglog-lite right, Redis right
bloom-filters: of 1400 accepted keys, some forgotten
bloom-filters: of 300 lists of 17 keys, more than a fifth lack a key
cuckoofilter: keys refused: true, as many as half of that forgotten: true
TEXT
echo "as described: one count of shoppers is half of what it should be, and two filters forget accepted keys"
