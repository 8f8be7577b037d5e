import { describe, expect, it } from '@jest/globals';
import { createRequire } from 'node:module';
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
