import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { batchWrites } from '../../../src/http/write-batching.js';

describe('write batching', () => {
  describe('of sockets', () => {
    let server: Server;
    let written: string[];

    beforeEach(() => {
      server = createServer();
      server.removeAllListeners('connection'); // no parser: these sockets are connected to nobody
      batchWrites(server);
      written = [];
    });

    /** What stands for a socket whose system takes whatever it gets. */
    function accepted(): Writable {
      const into = written; // a write that waits at the end of a test is none of the next one
      const socket = new Writable({
        write: (chunk: Buffer, _encoding, done) => {
          into.push(chunk.toString());
          done();
        },
        writev: (chunks, done) => {
          into.push(chunks.map(({ chunk }) => String(chunk)).join('+'));
          done();
        },
      });
      server.emit('connection', socket);
      return socket;
    }

    it('writes what connections are sent once the turn has read its sockets', async () => {
      const [one, other] = [accepted(), accepted()];
      one.write('a');
      other.write('b');
      expect(written).toEqual([]);
      await turn();
      expect(written).toEqual(['a', 'b']);
    });

    it('writes at once where enough is waiting', () => {
      const sockets = Array.from({ length: 17 }, accepted);
      sockets.slice(0, 15).forEach((socket, at) => socket.write(`${at}`));
      expect(written).toEqual([]);
      sockets[15]?.write('15');
      expect(written).toHaveLength(16);
      sockets[16]?.write('16');
      expect(written).toHaveLength(16);
    });

    it('keeps the order of one connection, and joins what waits behind a write', async () => {
      const socket = accepted();
      const told = ['a', 'b', 'c'].map((part) => new Promise((resolve) => socket.write(part, resolve)));
      expect(socket.writableLength).toBe(3);
      await Promise.all(told);
      expect(written).toEqual(['a', 'b+c']);
      expect(socket.writableLength).toBe(0);
    });

    it('writes what was sent before the end, and ends then', async () => {
      const socket = accepted();
      const finished = new Promise((resolve) => socket.once('finish', resolve));
      socket.end('last');
      expect(socket.writableFinished).toBe(false);
      await finished;
      expect(written).toEqual(['last']);
    });
  });

  describe('of a server', () => {
    let server: Server;
    let port: number;

    beforeEach(async () => {
      const body = Buffer.alloc(1_000_000, 'x');
      server = createServer((request, response) => {
        if (request.url === '/large') response.end(body);
        else response.end(Buffer.from(`answer ${request.url}`));
      });
      batchWrites(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      port = (server.address() as AddressInfo).port;
    });

    afterEach(() => {
      server.closeAllConnections();
      server.close();
    });

    /** All that the server says to these requests, until it closes. */
    const told = (requests: string): Promise<string> =>
      new Promise((resolve, reject) => {
        let text = '';
        const socket = connect(port, '127.0.0.1', () => socket.write(requests));
        socket.on('data', (data: Buffer) => (text += data.toString('latin1')));
        socket.once('error', reject);
        socket.once('close', () => resolve(text));
      });

    const request = (path: string, connection: 'keep-alive' | 'close'): string =>
      `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: ${connection}\r\n\r\n`;

    it('answers pipelined requests in order, the last one before the connection closes', async () => {
      const paths = Array.from({ length: 40 }, (_none, at) => `/${at}`);
      const text = await told(
        paths.map((path, at) => request(path, at === 39 ? 'close' : 'keep-alive')).join(''),
      );
      expect([...text.matchAll(/answer (\/\d+)/g)].map(([, path]) => path)).toEqual(paths);
    });

    it('sends a large answer whole', async () => {
      const text = await told(request('/large', 'close'));
      expect(text.slice(text.indexOf('\r\n\r\n') + 4)).toHaveLength(1_000_000);
    });
  });
});
