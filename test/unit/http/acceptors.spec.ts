import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { addAcceptors } from '../../../src/http/acceptors.js';
import { PATIENCE_MS } from '../../support/patience.js';

const CLIENTS = 200;

describe('acceptors', () => {
  let server: Server;
  let port: number;
  let cameInTurn: number;
  let turns: number;
  let busy: boolean;
  let sockets: Socket[];

  beforeEach(async () => {
    busy = true;
    sockets = [];
    server = createServer((_request, response) => response.end('served'));
    server.on('connection', () => (cameInTurn += 1));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 512, resolve));
    port = (server.address() as AddressInfo).port;
  });

  afterEach(() => {
    busy = false;
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    server.close();
  });

  /** An event loop in which each turn has work to do. */
  function work(): void {
    const until = performance.now() + 2;
    while (performance.now() < until);
    if (cameInTurn > 0) turns += 1;
    cameInTurn = 0;
    if (busy) setImmediate(work);
  }

  const ask = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      sockets.push(socket);
      socket.once('error', reject);
      socket.once('data', (data) => resolve(data.toString('latin1').slice(0, 15)));
      socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    });

  /** Until nobody is let in. The helper holds the socket until it has gone as well: who comes before is cut off by the system. */
  async function refused(): Promise<void> {
    let answer: string;
    do answer = await ask().catch((error: Error) => error.message);
    while (!answer.includes('ECONNREFUSED'));
  }

  /** @returns turns of the event loop in which somebody was let in; all are answered */
  async function crowd(): Promise<number> {
    turns = 0;
    cameInTurn = 0;
    setImmediate(work);
    const answers = await Promise.all(Array.from({ length: CLIENTS }, ask));
    expect(new Set(answers)).toEqual(new Set(['HTTP/1.1 200 OK']));
    busy = false;
    return turns;
  }

  it('accept a crowd in a few turns of a busy event loop', async () => {
    await addAcceptors(server, 512, PATIENCE_MS);
    expect(await crowd()).toBeLessThan(CLIENTS / 4);
  });

  it('are what makes the difference', async () => {
    expect(await crowd()).toBeGreaterThanOrEqual(CLIENTS);
  });

  it('leave with the server, which closes what they accepted', async () => {
    await addAcceptors(server, 512, PATIENCE_MS);
    await crowd();
    const left = Promise.all(sockets.map((socket) => new Promise((gone) => socket.once('close', gone))));
    await new Promise((closed) => server.close(closed));
    await left;
    await refused();
  });

  it('are none for a server that does not listen any more', async () => {
    const adding = addAcceptors(server, 512, PATIENCE_MS);
    await new Promise((closed) => server.close(closed));
    await adding.catch(() => undefined);
    await refused();
  });
});
