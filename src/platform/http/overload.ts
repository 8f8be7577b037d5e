import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { PROBLEMS } from '../../shared/problems.js';
import { inTurns, putBefore, respond } from './front.js';
import { PROBLEM_CONTENT_TYPE } from './problem.filter.js';

/** A probe that is refused would get the process killed, which helps nobody. */
const PROBES: ReadonlySet<string | undefined> = new Set(['/healthz', '/readyz']);

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

/**
 * Refuses above capacity before anything else is done: what is refused takes time from what is accepted, so it must cost next to
 * nothing (docs/adr/0026 has the figures). The answer is the one that the catalogue has for `overloaded`.
 * @param isFull whether one more request is too many
 * @param requestIdOf of a request that Fastify never sees
 */
export function shedAbove(
  server: Server,
  isFull: () => boolean,
  requestIdOf: (request: IncomingMessage) => string,
  shed: { inc(): void },
): void {
  const refuse = inTurns<{ request: IncomingMessage; response: ServerResponse }>((some) => {
    for (const { request, response } of some) {
      const id = requestIdOf(request);
      const headers = {
        'content-type': PROBLEM_CONTENT_TYPE,
        'retry-after': String(retryAfterS),
        'x-request-id': id,
      };
      respond(request, response, status, headers, `${HEAD}${id}${TAIL}`);
    }
  });
  putBefore(server, (request, response, next) => {
    if (!isFull() || PROBES.has(request.url)) return next();
    shed.inc();
    refuse({ request, response });
  });
}
