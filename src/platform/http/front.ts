import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** How long a connection is kept that nobody uses; longer than proxies before us keep theirs. */
export const KEEP_ALIVE_S = 72;

/**
 * Requests that are taken on in one turn of the event loop, and as many that are refused: a few milliseconds, until what came
 * meanwhile is looked at. Without a bound refusals took the turns of those who were accepted (docs/adr/0034).
 */
const A_TURN = 128;

/** Answers a request by itself, or calls `next`, now or later, for whoever comes after. */
export type Front = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/** Puts `front` before everything that listens for requests now: before Fastify, its hooks and its routes (docs/adr/0026). */
export function putBefore(server: Server, front: Front): void {
  const handlers = server.listeners('request') as ((
    request: IncomingMessage,
    response: ServerResponse,
  ) => void)[];
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    front(request, response, () => {
      for (const handle of handlers) handle.call(server, request, response);
    });
  });
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

/**
 * Answers a request that Fastify never sees. Where client and connection are as usual, head and body go out as one string:
 * `ServerResponse` checks and collects each header, writes in two parts, and takes 5 of the 19 µs that a bare answer of this size
 * costs (docs/adr/0034). Node's server is told of the end as `ServerResponse` tells it, so it goes on with the connection as ever.
 * @param headers lower-case names; values without line breaks
 * @param body text of ASCII takes the short way
 */
export function respond(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): void {
  const { socket } = response;
  const length = Buffer.byteLength(body);
  const isUsual =
    socket !== null &&
    !response.destroyed &&
    response.shouldKeepAlive &&
    request.httpVersion === '1.1' &&
    request.method !== 'HEAD' &&
    length === body.length;
  if (!isUsual) {
    response.writeHead(status, { ...headers, 'content-length': String(length) });
    response.end(body);
    return;
  }
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
  for (const name in headers) head += `${name}: ${headers[name] ?? ''}\r\n`;
  socket.write(
    `${head}content-length: ${length}\r\ndate: ${httpDate()}\r\nconnection: keep-alive\r\nkeep-alive: timeout=${KEEP_ALIVE_S}\r\n\r\n${body}`,
    'latin1',
  );
  response.emit('finish');
}

let date = '';
let datedS = NaN;
/** The present time as HTTP writes it (RFC 9110, 5.6.7), made once a second. */
function httpDate(): string {
  const nowS = Math.floor(Date.now() / 1_000);
  if (nowS !== datedS) {
    date = new Date(nowS * 1_000).toUTCString();
    datedS = nowS;
  }
  return date;
}
