import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import type { ISocketFactory } from 'kafkajs';

/** What of kafkajs' request queue is repaired. A queue belongs to a connection, which is used again after each loss of the broker. */
export interface RequestQueue extends EventEmitter {
  readonly inflight: ReadonlyMap<number, unknown>;
  readonly pending: readonly unknown[];
  waitForPendingRequests(): Promise<void>;
}

const require = createRequire(import.meta.url);
const { prototype } = require('kafkajs/src/network/requestQueue') as { prototype: RequestQueue };

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

const openSocket = (require('kafkajs/src/network/socketFactory') as () => ISocketFactory)();

/**
 * Sockets as kafkajs makes them, for its setting `socketFactory`. It lets go of a connection's socket whenever it closes the connection,
 * also one that is closed already: of a broker that is away it closes both connections with each attempt that fails. Node notes of a
 * socket that is closed that it shall be let go once it is connected, one listener for each time, and warns of the eleventh
 * (`MaxListenersExceededWarning`). These note it once, and of one that is closed not at all.
 */
export const socketFactory: ISocketFactory = (args) => {
  const socket = openSocket(args);
  const unref = socket.unref.bind(socket);
  let isNoted = false;
  socket.unref = () => {
    if (socket.destroyed || (socket.connecting && isNoted)) return socket;
    isNoted = true;
    return unref();
  };
  return socket;
};

/**
 * Repairs kafkajs 2.2.4, which nobody maintains. Who closes a connection waits with a listener of its own for the connection's last
 * answer. While a broker hangs that answer does not come, so the listeners of all that close it meanwhile add up on one queue. Read from
 * its source: where listeners were counted while brokers hung or were killed, they added up on closed sockets alone.
 */
export function repairKafkaJs(): void {
  prototype.waitForPendingRequests = waitForPendingRequests;
}
