import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';

/** How long a connection is kept that nobody uses; longer than proxies before us keep theirs. */
export const KEEP_ALIVE_S = 72;

/**
 * Requests that are taken on in one turn of the event loop, and as many that are refused: a few milliseconds, until what came
 * meanwhile is looked at. Without a bound refusals took the turns of those who were accepted (docs/adr/0034).
 */
const A_TURN = 128;

/** Requests that a client may send ahead, without having heard of the one before. */
const MOST_AHEAD = 64;

/** @returns whether it answers the visitor, or passes the visitor on, now or later */
export type Taker = (visitor: Visitor) => boolean;

/** `upgrade`: whether the client wants another protocol. */
type NodeRequest = IncomingMessage & { readonly upgrade?: boolean };

/** What Node's server keeps of a connection, as far as it is used here; in no documentation, the same in Node 20 and in its successors by now. */
interface NodeConnection extends Socket {
  readonly parser?: {
    incoming: IncomingMessage | null;
    onIncoming: ((request: NodeRequest, keepAlive: boolean) => number) | null;
  } | null;
  /** The response that is being written. */
  readonly _httpMessage?: object | null;
}

/**
 * Where requests are met before Node makes a response of them: before Fastify, its hooks and its routes. Of the 15 µs that a bare answer
 * of Node's server costs 7 are the kernel's, 3 are saved here, and of 20 µs among a thousand connections 5 (docs/adr/0034). Only plain requests are
 * offered to the takers: HTTP/1.1, no body, a connection that is kept and that has nothing else under way. All others go on to Node at
 * once, and where a Node should have no parser like this, everything does: so no taker may be the only one who knows an answer.
 */
export class Door {
  private readonly takers: Taker[] = [];
  private visits = 0;
  private closing = false;
  private emptied: () => void = () => undefined;
  private readonly empty = new Promise<void>((resolve) => (this.emptied = resolve));

  constructor(server: Server) {
    server.on('connection', (socket: NodeConnection) => {
      const { parser } = socket;
      const next = parser?.onIncoming;
      if (!parser || !next) return;
      const connection = new Connection(this, socket, (request, keepAlive) =>
        next.call(parser, request, keepAlive),
      );
      parser.onIncoming = (request, keepAlive) => connection.arrive(request, keepAlive);
    });
  }

  /** Puts a taker before all others. */
  putFirst(taker: Taker): void {
    this.takers.unshift(taker);
  }

  /**
   * From now on all requests go on to Node. To be awaited before the server is closed, which takes a connection for idle that waits for
   * an answer from here.
   * @returns when everybody who was taken is answered
   */
  close(): Promise<void> {
    this.closing = true;
    if (this.visits === 0) this.emptied();
    return this.empty;
  }

  get isClosing(): boolean {
    return this.closing;
  }

  /** @returns whether a taker takes the visitor */
  admit(visitor: Visitor): boolean {
    if (this.closing) return false;
    for (const take of this.takers) {
      if (!take(visitor)) continue;
      this.visits += 1;
      return true;
    }
    return false;
  }

  leave(): void {
    this.visits -= 1;
    if (this.closing && this.visits === 0) this.emptied();
  }
}

/** A request that was met at the door. */
export class Visitor {
  constructor(
    readonly request: IncomingMessage,
    private readonly connection: Connection,
  ) {}

  /** Whether the client has gone: nobody would read an answer. */
  get isGone(): boolean {
    return this.connection.socket.destroyed;
  }

  /**
   * Answers as Node's server would, as one string. Once for each visitor that was taken, and not before `Taker` has returned.
   * @param head lines of headers, each with its line break; values of ASCII
   */
  answer(status: number, head: string, body: string): void {
    this.connection.answer(this.request, status, head, body);
  }

  /** Lets Node's server have the request after all. Instead of `answer`, and not before `Taker` has returned. */
  passOn(): void {
    this.connection.passOn(this.request);
  }
}

/** One at a time: what a client sends ahead waits until its first request was answered. */
class Connection {
  private isBusy = false;
  /** Whether the time for which the connection may be idle runs by us, not by Node's server. */
  private isTimed = false;
  private readonly ahead: { readonly request: NodeRequest; readonly keepAlive: boolean }[] = [];

  constructor(
    private readonly door: Door,
    readonly socket: NodeConnection,
    private readonly next: (request: IncomingMessage, keepAlive: boolean) => number,
  ) {}

  /** @returns what the parser is to do: 0 to go on */
  arrive(request: NodeRequest, keepAlive: boolean): number {
    // Behind the last answer: what nobody could be told of is not done either.
    if (!this.socket.writable) return 0;
    if (this.isBusy) {
      if (request.upgrade || this.ahead.length >= MOST_AHEAD) this.socket.destroy();
      else this.ahead.push({ request, keepAlive });
      return 0;
    }
    if (keepAlive && isPlain(request, this.socket)) {
      this.isBusy = this.door.admit(new Visitor(request, this));
      if (this.isBusy) return 0;
    }
    return this.toNode(request, keepAlive);
  }

  answer(request: IncomingMessage, status: number, head: string, body: string): void {
    const { socket, door } = this;
    const length = Buffer.byteLength(body);
    socket.write(
      `${statusLine(status)}${head}content-length: ${length}${door.isClosing ? closing() : ending()}${body}`,
      length === body.length ? 'latin1' : 'utf8',
    );
    if (door.isClosing) socket.end();
    else if (!socket.timeout) {
      socket.setTimeout(KEEP_ALIVE_S * 1_000);
      this.isTimed = true;
    }
    // Node's server keeps the last request of a connection otherwise.
    const { parser } = socket;
    if (parser?.incoming === request) parser.incoming = null;
    this.leave();
  }

  passOn(request: IncomingMessage): void {
    if (!this.socket.destroyed) this.toNode(request, true);
    this.leave();
  }

  private toNode(request: IncomingMessage, keepAlive: boolean): number {
    if (this.isTimed) {
      this.socket.setTimeout(0);
      this.isTimed = false;
    }
    return this.next(request, keepAlive);
  }

  private leave(): void {
    this.isBusy = false;
    this.door.leave();
    while (!this.isBusy) {
      const waiting = this.ahead.shift();
      if (!waiting) return;
      this.arrive(waiting.request, waiting.keepAlive);
    }
  }
}

const closing = (): string => `\r\ndate: ${new Date().toUTCString()}\r\nconnection: close\r\n\r\n`;

/** Texts that are put together seldom, and as few as possible: what V8 joins lazily is flattened when it is written. */
const statusLines = new Map<number, string>();

function statusLine(status: number): string {
  let line = statusLines.get(status);
  if (line === undefined) {
    line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
    statusLines.set(status, line);
  }
  return line;
}

let endingText = '';
let endingS = NaN;
/** From the length of the body to its begin, made once a second: the time as HTTP writes it (RFC 9110, 5.6.7), and that the connection stays. */
function ending(): string {
  const nowS = Math.floor(Date.now() / 1_000);
  if (nowS !== endingS) {
    const date = new Date(nowS * 1_000).toUTCString();
    endingText = `\r\ndate: ${date}\r\nconnection: keep-alive\r\nkeep-alive: timeout=${KEEP_ALIVE_S}\r\n\r\n`;
    endingS = nowS;
  }
  return endingText;
}

function isPlain(request: NodeRequest, socket: NodeConnection): boolean {
  if (request.httpVersion !== '1.1' || request.upgrade || request.method === 'HEAD') return false;
  // An answer of Node's server is under way, or one of ours that nobody reads.
  if (socket._httpMessage || socket.writableNeedDrain) return false;
  const { headers } = request;
  return (
    headers.host !== undefined &&
    headers.expect === undefined &&
    headers['transfer-encoding'] === undefined &&
    (headers['content-length'] ?? '0') === '0'
  );
}

/**
 * Lets what arrives in one turn of the event loop be served together in the next, `A_TURN` at a time.
 * @returns takes what arrives
 */
export function inTurns<T>(serve: (some: readonly T[]) => void): (one: T) => void {
  const waiting: T[] = [];
  const turn = (): void => {
    const some = waiting.splice(0, A_TURN);
    if (waiting.length > 0) setImmediate(turn);
    serve(some);
  };
  return (one) => {
    if (waiting.push(one) === 1) setImmediate(turn);
  };
}

/** Headers as `Visitor.answer` wants them. @param headers lower-case names; values of ASCII without line breaks */
export function headOf(headers: Readonly<Record<string, string>>): string {
  let head = '';
  for (const name in headers) head += `${name}: ${headers[name] ?? ''}\r\n`;
  return head;
}
