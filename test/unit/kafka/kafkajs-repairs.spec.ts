import { describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { Kafka, logLevel } from 'kafkajs';
import { freePort } from '../../../src/cli/free-ports.js';
import type { Config } from '../../../src/config/index.js';
import { createKafka } from '../../../src/kafka/kafka.js';
import { repairKafkaJs, type RequestQueue } from '../../../src/kafka/kafkajs-repairs.js';

interface Queue extends RequestQueue {
  push(request: object): void;
  fulfillRequest(answer: object): void;
  rejectAll(error: Error): void;
  destroy(): void;
}

const RequestQueueClass = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as new (
  options: object,
) => Queue;

const logger = { debug: () => undefined, warn: () => undefined, error: () => undefined };

/** A queue with one request that is under way, as on a connection whose broker hangs. */
function busy() {
  const queue = new RequestQueueClass({ clientId: 'test', broker: 'b:1', logger, requestTimeout: 60_000 });
  const entry = {
    correlationId: 1,
    apiKey: 0,
    apiVersion: 0,
    apiName: 'Produce',
    resolve: () => undefined,
    reject: () => undefined,
  };
  queue.push({ entry, expectResponse: true, sendRequest: () => undefined });
  return { queue };
}

const settled = async (promise: Promise<void>): Promise<boolean> =>
  Promise.race([promise.then(() => true), new Promise<boolean>((r) => setImmediate(() => r(false)))]);

describe('a request queue of kafkajs', () => {
  it('has a listener for each who waits, as it comes', () => {
    const { queue } = busy();
    for (let attempt = 0; attempt < 5; attempt++) void queue.waitForPendingRequests();
    expect(queue.listenerCount('requestQueueEmpty')).toBe(5);
    queue.destroy();
  });

  it.each([
    ['the connection is lost', (queue: Queue) => queue.rejectAll(new Error('lost'))],
    ['the last answer comes', (queue: Queue) => queue.fulfillRequest({ correlationId: 1 })],
  ])('has one for all, once repaired, and tells them when %s', async (_when, end) => {
    repairKafkaJs();
    const { queue } = busy();
    const waits = Array.from({ length: 20 }, () => queue.waitForPendingRequests());
    expect(queue.listenerCount('requestQueueEmpty')).toBe(1);
    expect(await Promise.all(waits.map(settled))).not.toContain(true);
    end(queue);
    expect(await Promise.all(waits.map(settled))).not.toContain(false);
    expect(queue.listenerCount('requestQueueEmpty')).toBe(0);
    expect(await settled(queue.waitForPendingRequests())).toBe(true);
    queue.destroy();
  });
});

describe('a socket of kafkajs whose broker is away', () => {
  const TIMES = 12;
  Logger.overrideLogger(false);

  /** Listeners of each socket that a client opens in vain, after it was let go so often as a long loss does it. */
  async function listenersOf(clientOf: (broker: string) => Kafka): Promise<number[]> {
    const sockets: Socket[] = [];
    const note = (message: unknown): void => void sockets.push((message as { socket: Socket }).socket);
    const admin = clientOf(`127.0.0.1:${await freePort()}`).admin();
    subscribe('net.client.socket', note);
    try {
      await expect(admin.connect()).rejects.toThrow(/ECONNREFUSED/);
    } finally {
      unsubscribe('net.client.socket', note);
      await admin.disconnect();
    }
    for (const socket of sockets) {
      socket.setMaxListeners(2 * TIMES);
      for (let time = 0; time < TIMES; time++) socket.unref();
    }
    return sockets.map((socket) => socket.listenerCount('connect'));
  }

  it('has a listener for each time it is let go, as it comes', async () => {
    const plain = (broker: string): Kafka =>
      new Kafka({ brokers: [broker], retry: { retries: 0 }, logLevel: logLevel.NOTHING });
    const counts = await listenersOf(plain);
    expect(counts.length).toBeGreaterThan(0);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(TIMES);
  });

  it('has two at most with our clients: who connects, and that it is let go', async () => {
    const ours = (broker: string): Kafka =>
      createKafka({ KAFKA_SEND_TIMEOUT_MS: 1_000, stack: { kafkaBrokers: [broker] } } as unknown as Config);
    const counts = await listenersOf(ours);
    expect(counts.length).toBeGreaterThan(1);
    expect(Math.max(...counts)).toBeLessThanOrEqual(2);
  });
});
