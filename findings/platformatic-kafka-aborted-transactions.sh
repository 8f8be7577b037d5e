#!/usr/bin/env bash
# One producer aborts a transaction, commits one, and aborts another. A consumer of @platformatic/kafka 2.12.1 (npm; 1.35.0 does the same)
# reads committed messages only, which is its default, and is given the message of the first aborted transaction all the same: of the
# aborted transactions of one producer in one answer of the broker, only the last is left out. kafkajs 2.2.4 delivers what was
# committed, on the same broker 4.3.0 (Java, Maven). Node 24.11.0 from npm runs it, since 2.12.1 needs Node 22.22 or 24.6.
set -euo pipefail
. "$(dirname "$0")/lib/servers.sh"
start_kafka transaction.state.log.replication.factor=1 transaction.state.log.min.isr=1 transaction.state.log.num.partitions=1
npm init -y >/dev/null
platform=$(node -p '`${process.platform}-${process.arch}`')
npm install --silent --no-fund --no-audit --ignore-scripts kafkajs@2.2.4 @platformatic/kafka@2.12.1 "newer@npm:node-$platform@24.11.0"
cat > try.mjs <<'JS'
import kafkajs from 'kafkajs';
import { Consumer, FetchIsolationLevels } from '@platformatic/kafka';

const brokers = [process.argv[2]];
const topic = 'claims';
const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING, retry: { retries: 60, maxRetryTime: 1000 } });
const admin = kafka.admin();
await admin.connect();
await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] });
const producer = kafka.producer({ transactionalId: 'one', idempotent: true, maxInFlightRequests: 1 });
await producer.connect();
for (const [value, end] of [['taken back', 'abort'], ['kept', 'commit'], ['taken back again', 'abort']]) {
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages: [{ value }] });
  await transaction[end]();
}
const plain = kafka.producer();
await plain.connect();
await plain.send({ topic, messages: [{ value: 'last' }] });

const consumer = kafka.consumer({ groupId: 'kafkajs' });
await consumer.connect();
await consumer.subscribe({ topics: [topic], fromBeginning: true });
const read = [];
await new Promise((resolve) => consumer.run({ eachMessage: async ({ message }) => {
  read.push(String(message.value));
  if (read.at(-1) === 'last') resolve();
} }));
console.log(`kafkajs: ${read.join(', ')}`);
await consumer.disconnect();

for (const [name, options] of [['default', {}], ['READ_COMMITTED', { isolationLevel: FetchIsolationLevels.READ_COMMITTED }]]) {
  const other = new Consumer({ clientId: name, groupId: name, bootstrapBrokers: brokers, ...options });
  const found = [];
  for await (const { value } of await other.consume({ topics: [topic], mode: 'earliest' })) {
    found.push(String(value));
    if (found.at(-1) === 'last') break;
  }
  console.log(`@platformatic/kafka, ${name}: ${found.join(', ')}`);
  await other.close(true);
}
process.exit(0);
JS
timeout 150 node_modules/newer/bin/node try.mjs "$broker" | tee read
diff read - <<'TEXT'
kafkajs: kept, last
@platformatic/kafka, default: taken back, kept, last
@platformatic/kafka, READ_COMMITTED: taken back, kept, last
TEXT
echo "as described: @platformatic/kafka 2.12.1 delivers a message of an aborted transaction"
