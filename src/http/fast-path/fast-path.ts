import { createServer, type Server } from 'node:http';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { KEEP_ALIVE_S } from '../../common/keep-alive.js';
import { closing, statusLine, ending } from './answer-text.js';
import { type RequestHead, isPlainRequest } from './plain-request.js';
import {
  type NodeRequest,
  type Head,
  type NodeConnection,
  type NodeParser,
  type OnIncoming,
  METHODS,
  hooksHeadsOf,
  givenBack,
  readAgain,
} from './node-parser.js';

/** How often connections are looked at that nobody uses. */
const SWEEP_S = 6;

/** Pipelined requests that are held for a connection; with more of them it is not read until these are answered. */
const PIPELINE_DEPTH_MAX = 64;

/** @returns whether it answers the exchange, or passes the exchange on, now or later */
export type FastPathHandler = (exchange: Exchange) => boolean;

/** @param method in capitals @returns whether a handler wants to see requests of this method now */
export type Concern = (method: string) => boolean;

/** `off` by the setting, or because the parser of this Node is another. */
export type FastPathMode = 'on' | 'off';

/**
 * Where requests are met before Node makes a request and a response of them: before Fastify, its hooks and its routes (docs/adr/0034
 * has the figures). Only plain requests are offered to the handlers: HTTP/1.1, no body, a connection that is kept and that has nothing
 * else under way. All others go on to Node at once, and where a Node should have no parser like this, everything does: so no handler may
 * be the only one who knows an answer.
 */
export class FastPath {
  /** Where plain requests are met; `off` where all go to Node. */
  readonly mode: FastPathMode;
  private readonly handlers: { readonly handler: FastPathHandler; readonly concerns: Concern }[] = [];
  private readonly connections = new Set<Connection>();
  private openExchanges = 0;
  private closing = false;
  private emptied: () => void = () => undefined;
  private readonly empty = new Promise<void>((resolve) => (this.emptied = resolve));

  /** @param isWanted whether the parser is to be hooked where it can be */
  constructor(server: Server, isWanted = true) {
    this.mode = isWanted && parserFits() ? 'on' : 'off';
    if (this.mode === 'off') return;
    server.on('connection', (socket: NodeConnection) => {
      const { parser } = socket;
      if (!parser?.onIncoming) return;
      const connection = new Connection(this, socket, parser, parser.onIncoming);
      this.connections.add(connection);
      socket.once('close', () => {
        this.connections.delete(connection);
        givenBack(parser);
      });
    });
    const sweep = setInterval(() => this.sweep(), SWEEP_S * 1_000).unref();
    server.once('close', () => clearInterval(sweep));
  }

  /**
   * Puts a handler before all others.
   * @param concerns asked first: a look at a head costs a tenth of the answer to a read (docs/adr/0034), so no handler sees what it never takes
   */
  prepend(handler: FastPathHandler, concerns: Concern): void {
    this.handlers.unshift({ handler, concerns });
  }

  /** Whether a handler wants to see requests of this method now. */
  concerns(method: string): boolean {
    return this.handlers.some(({ concerns }) => concerns(method));
  }

  /**
   * From now on all requests go on to Node. To be awaited before the server is closed, which takes a connection for idle that waits for
   * an answer from here.
   * @returns when everybody who was taken is answered
   */
  close(): Promise<void> {
    this.closing = true;
    if (this.openExchanges === 0) this.emptied();
    return this.empty;
  }

  get isClosing(): boolean {
    return this.closing;
  }

  /** @returns whether a handler takes the exchange */
  admit(exchange: Exchange): boolean {
    if (this.closing) return false;
    const { method = '' } = exchange.request;
    for (const { handler, concerns } of this.handlers) {
      if (!concerns(method) || !handler(exchange)) continue;
      this.openExchanges += 1;
      return true;
    }
    return false;
  }

  finish(): void {
    this.openExchanges -= 1;
    if (this.closing && this.openExchanges === 0) this.emptied();
  }

  private sweep(): void {
    for (const connection of this.connections) connection.rest();
  }
}

/** A request that was taken by the fast path. */
export class Exchange {
  constructor(
    readonly request: RequestHead,
    private readonly connection: Connection,
  ) {}

  /** @param name in lower case; one of `DECISIVE` for sure, of others the first */
  header(name: string): string | undefined {
    const { rawHeaders } = this.request;
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const given = rawHeaders[i];
      if (given?.length === name.length && given.toLowerCase() === name) return rawHeaders[i + 1];
    }
    return undefined;
  }

  get socket(): Socket {
    return this.connection.socket;
  }

  /** Whether the client has gone: nobody would read an answer. */
  get isGone(): boolean {
    return this.connection.socket.destroyed;
  }

  /**
   * Answers as Node's server would, as one string. Once for each exchange that was taken, and not before `FastPathHandler` has returned.
   * @param head lines of headers, each with its line break; values of ASCII
   */
  answer(status: number, head: string, body: string): void {
    this.connection.answer(this.request, status, head, body);
  }

  /** Lets Node's server have the request after all. Instead of `answer`, and not before `FastPathHandler` has returned. */
  fallThrough(): void {
    this.connection.fallThrough(this.request);
  }
}

/** A head without the request that Node would make of it: that is made when Node is to have it. */
class BareRequestHead implements RequestHead {
  constructor(
    readonly head: Head,
    readonly method: string,
    readonly url: string,
    readonly rawHeaders: string[],
  ) {}
}

/** One at a time: what a client sends ahead waits until its first request was answered. */
class Connection {
  private isBusy = false;
  /** Whether the handlers do not want the head that Node makes a request of. */
  private isDeclined = false;
  /** Answers that the system has not taken yet. */
  private unsent = 0;
  /** Sweeps since the last answer from here; NaN while the connection is Node's to keep or to close. */
  private rests = NaN;
  private readonly pipelined: { readonly request: NodeRequest; readonly keepAlive: boolean }[] = [];
  /** Whether nothing is read because of what waits in `pipelined`. */
  private isPaused = false;
  /** Whether the client has closed its sending side with a request under way: it still reads. */
  private isHalfClosed = false;
  private readonly sent = (error?: Error | null): void => {
    this.unsent -= 1;
    if (error) this.socket.destroy();
  };

  constructor(
    private readonly fastPath: FastPath,
    readonly socket: NodeConnection,
    private readonly parser: NodeParser,
    private readonly next: (request: NodeRequest, keepAlive: boolean) => number,
  ) {
    const onIncoming: OnIncoming = (request, keepAlive) => this.arrive(request, keepAlive);
    onIncoming.connection = this;
    parser.onIncoming = onIncoming;
    hooksHeadsOf(parser);
    socket.prependListener('end', () => this.halfClose());
  }

  /** A head of which Node has made nothing yet. @returns whether a handler takes it; else Node is to go on */
  meet(head: Head): boolean {
    const [major, minor, rawHeaders, code, url, , , upgrade, keepAlive] = head;
    const method = METHODS[code];
    if (method !== undefined && !this.fastPath.concerns(method)) {
      this.isDeclined = true;
      return false;
    }
    const isWhole = rawHeaders !== undefined && url !== undefined && method !== undefined;
    if (!isWhole || major !== 1 || minor !== 1 || upgrade || !keepAlive) return false;
    if (this.isBusy || this.parser.incoming || !this.socket.writable) return false;
    const takes = this.admits(new BareRequestHead(head, method, url, rawHeaders));
    this.isDeclined = !takes;
    return takes;
  }

  /** A request of Node, before its server has it. @returns what the parser is to do: 0 to go on */
  private arrive(request: NodeRequest, keepAlive: boolean): number {
    const { isDeclined } = this;
    this.isDeclined = false;
    // Behind the last answer: what nobody could be told of is not done either.
    if (!this.socket.writable) return 0;
    if (this.isBusy) {
      if (request.upgrade) this.socket.destroy();
      else this.hold(request, keepAlive);
      return 0;
    }
    const mayBePlain =
      !isDeclined &&
      keepAlive &&
      request.httpVersion === '1.1' &&
      !request.upgrade &&
      request.method !== 'HEAD';
    if (mayBePlain && this.admits(request)) return 0;
    this.rests = NaN;
    return this.next.call(this.parser, request, keepAlive && !this.isLast);
  }

  /** What was read by now is held; the rest waits with the client, by back-pressure on the socket. */
  private hold(request: NodeRequest, keepAlive: boolean): void {
    this.pipelined.push({ request, keepAlive });
    if (this.socket._paused || this.pipelined.length < PIPELINE_DEPTH_MAX) return;
    this.isPaused = this.socket._paused = true;
    this.socket.pause();
  }

  /** Node's server, which knows of no request under way here, would end the connection now, before the answer. */
  private halfClose(): void {
    if (!this.isBusy) return;
    this.isHalfClosed = true;
    this.socket.end = () => this.socket;
  }

  /** Whether no further request can come. */
  private get isLast(): boolean {
    return this.isHalfClosed && this.pipelined.length === 0;
  }

  private admits(request: RequestHead): boolean {
    // An answer of Node's server is under way, or one of ours that nobody reads.
    if (this.socket._httpMessage || this.socket.writableLength > 0 || this.unsent > 0) return false;
    return (this.isBusy = isPlainRequest(request) && this.fastPath.admit(new Exchange(request, this)));
  }

  answer(request: RequestHead, status: number, head: string, body: string): void {
    const { socket, fastPath, parser } = this;
    const length = Buffer.byteLength(body);
    const text = `${statusLine(status)}${head}content-length: ${length}${fastPath.isClosing || this.isLast ? closing() : ending()}${body}`;
    this.unsent += 1;
    // Past the buffer of the stream, which is empty, past what it does in the next tick (docs/adr/0034), and past `batchWrites`: the
    // answers of a turn are in a row already.
    Socket.prototype._write.call(socket, text, length === body.length ? 'latin1' : 'utf8', this.sent);
    if (fastPath.isClosing) socket.end();
    this.rests = 0;
    // Node's server keeps the last request of a connection otherwise.
    if (parser.incoming === request) parser.incoming = null;
    this.finish();
  }

  fallThrough(request: RequestHead): void {
    this.isBusy = false;
    this.isDeclined = true;
    if (request instanceof BareRequestHead) {
      if (!this.socket.destroyed) readAgain(this.parser, request.head);
    } else this.arrive(request as NodeRequest, true);
    this.finish();
  }

  /** Ends the connection when it was looked at too often without having been used. */
  rest(): void {
    if (!this.isBusy && (this.rests += 1) > KEEP_ALIVE_S / SWEEP_S) this.socket.destroy();
  }

  private finish(): void {
    this.isBusy = false;
    this.fastPath.finish();
    while (!this.isBusy) {
      const waiting = this.pipelined.shift();
      if (!waiting) return this.readOn();
      this.arrive(waiting.request, waiting.keepAlive);
    }
  }

  /** All that was held is answered, or Node's to answer. */
  private readOn(): void {
    if (this.isPaused) {
      this.isPaused = this.socket._paused = false;
      this.parser.resume(); // Node pauses it with the socket
      this.socket.resume();
    }
    if (!this.isHalfClosed) return;
    this.isHalfClosed = false;
    Reflect.deleteProperty(this.socket, 'end');
    // Node's server ends the connection after the answer that it has under way.
    if (!this.socket._httpMessage) this.socket.end();
  }
}

/** Whether this Node has the parser that is hooked here: looked at on a server that nobody can reach. */
function parserFits(): boolean {
  const socket: Duplex & Pick<NodeConnection, 'parser'> = new Duplex({
    read: () => undefined,
    write: (_chunk, _encoding, done) => done(),
  });
  const server = createServer();
  server.emit('connection', socket);
  const { parser } = socket;
  const fits = Boolean(parser?.onIncoming) && parser != null && hooksHeadsOf(parser);
  if (parser) givenBack(parser);
  socket.destroy();
  return fits;
}
