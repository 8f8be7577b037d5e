import type { Server, Socket } from 'node:net';

/** Writes that wait for one another at most: with 8 as with 1,000 the system needs a third less time for each (docs/adr/0109). */
const WRITES_MAX = 16;

/**
 * Writes what several connections are sent in one turn of the event loop together. A write wakes the process that reads the
 * other end, where that is on this machine (a proxy, a client), and waking costs the writer as much as the write. With the work for the
 * next answer in between, the reader sleeps again by then; of writes in a row the first alone wakes it (docs/adr/0109).
 *
 * A write waits until there are `WRITES_MAX`, and never longer than until the turn has read all its sockets. What one connection is
 * sent stays in order: its stream hands over one write after the other.
 */
export function batchWrites(server: Server): void {
  let waiting: (() => void)[] = [];
  const writeAll = (): void => {
    const some = waiting;
    waiting = [];
    for (const write of some) write();
  };
  const soon = (write: () => void): void => {
    const count = waiting.push(write);
    if (count === 1) setImmediate(writeAll);
    else if (count === WRITES_MAX) writeAll();
  };
  server.on('connection', (socket: Socket) => {
    // What a stream calls to hand over to the system (https://nodejs.org/api/stream.html, "Implementing a writable stream").
    const write = socket._write.bind(socket);
    const writev = socket._writev?.bind(socket);
    socket._write = (chunk, encoding, done) => soon(() => write(chunk, encoding, done));
    if (writev) socket._writev = (chunks, done) => soon(() => writev(chunks, done));
  });
}
