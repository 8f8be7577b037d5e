import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Bytes that wait for a slow line before the sender has to. */
const HELD_CHUNKS = 256;

/**
 * A line between two parties that can be made slow, dumb or broken. It knows nothing of what it carries, so it stands
 * before MariaDB and Redis; not before Kafka, whose brokers tell clients themselves where to connect.
 */
export class TcpProxy {
  private readonly server: Server;
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private latencyMs = 0;
  private silent = false;

  private constructor(private target: number) {
    this.server = createServer((client) => this.accept(client));
  }

  /** @param target port on loopback that the proxy stands before */
  static async open(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Leads new connections to another port, as an address does that moves with the primary. */
  retarget(port: number): void {
    this.target = port;
  }

  /** Delays what goes through by so much in each direction, in order. */
  slow(latencyMs: number): void {
    this.latencyMs = latencyMs;
  }

  /**
   * Cuts every connection; new ones are taken. One whose end is under way cannot be reset: Node 20 reports EINVAL, and does not close what is
   * below the socket, so that the process never ends.
   */
  cut(): void {
    for (const pair of this.pairs) {
      for (const socket of pair) {
        if (socket.writableEnded) socket.destroy();
        else socket.resetAndDestroy();
      }
    }
    this.pairs.clear();
  }

  /** Passes nothing on while it lasts, and closes nothing: what was sent meanwhile arrives afterwards, as TCP does. */
  hush(silent: boolean): void {
    this.silent = silent;
    for (const pair of this.pairs) {
      for (const socket of pair) {
        if (silent) socket.pause();
        else socket.resume();
      }
    }
  }

  async close(): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }

  private accept(client: Socket): void {
    const server = connect({ port: this.target, host: '127.0.0.1' });
    const pair = [client, server] as const;
    this.pairs.add(pair);
    for (const [from, to] of [pair, [server, client]] as const) {
      from.setNoDelay(true);
      let sending = Promise.resolve();
      let held = 0;
      from.on('data', (chunk) => {
        const due = performance.now() + this.latencyMs;
        if (this.latencyMs === 0 && held === 0) return void to.write(chunk);
        if (++held > HELD_CHUNKS) from.pause();
        sending = sending.then(async () => {
          const wait = due - performance.now();
          if (wait > 0) await delay(wait);
          to.write(chunk);
          if (--held < HELD_CHUNKS && !this.silent) from.resume();
        });
      });
      from.on('end', () => void sending.then(() => to.end()));
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.pairs.delete(pair);
        void sending.then(() => to.destroy());
      });
      if (this.silent) from.pause();
    }
  }
}

/** The address of a server behind the line. */
export function through(url: string, line: TcpProxy): string {
  const changed = new URL(url);
  changed.port = String(line.port);
  return changed.toString();
}
