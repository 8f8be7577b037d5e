import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { PROBLEMS } from '../../shared/problems.js';
import { headOf, inTurns, type Arrival, type Door, type Visitor } from './door.js';
import { PROBLEM_CONTENT_TYPE } from './problem.filter.js';

/** A probe that is refused would get the process killed, which helps nobody. */
const PROBES: ReadonlySet<string | undefined> = new Set(['/healthz', '/readyz']);

/** Refusals of a turn of the event loop, some 5 ms: four times as many as are taken on in it, so that they are told at once (docs/adr/0034). */
const A_TURN = 512;

const { status, title, retryable, retryAfterS } = PROBLEMS.overloaded;
const document = {
  type: '/problems/overloaded',
  title,
  status,
  detail: title,
  code: 'overloaded',
  retryable,
};
const HEAD = `${JSON.stringify(document).slice(0, -1)},"request_id":"`;
const TAIL = '"}';
const REFUSAL = { 'content-type': PROBLEM_CONTENT_TYPE, 'retry-after': String(retryAfterS) };
const HEADERS = headOf(REFUSAL);

/**
 * Refuses above capacity before anything else is done: what is refused takes time from what is accepted, so it must cost next to
 * nothing (docs/adr/0034 has the figures). The answer is the one that the catalogue has for `overloaded`.
 * @param isFull whether one more request is too many
 * @param requestIdOf of a request that Fastify never sees, by the id that it asks for
 */
export function shedAbove(
  server: Server,
  door: Door,
  isFull: () => boolean,
  requestIdOf: (asked: string | string[] | undefined) => string,
  shed: { inc(): void },
): void {
  const sheds = ({ url }: Arrival): boolean => {
    if (!isFull() || PROBES.has(url)) return false;
    shed.inc();
    return true;
  };
  const refuse = inTurns<Visitor>(A_TURN, (some) => {
    for (const visitor of some) {
      const id = requestIdOf(visitor.header('x-request-id'));
      visitor.answer(status, `${HEADERS}x-request-id: ${id}\r\n`, `${HEAD}${id}${TAIL}`);
    }
  });
  door.putFirst((visitor) => {
    if (!sheds(visitor.arrival)) return false;
    refuse(visitor);
    return true;
  });
  // What is not plain enough for the door.
  const handlers = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (!sheds(request)) {
      for (const handle of handlers) handle.call(server, request, response);
      return;
    }
    const id = requestIdOf(request.headers['x-request-id']);
    response.writeHead(status, { ...REFUSAL, 'x-request-id': id }).end(`${HEAD}${id}${TAIL}`);
  });
}
