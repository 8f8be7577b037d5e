import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** What all watchers of a measurement have seen together. */
export interface Seen {
  bytes: number;
  events: number;
  closed: number;
}

/** A stream of a voucher's remaining stock. A bare socket: an HTTP client would cost more here than the streams cost there. */
export async function openWatcher(base: string, voucherId: string, seen: Seen): Promise<Socket> {
  const { hostname, port } = new URL(base);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  socket.on('close', () => (seen.closed += 1));
  const first = new Promise<void>((resolve) => socket.once('data', () => resolve()));
  socket.on('data', (chunk: Buffer) => {
    seen.bytes += chunk.length;
    if (chunk.includes('event: availability')) seen.events += 1;
  });
  socket.write(
    `GET /v1/vouchers/${voucherId}/events HTTP/1.1\r\nHost: ${hostname}\r\nAccept: text/event-stream\r\n\r\n`,
  );
  await first;
  return socket;
}
