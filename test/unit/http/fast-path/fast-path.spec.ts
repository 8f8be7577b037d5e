import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { KEEP_ALIVE_S } from '../../../../src/common/keep-alive.js';
import { limitPerTurn, batchPerTurn } from '../../../../src/http/fast-path/turns.js';
import { FastPath, type Exchange, type FastPathHandler } from '../../../../src/http/fast-path/fast-path.js';
import { headerLines } from '../../../../src/http/fast-path/answer-text.js';

const BODY = '{"ok":true}';
const PIPELINE_DEPTH_MAX = 64;

const request = (path: string, more = '', method = 'POST', version = '1.1'): string =>
  `${method} ${path} HTTP/${version}\r\nhost: x\r\n${more}\r\n`;
const always = (): boolean => true;
const times = (text: string, part: string): number => text.split(part).length - 1;
const linesOf = (text: string): string[] => text.slice(0, text.indexOf('\r\n\r\n')).split('\r\n');
/** Of the requests that were answered, in the order of their answers. */
const pathsIn = (text: string): (string | undefined)[] =>
  [...text.matchAll(/x-path: (\S+)/g)].map(([, path]) => path);
const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
};
const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await turns(1);
};

/** One connection. */
class Client {
  got = '';
  private readonly socket: Socket;
  /** All that came until the server closed it. */
  readonly closed: Promise<string>;
  private look: () => void = () => undefined;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('error', () => undefined);
    this.socket.on('data', (data) => {
      this.got += data.toString('utf8');
      this.look();
    });
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve(this.got)));
  }

  send(...requests: string[]): this {
    this.socket.write(requests.join(''));
    return this;
  }

  /** @returns all that came, as soon as `part` is in it so many times */
  async heard(part: string, count = 1): Promise<string> {
    const there = new Promise<void>((resolve) => {
      this.look = () => times(this.got, part) >= count && resolve();
      this.look();
    });
    await Promise.race([there, this.closed]);
    expect(times(this.got, part)).toBe(count);
    return this.got;
  }

  /** From now on it does not read. */
  turnAway(): this {
    this.socket.pause();
    return this;
  }

  /** It sends no more, and reads on. */
  halfClose(): this {
    this.socket.end();
    return this;
  }

  leave(): void {
    this.socket.destroy();
  }

  /** It is gone, and says so. */
  reset(): void {
    this.socket.resetAndDestroy();
  }
}

describe('the fast path', () => {
  let server: Server;
  let fastPath: FastPath;
  let clients: Client[];
  let sockets: Socket[];
  let body: string;
  /** Whether exchanges wait to be answered by the test. */
  let holds: boolean;
  let held: Exchange[];
  /** Paths that the handler was asked for, but for `/next`, which it does not take. */
  let met: (string | undefined)[];
  /** Paths that came to Node's handler. */
  let passed: (string | undefined)[];
  /** Answers of Node's handler to `/late`. */
  let late: (() => void)[];
  let sweeping: jest.SpiedFunction<typeof setInterval>;

  const answer = (exchange: Exchange): void =>
    exchange.answer(202, `x-path: ${exchange.request.url ?? ''}\r\n`, body);

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const { url = '' } = request;
    passed.push(url);
    let text = '';
    request.on('data', (data: Buffer) => (text += data.toString('utf8')));
    request.on('end', () => {
      const now = (): void => {
        response.setHeader('x-path', url);
        response.end(`node ${url} ${text}.`);
      };
      if (url === '/late') late.push(now);
      else now();
    });
  }

  beforeEach(async () => {
    body = BODY;
    holds = false;
    [clients, sockets, held, met, passed, late] = [[], [], [], [], [], []];
    server = createServer(handle);
    server.keepAliveTimeout = KEEP_ALIVE_S * 1_000;
    server.on('connection', (socket) => sockets.push(socket));
    sweeping = jest.spyOn(globalThis, 'setInterval');
    fastPath = new FastPath(server);
    const take: FastPathHandler = (exchange) => {
      const { url } = exchange.request;
      if (url === '/next' || url === '/late') return false;
      met.push(url);
      if (holds) held.push(exchange);
      else setImmediate(answer, exchange);
      return true;
    };
    fastPath.prepend(take, always);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterEach(() => {
    sweeping.mockRestore();
    for (const client of clients) client.leave();
    server.closeAllConnections();
    server.close();
  });

  const open = (): Client => {
    const client = new Client((server.address() as AddressInfo).port);
    clients.push(client);
    return client;
  };
  /** The exchange who is held then. */
  const exchange = async (): Promise<Exchange> => {
    await until(() => held.length > 0);
    return held.shift() as Exchange;
  };

  it('answers with the headers of ServerResponse', async () => {
    const client = open();
    const [status, ...headers] = linesOf(await client.send(request('/a')).heard(BODY));
    const [, ...plain] = linesOf(await open().send(request('/next')).heard('node /next .'));
    expect(status).toBe('HTTP/1.1 202 Accepted');
    const names = (lines: string[]) => lines.map((line) => line.split(': ')[0]?.toLowerCase()).sort();
    expect(names(headers)).toEqual(names(plain));
    const of = (lines: string[], name: string) =>
      lines.find((line) => line.toLowerCase().startsWith(`${name}: `))?.toLowerCase();
    for (const name of ['connection', 'keep-alive']) expect(of(headers, name)).toBe(of(plain, name));
    expect(of(headers, 'content-length')).toBe(`content-length: ${BODY.length}`);
    expect(client.got.endsWith(`\r\n\r\n${BODY}`)).toBe(true);
    const date = of(headers, 'date')?.slice('date: '.length) ?? '';
    expect(new Date(date).toUTCString().toLowerCase()).toBe(date);
    expect(passed).toEqual(['/next']);
  });

  it('leaves the connection to the next request, whoever answers that', async () => {
    const client = open();
    await client.send(request('/1')).heard('x-path: /1');
    await client.send(request('/next')).heard('node /next .');
    await client.send(request('/2')).heard('x-path: /2');
    await client.send(request('/3', 'content-length: 3\r\n'), 'abc').heard('node /3 abc.');
    await client.send(request('/4', 'content-length: 0\r\n', 'DELETE')).heard('x-path: /4');
    expect(met).toEqual(['/1', '/2', '/4']);
    expect(passed).toEqual(['/next', '/3']);
    expect(sockets).toHaveLength(1);
  });

  it('holds what was sent ahead until the request before is answered', async () => {
    holds = true;
    const client = open().send(request('/1'), request('/2'), request('/3'));
    for (const path of ['/1', '/2', '/3']) {
      const one = await exchange();
      await turns(3);
      expect(held).toEqual([]);
      expect(one.request.url).toBe(path);
      answer(one);
      await client.heard(`x-path: ${path}`);
    }
    expect(pathsIn(client.got)).toEqual(['/1', '/2', '/3']);
    expect(times(client.got, BODY)).toBe(3);
    expect(passed).toEqual([]);
  });

  it('keeps the order of requests that were sent at once for both, also where the handler answers late', async () => {
    const client = open();
    const paths = ['/1', '/late', '/2', '/next', '/3', '/late', '/4'];
    client.send(...paths.map((path) => request(path)));
    await until(() => late.length === 2);
    await turns(3);
    expect(pathsIn(client.got)).toEqual(['/1']);
    for (const now of late.splice(0).reverse()) now();
    await client.heard('x-path', paths.length);
    expect(pathsIn(client.got)).toEqual(paths);
    await client.send(request('/5')).heard('x-path: /5');
    expect(met).toEqual(['/1', '/5']);
  });

  it('keeps the order of a request that comes while the handler has one', async () => {
    const client = open().send(request('/late'));
    await until(() => late.length === 1);
    client.send(request('/1'));
    await until(() => passed.length === 2);
    await turns(3);
    expect(client.got).toBe('');
    late[0]?.();
    await client.heard('x-path', 2);
    expect(pathsIn(client.got)).toEqual(['/late', '/1']);
    expect(met).toEqual([]);
  });

  describe('leaves to Node', () => {
    it.each([
      ['a client that wants it closed', request('/a', 'connection: close\r\n')],
      ['a client of HTTP/1.0', request('/a', '', 'POST', '1.0')],
    ])('%s', async (_who, text) => {
      const got = await open().send(text).closed;
      expect(got).toContain('node /a .');
      expect(got.toLowerCase()).toContain('connection: close\r\n');
      expect(met).toEqual([]);
    });

    it.each([
      ['a body', 'content-length: 3\r\n', 'abc', 'abc'],
      ['a body in chunks', 'transfer-encoding: chunked\r\n', '3\r\nabc\r\n0\r\n\r\n', 'abc'],
      ['another protocol that nobody speaks here', 'connection: upgrade\r\nupgrade: h2c\r\n', '', ''],
    ])('%s', async (_what, headers, sent, read) => {
      const client = open().send(request('/a', headers), sent);
      await client.heard(`node /a ${read}.`);
      expect(linesOf(client.got)[0]).toBe('HTTP/1.1 200 OK');
      expect(met).toEqual([]);
    });

    it('a body that waits to be asked for', async () => {
      const client = open().send(request('/a', 'expect: 100-continue\r\ncontent-length: 3\r\n'));
      await client.heard('HTTP/1.1 100 Continue');
      await client.send('abc').heard('node /a abc.');
      expect(met).toEqual([]);
    });

    it('an expectation without a body', async () => {
      const client = open().send(request('/a', 'expect: 100-continue\r\n'));
      await client.heard('HTTP/1.1 100 Continue');
      await client.heard('node /a .');
      expect(met).toEqual([]);
    });

    it('a request that names no host', async () => {
      const got = await open().send('POST /a HTTP/1.1\r\n\r\n').closed;
      expect(linesOf(got)[0]).toBe('HTTP/1.1 400 Bad Request');
      expect([met, passed]).toEqual([[], []]);
    });

    it('a header that counts and is said twice', async () => {
      const client = open();
      await client
        .send(request('/a', 'Authorization: Bearer a\r\nauthorization: Bearer b\r\n'))
        .heard('node /a .');
      await client.send(request('/b', 'accept: x/a\r\naccept: x/b\r\n')).heard(BODY);
      expect(met).toEqual(['/b']);
    });

    it('a client of HTTP/1.0 who wants to stay', async () => {
      const client = open().send(request('/a', 'connection: keep-alive\r\n', 'POST', '1.0'));
      await client.heard('node /a .');
      expect(met).toEqual([]);
    });

    it('what a client sends ahead who does not read the answers', async () => {
      body = 'x'.repeat(32 * 1_024 * 1_024); // more than the system keeps for both ends
      open().turnAway().send(request('/1'), request('/2'));
      await until(() => met.length + passed.length === 2);
      expect([met, passed]).toEqual([['/1'], ['/2']]);
    });

    it('HEAD, whose answer has no body', async () => {
      const client = open();
      await client.send(request('/a', '', 'HEAD')).heard('\r\n\r\n');
      expect(met).toEqual([]);
      await client.send(request('/b')).heard(BODY);
      expect(client.got).not.toContain('node');
      expect(pathsIn(client.got)).toEqual(['/a', '/b']);
    });
  });

  it('tells the headers by which is decided, however they are written', async () => {
    holds = true;
    open().send(request('/a', 'AUTHORIZATION: Bearer a\r\nX-Other: y\r\n'));
    const one = await exchange();
    expect(one.header('authorization')).toBe('Bearer a');
    expect(one.header('x-request-id')).toBeUndefined();
    answer(one);
  });

  it('keeps nothing of a request that was answered', async () => {
    await open().send(request('/a')).heard(BODY);
    expect(sockets[0]).toHaveProperty('parser.incoming', null);
  });

  it('counts bytes, not characters', async () => {
    body = '{"title":"纪念 🎫"}';
    const client = open();
    const got = await client.send(request('/a')).heard('🎫"}');
    expect(got).toContain(`content-length: ${Buffer.byteLength(body)}\r\n`);
    expect(got.endsWith(body)).toBe(true);
    await client.send(request('/b')).heard('x-path: /b');
  });

  it.each([
    ['answers', answer],
    ['passes on', (gone: Exchange) => gone.fallThrough()],
  ])('%s a client who has gone without any effect', async (_what, act) => {
    holds = true;
    const client = open().send(request('/a'), request('/b'));
    const gone = await exchange();
    expect(gone.isGone).toBe(false);
    client.reset();
    await until(() => gone.isGone);
    expect(() => act(gone)).not.toThrow();
    holds = false;
    await open().send(request('/c')).heard('x-path: /c');
    expect(met).toEqual(['/a', '/c']);
    expect(passed).toEqual([]);
    await fastPath.close();
  });

  describe('who is let fall through', () => {
    it('is answered by the handler, and the next one by the handler', async () => {
      holds = true;
      const client = open().send(request('/a'));
      (await exchange()).fallThrough();
      await client.heard('node /a .');
      holds = false;
      await client.send(request('/b')).heard('x-path: /b');
      expect([met, passed]).toEqual([['/a', '/b'], ['/a']]);
    });

    it('is answered before those who were sent at once', async () => {
      holds = true;
      const client = open().send(...['/1', '/late', '/2', '/3'].map((path) => request(path)));
      (await exchange()).fallThrough();
      await until(() => late.length === 1);
      late[0]?.();
      await client.heard('x-path', 4);
      expect(pathsIn(client.got)).toEqual(['/1', '/late', '/2', '/3']);
    });

    it.each(['before', 'after'])('leaves its body to the request behind that comes %s it', async (when) => {
      holds = true;
      const client = open().send(request('/1'), request('/2', 'content-length: 6\r\n'), 'abc');
      const one = await exchange();
      if (when === 'before') {
        client.send('def', request('/3'));
        await turns(5);
      }
      one.fallThrough();
      if (when === 'after') {
        await client.heard('node /1 .');
        client.send('def', request('/3'));
      }
      await client.heard('node /2 abcdef.');
      await client.heard('x-path: /3');
      expect(pathsIn(client.got)).toEqual(['/1', '/2', '/3']);
    });
  });

  it('offers a handler no request of a method that does not concern it, alone and pipelined', async () => {
    const asked: (string | undefined)[] = [];
    let concerned = ['PUT'];
    const look: FastPathHandler = ({ request: { method } }) => {
      asked.push(method);
      return false;
    };
    fastPath.prepend(look, (method) => concerned.includes(method));
    await open().send(request('/next')).heard('node /next .');
    await open()
      .send(request('/a') + request('/next'))
      .heard('node /next .');
    expect(asked).toEqual([]);
    concerned = ['POST'];
    await open().send(request('/next')).heard('node /next .');
    expect(asked).toEqual(['POST']);
  });

  it('asks the handler that was put first, then the others, then Node', async () => {
    const asked: string[] = [];
    for (const name of ['second', 'first']) {
      const take: FastPathHandler = (exchange) => {
        asked.push(name);
        const takes = exchange.request.url === `/${name}`;
        if (takes) setImmediate(() => exchange.answer(200, '', `by the ${name}`));
        return takes;
      };
      fastPath.prepend(take, always);
    }
    const client = open();
    const hears = async (path: string, text: string): Promise<string[]> => {
      await client.send(request(path)).heard(text);
      return asked.splice(0);
    };
    expect(await hears('/first', 'by the first')).toEqual(['first']);
    expect(await hears('/second', 'by the second')).toEqual(['first', 'second']);
    expect(await hears('/third', 'x-path: /third')).toEqual(['first', 'second']);
    expect(await hears('/next', 'node /next .')).toEqual(['first', 'second']);
    expect(met).toEqual(['/third']);
  });

  describe('pipelined requests', () => {
    const paths = Array.from({ length: PIPELINE_DEPTH_MAX + 1 }, (_, index) => `/${index}`);

    it('is answered in its order up to a bound', async () => {
      holds = true;
      const client = open().send(...paths.map((path) => request(path)));
      const first = await exchange();
      holds = false;
      answer(first);
      await client.heard('x-path', paths.length);
      expect(pathsIn(client.got)).toEqual(paths);
    });

    it('are all answered in order above it, by back-pressure on the socket', async () => {
      holds = true;
      const many = Array.from({ length: 600 }, (_, index) => `/${index}`);
      // More than is read at once.
      const all = many.map((path) => request(path, `x-long: ${'x'.repeat(300)}\r\n`)).join('');
      const client = open().send(all);
      const first = await exchange();
      await turns(50);
      expect(sockets[0]?.bytesRead).toBeLessThan(all.length);
      expect(sockets[0]?.isPaused()).toBe(true);
      expect(met).toEqual(['/0']);
      holds = false;
      answer(first);
      await client.heard('x-path', many.length);
      expect(pathsIn(client.got)).toEqual(many);
    });

    it('are not begun once the client has gone', async () => {
      holds = true;
      const client = open().send(...Array.from({ length: 20 }, (_, index) => request(`/${index}`)));
      const first = await exchange();
      client.reset();
      await until(() => first.isGone);
      holds = false;
      answer(first);
      await turns(20);
      expect([met, passed]).toEqual([['/0'], []]);
    });

    it('ends the connection where it asks for another protocol', async () => {
      holds = true;
      const client = open().send(request('/a'), request('/b', 'connection: upgrade\r\nupgrade: h2c\r\n'));
      expect(await client.closed).toBe('');
      expect((await exchange()).isGone).toBe(true);
      expect([met, passed]).toEqual([['/a'], []]);
    });
  });

  describe('a client that closes its sending side', () => {
    it.each([
      ['taken', ['/a'], '/a'],
      ['taken, and further ones', ['/a', '/b', '/c'], '/a'],
      ['passed on to Node', ['/next'], undefined],
      ['taken, and one of Node', ['/a', '/next'], '/a'],
    ])('gets the answer to a request that was %s, then the end', async (_what, asked, waits) => {
      Object.assign(server, { httpAllowHalfOpen: true });
      holds = waits !== undefined;
      const client = open()
        .send(...asked.map((path) => request(path)))
        .halfClose();
      if (holds) {
        const first = await exchange();
        await until(() => sockets[0]?.readableEnded === true);
        await turns(5);
        holds = false;
        answer(first);
      }
      const got = await client.closed;
      expect(pathsIn(got)).toEqual(asked);
      if (asked.at(-1) !== '/next') expect(times(got, 'connection: close')).toBe(1);
    });

    it('gets an answer that comes later than its end', async () => {
      Object.assign(server, { httpAllowHalfOpen: true });
      const client = open().send(request('/late')).halfClose();
      await until(() => late.length === 1 && sockets[0]?.readableEnded === true);
      late[0]?.();
      expect(pathsIn(await client.closed)).toEqual(['/late']);
    });
  });

  describe('a connection that nobody uses', () => {
    const SWEEPS = 12;
    /** Lets as many sweeps go by. */
    const goBy = async (sweeps: number): Promise<void> => {
      for (let sweep = 0; sweep < sweeps; sweep += 1) onSweep();
      await turns(5);
    };
    let onSweep: () => void;

    beforeEach(() => {
      onSweep = sweeping.mock.calls.at(-1)?.[0] as () => void;
    });

    it('is kept for a time after an answer', async () => {
      const client = open();
      await client.send(request('/a')).heard(BODY);
      await goBy(SWEEPS);
      await client.send(request('/b')).heard(BODY, 2);
      await goBy(SWEEPS);
      expect(sockets[0]?.destroyed).toBe(false);
      await goBy(1);
      expect(await client.closed).toBe(client.got);
    });

    it('is in use while somebody waits to be answered, here or by Node', async () => {
      const client = open();
      await client.send(request('/a')).heard(BODY);
      holds = true;
      client.send(request('/b'));
      const waiting = await exchange();
      await goBy(SWEEPS + 1);
      answer(waiting);
      await client.heard(BODY, 2);
      client.send(request('/late'));
      await until(() => late.length === 1);
      await goBy(SWEEPS + 1);
      late[0]?.();
      await client.heard('node /late .');
      await goBy(SWEEPS + 1);
      expect(sockets[0]?.destroyed).toBe(false);
      expect(sockets[0]?.timeout).toBeGreaterThanOrEqual(KEEP_ALIVE_S * 1_000);
    });

    it('is kept by Node after a request that was let fall through', async () => {
      const client = open();
      await client.send(request('/a')).heard(BODY);
      holds = true;
      client.send(request('/b'), request('/late'));
      (await exchange()).fallThrough();
      await until(() => late.length === 1);
      await goBy(SWEEPS + 1);
      expect(sockets[0]?.destroyed).toBe(false);
    });
  });

  describe('once it closes', () => {
    it('leaves alone what was sent ahead of its last answer', async () => {
      holds = true;
      const client = open().send(request('/1'), request('/2'));
      const one = await exchange();
      const closed = fastPath.close();
      answer(one);
      await closed;
      await client.closed;
      await turns(5);
      expect(pathsIn(client.got)).toEqual(['/1']);
      expect(passed).toEqual([]);
    });

    it('says so to those who are inside, waits for them, and leaves all others to Node', async () => {
      holds = true;
      const [one, other] = [open().send(request('/1')), open().send(request('/2'))];
      await until(() => held.length === 2);
      let isClosed = false;
      const closed = fastPath.close().then(() => (isClosed = true));
      await turns(5);
      const [first, second] = held.splice(0) as [Exchange, Exchange];
      answer(first);
      await turns(5);
      expect(isClosed).toBe(false);
      answer(second);
      await closed;
      for (const client of [one, other]) {
        const text = await client.closed;
        expect(linesOf(text)).toContain('connection: close');
        expect(text).not.toContain('keep-alive');
        expect(text.endsWith(`\r\n\r\n${BODY}`)).toBe(true);
      }
      await open().send(request('/3')).heard('node /3 .');
      expect(passed).toEqual(['/3']);
      expect(met.sort()).toEqual(['/1', '/2']);
    });

    it('waits for those who are let fall through as well', async () => {
      holds = true;
      const client = open().send(request('/1'));
      const one = await exchange();
      const closed = fastPath.close();
      one.fallThrough();
      await closed;
      await client.heard('node /1 .');
    });

    it('leaves a connection that it had answered on to Node', async () => {
      const client = open();
      await client.send(request('/1')).heard(BODY);
      await fastPath.close();
      await client.send(request('/2')).heard('node /2 .');
      expect(met).toEqual(['/1']);
    });
  });
});

describe('the mode of the fast path', () => {
  it('is the hook on the parser of this Node, which is looked at without a connection', () => {
    const server = createServer();
    expect(new FastPath(server).mode).toBe('on');
    server.emit('close');
  });

  it('is off where it is not wanted: Node gets every request', async () => {
    const server = createServer((_request, response) => response.end('node'));
    const fastPath = new FastPath(server, false);
    expect(fastPath.mode).toBe('off');
    fastPath.prepend(() => {
      throw new Error('nothing is offered');
    }, always);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST' })).text()).toBe('node');
    await fastPath.close();
    server.closeAllConnections();
    server.close();
  });
});

describe('turns', () => {
  it('serve together what came in one turn, in its order, and many in several turns', async () => {
    const served: (readonly number[])[] = [];
    const take = batchPerTurn<number>(128, (some) => served.push(some));
    for (const one of [1, 2, 3]) take(one);
    expect(served).toEqual([]);
    await turns(1);
    expect(served.splice(0)).toEqual([[1, 2, 3]]);
    const crowd = Array.from({ length: 300 }, (_, index) => index);
    for (const one of crowd) take(one);
    await turns(1);
    expect(served).toHaveLength(1);
    await turns(5);
    expect(served.length).toBeGreaterThan(1);
    expect(served.flat()).toEqual(crowd);
  });

  it('leave what comes meanwhile to a later one', async () => {
    const served: (readonly string[])[] = [];
    const take = batchPerTurn<string>(128, (some) => {
      served.push(some);
      if (some[0] === 'first') take('meanwhile');
    });
    take('first');
    await turns(3);
    expect(served).toEqual([['first'], ['meanwhile']]);
  });
});

describe('at once', () => {
  const tick = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

  it('serves what arrives in the same turn, after whoever brought it is done', async () => {
    const served: number[] = [];
    const take = limitPerTurn<number>(3, (one) => served.push(one));
    for (const one of [1, 2]) take(one);
    expect(served).toEqual([]);
    await tick();
    expect(served).toEqual([1, 2]);
  });

  it('serves no more than so many in a turn, and the others in their order in the next ones', async () => {
    const served: number[] = [];
    const take = limitPerTurn<number>(3, (one) => served.push(one));
    for (const one of [1, 2]) take(one);
    await tick();
    for (const one of [3, 4, 5, 6, 7, 8]) take(one);
    await tick();
    expect(served).toEqual([1, 2, 3]);
    await turns(1);
    expect(served).toEqual([1, 2, 3, 4, 5, 6]);
    take(9);
    await turns(2);
    expect(served).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    take(10);
    await tick();
    expect(served.at(-1)).toBe(10);
  });
});

it('the head of an answer has a line for each header', () => {
  expect(headerLines({ 'retry-after': '1', location: '/a' })).toBe('retry-after: 1\r\nlocation: /a\r\n');
  expect(headerLines({})).toBe('');
});
