import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { TcpProxy } from '../rehearsal/tcp-proxy.js';
import { until } from '../support/api.js';

let echo: Server;
let proxy: TcpProxy;
let client: Socket;
let heard = '';

beforeEach(async () => {
  echo = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  proxy = await TcpProxy.open((echo.address() as AddressInfo).port);
  heard = '';
  client = connect({ port: proxy.port, host: '127.0.0.1' });
  client.on('error', () => undefined);
  client.on('data', (chunk: Buffer) => (heard += chunk.toString()));
  await once(client, 'connect');
});

afterEach(async () => {
  client.destroy();
  await proxy.close();
  echo.close();
});

const hears = (text: string): Promise<true> =>
  until(async () => (heard === text ? (true as const) : undefined));

describe('the line of a rehearsal', () => {
  it('passes everything on, in order, also when it becomes slow and fast again', async () => {
    client.write('a');
    await hears('a');
    const began = performance.now();
    proxy.slow(150);
    client.write('b');
    await hears('ab');
    expect(performance.now() - began).toBeGreaterThanOrEqual(299);
    client.write('c');
    proxy.slow(0);
    client.write('d');
    await hears('abcd');
  });

  it('keeps what was sent while it was silent, and passes it on afterwards', async () => {
    client.write('a');
    await hears('a');
    proxy.hush(true);
    client.write('b');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(heard).toBe('a');
    proxy.hush(false);
    await hears('ab');
  });

  it('cuts every connection and takes new ones', async () => {
    client.write('a');
    await hears('a');
    // Not `once`, which takes the reset that is wanted here for a failure.
    const closed = new Promise((resolve) => client.on('close', resolve));
    proxy.cut();
    await closed;
    client = connect({ port: proxy.port, host: '127.0.0.1' });
    client.on('error', () => undefined);
    client.on('data', (chunk: Buffer) => (heard += chunk.toString()));
    client.write('b');
    await hears('ab');
  });
});
