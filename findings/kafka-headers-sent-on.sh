#!/usr/bin/env bash
# A Java producer (4.3.0; Maven) writes a record with the headers via=till, kind=sale, via=gateway and one without a value, which Kafka's
# record format has as length -1. A program that sends each record on to another topic, with the headers that it got, keeps all of it
# with aiokafka 0.14.0 (PyPI). kafkajs 2.2.4 (npm) and kafka-python 3.0.12 (PyPI) read the header without a value as `null` and `None`,
# and refuse the same headers when they are sent. Without that one kafkajs sends the others in another order, those of one name together.
set -euo pipefail
. "$(dirname "$0")/lib/servers.sh"
start_kafka
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts kafkajs@2.2.4
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check kafka-python==3.0.12 aiokafka==0.14.0
cat > Write.java <<'JAVA'
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

public class Write {
  public static void main(String[] args) throws Exception {
    Map<String, Object> settings = Map.of("bootstrap.servers", args[0]);
    try (var admin = Admin.create(settings)) {
      admin.createTopics(List.of("first", "by-kafkajs", "by-kafka-python", "by-aiokafka").stream()
          .map(name -> new NewTopic(name, 1, (short) 1)).toList()).all().get();
    }
    try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
      var sale = new ProducerRecord<String, String>("first", "a sale");
      sale.headers().add("via", "till".getBytes()).add("kind", "sale".getBytes()).add("via", "gateway".getBytes()).add("note", null);
      producer.send(sale).get();
    }
  }
}
JAVA
java -cp 'libs/*' Write.java "$broker" 2>/dev/null
cat > on.mjs <<'JS'
import kafkajs from 'kafkajs';

const kafka = new kafkajs.Kafka({ brokers: [process.argv[2]], logLevel: kafkajs.logLevel.NOTHING });
const consumer = kafka.consumer({ groupId: 'on' });
await consumer.connect();
await consumer.subscribe({ topics: ['first'], fromBeginning: true });
const read = await new Promise((resolve) => consumer.run({ eachMessage: async ({ message }) => resolve(message) }));
await consumer.disconnect();
console.log(`kafkajs: note is ${read.headers.note}`);
const producer = kafka.producer();
await producer.connect();
const on = (headers) => producer.send({ topic: 'by-kafkajs', messages: [{ value: read.value, headers }] });
await on(read.headers).catch((error) => console.log(`kafkajs sends it on: ${error.name}`));
const { note, ...others } = read.headers;
await on(others);
process.exit();
JS
timeout 90 node on.mjs "$broker" | tee seen
cat > on.py <<'PY'
import asyncio
import sys

import aiokafka
import kafka

BROKER = sys.argv[1]


def first_of(topic):
    consumer = kafka.KafkaConsumer(bootstrap_servers=BROKER, consumer_timeout_ms=30000)
    consumer.assign([kafka.TopicPartition(topic, 0)])
    consumer.seek_to_beginning()
    return next(consumer)


async def on():
    consumer = aiokafka.AIOKafkaConsumer(bootstrap_servers=BROKER)
    producer = aiokafka.AIOKafkaProducer(bootstrap_servers=BROKER)
    await consumer.start()
    await producer.start()
    consumer.assign([aiokafka.TopicPartition("first", 0)])
    await consumer.seek_to_beginning()
    read = await consumer.getone()
    await producer.send_and_wait("by-aiokafka", read.value, headers=list(read.headers))
    await consumer.stop()
    await producer.stop()


read = first_of("first")
producer = kafka.KafkaProducer(bootstrap_servers=BROKER)
try:
    producer.send("by-kafka-python", read.value, headers=list(read.headers))
except TypeError:
    print("kafka-python sends it on: TypeError")
producer.send("by-kafka-python", read.value, headers=read.headers[:3]).get()
asyncio.run(on())
for topic in "by-kafka-python", "by-aiokafka", "by-kafkajs":
    print(topic, " ".join(f"{name}={value and value.decode()}" for name, value in first_of(topic).headers))
PY
timeout 90 venv/bin/python on.py "$broker" | tee -a seen
diff seen - <<'TEXT'
kafkajs: note is null
kafkajs sends it on: TypeError
kafka-python sends it on: TypeError
by-kafka-python via=till kind=sale via=gateway
by-aiokafka via=till kind=sale via=gateway note=None
by-kafkajs via=till via=gateway kind=sale
TEXT
