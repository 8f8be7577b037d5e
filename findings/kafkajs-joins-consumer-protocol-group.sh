#!/usr/bin/env bash
# kafkajs 2.2.4 (npm) knows nothing of the consumer group protocol of KIP-848. It joins a group all the same that a Java
# consumer of kafka-clients 4.3.0 holds with `group.protocol=consumer` on a broker 4.3.0: the group stays of type Consumer,
# and the partitions are shared 2 and 2. The broker answers the old JoinGroup and SyncGroup within the new protocol.
set -euo pipefail
. "$(dirname "$0")/lib/servers.sh"
start_kafka
npm init -y >/dev/null
npm install --silent --no-fund --no-audit kafkajs@2.2.4
cat > Member.java <<'JAVA'
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;

public class Member {
  public static void main(String[] args) {
    Map<String, Object> config = Map.of("bootstrap.servers", args[0], "group.id", "shared", "group.protocol", "consumer",
        "key.deserializer", StringDeserializer.class, "value.deserializer", StringDeserializer.class);
    try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(config)) {
      consumer.subscribe(List.of("four"));
      int last = -1;
      while (true) {
        consumer.poll(Duration.ofMillis(200));
        int now = consumer.assignment().size();
        if (now != last) { System.out.println(now); System.out.flush(); last = now; }
      }
    }
  }
}
JAVA
cat > try.cjs <<'JS'
const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { Kafka, logLevel } = require('kafkajs');
const broker = process.argv[2];
const kafka = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING, retry: { retries: 60, maxRetryTime: 1000 } });
const until = async (what, test) => {
  for (let i = 0; i < 300; i++) { const found = await test(); if (found) return found; await new Promise((r) => setTimeout(r, 200)); }
  throw new Error(`never: ${what}`);
};
(async () => {
  const admin = kafka.admin();
  await admin.connect();
  await until('a topic', () => admin.createTopics({ topics: [{ topic: 'four', numPartitions: 4 }] }).catch(() => false));
  const java = spawn('java', ['-cp', 'libs/*', 'Member.java', broker], { stdio: ['ignore', 'pipe', 'ignore'] });
  process.on('exit', () => java.kill());
  let ofJava = 0;
  java.stdout.on('data', (text) => { ofJava = Number(String(text).trim().split('\n').at(-1)); });
  await until('a Java member with all four', () => ofJava === 4);
  const consumer = kafka.consumer({ groupId: 'shared' });
  let ofKafkajs = 0;
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => { ofKafkajs = payload.memberAssignment.four?.length ?? 0; });
  await consumer.connect();
  await consumer.subscribe({ topics: ['four'] });
  await consumer.run({ eachBatch: async () => undefined });
  await until('two and two', () => ofJava === 2 && ofKafkajs === 2);
  console.log({ ofJava, ofKafkajs });
  assert.equal(ofJava + ofKafkajs, 4);
  const listed = spawn('java', ['-cp', 'libs/*', 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand', '--bootstrap-server', broker, '--list', '--type'], { stdio: ['ignore', 'pipe', 'ignore'] });
  let table = '';
  listed.stdout.on('data', (text) => (table += text));
  await new Promise((resolve) => listed.once('close', resolve));
  console.log(table.trim());
  assert.match(table, /shared\s+Consumer/);
  java.kill();
  await consumer.disconnect();
  await admin.disconnect();
})().then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
JS
timeout 180 node try.cjs "$broker"
echo "as described: kafkajs 2.2.4 is a member of a group of the new protocol"
