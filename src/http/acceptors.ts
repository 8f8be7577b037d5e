import { spawn } from 'node:child_process';
import type { Server as HttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';

/** Further connections that one turn of the event loop accepts. */
const MORE = 63;
const WITHIN_MS = 5_000;

/** Sends back what it is sent, so many times: each time the system makes another descriptor of the same socket. */
const ECHO = `process.on('message', (times, handle) => {
  for (let i = 0; i < times; i++) process.send(i, handle);
});`;

/**
 * Lets a turn of the event loop accept more than one connection. Since libuv 1.45 a listening socket accepts one a turn, and a busy
 * turn takes tens of milliseconds: a crowd that comes with new connections would wait for seconds before anybody reads what it
 * wants, where no limit sees it (docs/adr/0034). Each further descriptor of the same socket accepts one more; the only way to them
 * without native code is to send the socket to a process that sends it back.
 * @param server that listens; closing it closes what is accepted here as well
 * @param withinMs the helper has to answer
 * @throws Error where the helper does not start or does not answer in time; what was added until then stays
 */
export async function addAcceptors(server: HttpServer, backlog: number, withinMs = WITHIN_MS): Promise<void> {
  const others: Server[] = [];
  const close = server.close.bind(server);
  server.close = (done) => {
    const ends = others.map((other) => new Promise((ended) => other.close(ended)));
    return close((error) => {
      void Promise.all(ends).then(() => done?.(error));
    });
  };
  const connected = (socket: Socket): boolean => server.emit('connection', socket);
  const helper = spawn(process.execPath, ['-e', ECHO], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: {},
    timeout: withinMs,
    killSignal: 'SIGKILL',
  });
  await new Promise<void>((resolve, reject) => {
    helper.once('error', reject);
    helper.once('disconnect', () => reject(new Error(`${others.length} of ${MORE} descriptors came back`)));
    helper.on('message', (_index, handle) => {
      // As Node's own HTTP server makes its sockets.
      const other = createServer({ allowHalfOpen: true, noDelay: true }, connected);
      others.push(other.listen(handle, backlog));
      if (!server.listening) other.close();
      if (others.length < MORE) return;
      resolve();
      helper.disconnect();
    });
    helper.send(MORE, Reflect.get(server, '_handle') as Server);
  });
}
