#!/usr/bin/env bash
# @platformatic/kafka 1.35.0 (npm) and kafkajs 2.2.4 (npm) write the same 60 keys to one topic of 7 partitions on a broker 4.3.0, each with
# its default partitioner. Both hash by murmur2, as Java's client does, but kafkajs clears the sign bit as Java does and @platformatic/kafka
# reads the hash as unsigned: the keys whose hash is negative land elsewhere, and two writers of one topic break the order by key.
# `compatibilityPartitioner` of @platformatic/kafka agrees with kafkajs for every key.
set -euo pipefail
dir=$(mktemp -d); pids=()
trap 'for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$dir"
cat > pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>findings</groupId><artifactId>kafka</artifactId><version>1</version><dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>4.3.0</version></dependency>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>4.3.0</version></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
</dependencies></project>
XML
mvn --batch-mode --quiet dependency:copy-dependencies -DoutputDirectory=libs
npm init -y >/dev/null
npm install --silent --no-fund --no-audit kafkajs@2.2.4 @platformatic/kafka@1.35.0
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
broker=$(free_port); controller=$(free_port)
cat > server.properties <<EOF2
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$broker,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$broker,CONTROLLER://127.0.0.1:$controller
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$dir/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
EOF2
export JAVA_TOOL_OPTIONS=-Xmx512m
java -cp 'libs/*' kafka.tools.StorageTool format -t "$(java -cp 'libs/*' kafka.tools.StorageTool random-uuid 2>/dev/null)" \
  -c server.properties --standalone >/dev/null 2>&1
java -cp 'libs/*' kafka.Kafka server.properties >broker.log 2>&1 & pids+=($!)
cat > try.mjs <<'JS'
import assert from 'node:assert/strict';
import kafkajs from 'kafkajs';
import { compatibilityPartitioner, ProduceAcks, Producer, stringSerializers } from '@platformatic/kafka';

const brokers = [process.argv[2]];
const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING, retry: { retries: 30, maxRetryTime: 1000 } });
const admin = kafka.admin();
await admin.connect();
await admin.createTopics({ topics: [{ topic: 'seven', numPartitions: 7 }] });
const keys = Array.from({ length: 60 }, (_, i) => `order-${i}`);

const one = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
await one.connect();
const byKafkajs = [];
for (const key of keys) byKafkajs.push((await one.send({ topic: 'seven', messages: [{ key, value: 'x' }] }))[0].partition);

const partitionsOf = async (options) => {
  const producer = new Producer({ clientId: 'two', bootstrapBrokers: brokers, serializers: stringSerializers, ...options });
  const found = [];
  for (const key of keys) {
    const { offsets } = await producer.send({ messages: [{ topic: 'seven', key, value: 'x' }], acks: ProduceAcks.ALL });
    found.push(offsets[0].partition);
  }
  await producer.close();
  return found;
};
const same = (other) => other.filter((partition, i) => partition === byKafkajs[i]).length;
const agreed = { byDefault: same(await partitionsOf({})), byCompatibility: same(await partitionsOf({ partitioner: compatibilityPartitioner })) };
console.log(`keys on the same partition as with kafkajs, of ${keys.length}:`, agreed);
assert.ok(agreed.byDefault < 45);
assert.equal(agreed.byCompatibility, 60);
process.exit(0);
JS
timeout 90 node try.mjs "127.0.0.1:$broker"
echo "as described: the default partitioner of @platformatic/kafka 1.35.0 disagrees with that of kafkajs 2.2.4"
