#!/usr/bin/env bash
# @platformatic/kafka 1.35.0 (npm) and kafkajs 2.2.4 (npm) write the same 60 keys to one topic of 7 partitions on a broker 4.3.0, each with
# its default partitioner. Both hash by murmur2, as Java's client does, but kafkajs clears the sign bit as Java does and @platformatic/kafka
# reads the hash as unsigned: the keys whose hash is negative land elsewhere, and two writers of one topic break the order by key.
# `compatibilityPartitioner` of @platformatic/kafka agrees with kafkajs for every key.
set -euo pipefail
. "$(dirname "$0")/lib/servers.sh"
start_kafka
npm init -y >/dev/null
npm install --silent --no-fund --no-audit kafkajs@2.2.4 @platformatic/kafka@1.35.0
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
timeout 90 node try.mjs "$broker"
echo "as described: the default partitioner of @platformatic/kafka 1.35.0 disagrees with that of kafkajs 2.2.4"
