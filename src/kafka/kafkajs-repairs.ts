import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';

/** What of kafkajs' request queue is repaired. A queue belongs to a connection, which is used again after each loss of the broker. */
export interface RequestQueue extends EventEmitter {
  readonly inflight: ReadonlyMap<number, unknown>;
  readonly pending: readonly unknown[];
  waitForPendingRequests(): Promise<void>;
}

const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as {
  prototype: RequestQueue;
};

const waiting = new WeakMap<RequestQueue, Promise<void>>();

/** As the original, but all who wait share one listener. */
function waitForPendingRequests(this: RequestQueue): Promise<void> {
  if (this.pending.length === 0 && this.inflight.size === 0) return Promise.resolve();
  const known = waiting.get(this);
  if (known) return known;
  const empty = new Promise<void>((resolve) => {
    this.once('requestQueueEmpty', () => {
      waiting.delete(this);
      resolve();
    });
  });
  waiting.set(this, empty);
  return empty;
}

/**
 * Repairs kafkajs 2.2.4, which nobody maintains. Every request that fails leaves the connection, and waits with a listener of its own for the
 * connection's last answer. While a broker hangs that answer does not come, so the listeners of all requests that were tried meanwhile add up
 * on one queue, which Node takes for a leak (`MaxListenersExceededWarning`). Read from its source: that the warnings seen while brokers were lost
 * came from here was not shown.
 */
export function repairKafkaJs(): void {
  prototype.waitForPendingRequests = waitForPendingRequests;
}
