#!/usr/bin/env bash
# A topic whose `message.timestamp.type` is LogAppendTime: the broker (4.3.0; Java, Maven) gives each record the time at which it came. A
# record that a producer dated 2023 has the broker's time for kafkajs 2.2.4 and Python's kafka-python 3.0.12; @platformatic/kafka 1.35.0
# (2.12.1 as well) gives the producer's: it adds the deltas of the batch to its first time and does not look at its attribute.
set -euo pipefail
. "$(dirname "$0")/lib/servers.sh"
start_kafka
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts kafkajs@2.2.4 @platformatic/kafka@1.35.0
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check kafka-python==3.0.12
cat > try.mjs <<'JS'
import kafkajs from 'kafkajs';
import { Consumer } from '@platformatic/kafka';

const brokers = [process.argv[2]];
const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING, retry: { retries: 30, maxRetryTime: 1000 } });
const admin = kafka.admin();
await admin.connect();
const topics = ['CreateTime', 'LogAppendTime'];
await admin.createTopics({
  topics: topics.map((topic) => ({ topic, configEntries: [{ name: 'message.timestamp.type', value: topic }] })),
});
const producer = kafka.producer();
await producer.connect();
const timestamp = String(Date.parse('2023-11-14T22:13:20Z'));
for (const topic of topics) await producer.send({ topic, messages: [{ value: 'x', timestamp }] });
const yearOf = (time) => new Date(Number(time)).getUTCFullYear();
const whose = (time) => (yearOf(time) === 2023 ? 'of the producer' : 'of the broker');

for (const topic of topics) {
  const consumer = kafka.consumer({ groupId: `kafkajs-${topic}` });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const time = await new Promise((resolve) => consumer.run({ eachMessage: async ({ message }) => resolve(message.timestamp) }));
  console.log(`${topic}, kafkajs: ${whose(time)}`);
  await consumer.disconnect();
  const other = new Consumer({ clientId: 'other', groupId: `platformatic-${topic}`, bootstrapBrokers: brokers });
  for await (const message of await other.consume({ topics: [topic], mode: 'earliest' })) {
    console.log(`${topic}, @platformatic/kafka: ${whose(message.timestamp)}`);
    break;
  }
  await other.close(true);
}
process.exit(0);
JS
cat > read.py <<'PY'
import sys

import kafka

for topic in ('CreateTime', 'LogAppendTime'):
    consumer = kafka.KafkaConsumer(bootstrap_servers=sys.argv[1], consumer_timeout_ms=30000)
    consumer.assign([kafka.TopicPartition(topic, 0)])
    consumer.seek_to_beginning()
    year = 1970 + next(consumer).timestamp // 31_556_952_000
    print(f'{topic}, kafka-python: {"of the producer" if year == 2023 else "of the broker"}')
PY
{ timeout 90 node try.mjs "$broker"; timeout 90 venv/bin/python read.py "$broker"; } | tee read
diff read - <<'TEXT'
CreateTime, kafkajs: of the producer
CreateTime, @platformatic/kafka: of the producer
LogAppendTime, kafkajs: of the broker
LogAppendTime, @platformatic/kafka: of the producer
CreateTime, kafka-python: of the producer
LogAppendTime, kafka-python: of the broker
TEXT
echo "as described: @platformatic/kafka 1.35.0 gives the producer's time where the topic asks for the broker's"
