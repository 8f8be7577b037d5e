import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { AbstractConnector, type RedisOptions } from 'ioredis';
import type { RedisHost } from '../config/index.js';

/**
 * The primary among several Redis servers that no sentinel watches: each connection goes to the one that was good last, and on to the
 * next where that cannot be reached or calls itself a replica.
 * @returns the class of which the client library makes one for each connection
 */
export function primaryAmong(hosts: readonly RedisHost[]): NonNullable<RedisOptions['Connector']> {
  return class PrimaryConnector extends AbstractConnector {
    private at = 0;

    private readonly options: RedisOptions;

    /** The library's own type of this says `unknown`; it gives the client's options. */
    constructor(options: unknown) {
      super((options as RedisOptions).disconnectTimeout ?? 2_000);
      this.options = options as RedisOptions;
    }

    override async connect(): Promise<Socket | TLSSocket> {
      this.connecting = true;
      const host = hosts[this.at % hosts.length];
      const { tls } = this.options;
      const stream = tls ? connectTls({ ...host, ...tls }) : connect({ host: '', port: 0, ...host });
      this.stream = stream;
      let greeted = false;
      stream.once(tls ? 'secureConnect' : 'connect', () => (greeted = true));
      stream.once('error', (error: Error) => {
        this.firstError = error;
      });
      stream.once('close', () => {
        // A line that was up may come back at the same place: its role is asked again.
        if (!greeted) this.at += 1;
      });
      return stream;
    }

    override check(info: { readonly role?: string }): boolean {
      const primary = info.role === undefined || info.role === 'master';
      if (!primary) this.at += 1;
      return primary;
    }
  };
}
