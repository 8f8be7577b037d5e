import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { Problem } from '../common/problems.js';
import { limitPerTurn } from './fast-path/turns.js';
import { type RequestHead } from './fast-path/plain-request.js';
import { type FastPath, type Exchange } from './fast-path/fast-path.js';
import { problemAnswer, problemText } from './problems/problem-document.js';

/** A probe that is refused would get the process killed, which helps nobody. */
const PROBES: ReadonlySet<string | undefined> = new Set(['/healthz', '/readyz']);

/** Refusals of a turn of the event loop, some 20 ms: so that a crowd that is refused does not keep the others from being served (docs/adr/0034). */
const REFUSALS_PER_TURN = 1_024;

const OVERLOADED = new Problem('overloaded');

/** How many times the limit may be under way while a burst is let in. */
export const BURST_FACTOR = 3;
/** And while the answers cost next to nothing. */
const CHEAP_REFUSAL_FACTOR = 8;
/** Between two crowds: those who were refused were told to come again after as long. */
const BURST_COOLDOWN_MS = 1_000;

/**
 * Whether one more request is too many. A queue is no fault; one that stands is (CoDel, RFC 8289): of a crowd that comes at once more are
 * let in than may be under way for long, and once their time is over the limit counts, until half of it was free for a second (docs/adr/0037).
 */
export class LoadShedder {
  /** Since when the crowd of today is above the limit. Monotonic, ms; NaN before it is. */
  private since = NaN;
  /** When half of the limit was under way for the last time. Monotonic, ms. */
  private busyAt = -Infinity;

  /**
   * @param limit requests that may be under way for long
   * @param burstMs for how long more of them may
   * @param isCheap whether the answer to this request costs as little as a refusal, and says more
   */
  constructor(
    private readonly limit: number,
    private readonly burstMs: number,
    private readonly clock: { monotonic(): number },
    private readonly isCheap: (request: RequestHead) => boolean,
  ) {}

  /** Whether `refuses` may say yes: below, nobody has to ask it. */
  isNear(underWay: number): boolean {
    return underWay * 2 >= this.limit;
  }

  /** @param request a request that may be spared */
  refuses(underWay: number, request?: RequestHead): boolean {
    const { limit } = this;
    if (!this.isNear(underWay)) return false;
    const now = this.clock.monotonic();
    if (now - this.busyAt > BURST_COOLDOWN_MS) this.since = NaN;
    this.busyAt = now;
    if (underWay < limit) return false;
    if (Number.isNaN(this.since)) this.since = now;
    if (underWay < limit * BURST_FACTOR && now - this.since < this.burstMs) return false;
    return underWay >= limit * CHEAP_REFUSAL_FACTOR || !request || !this.isCheap(request);
  }
}

/**
 * Refuses above capacity before anything else is done: what is refused takes time from what is accepted, so it must cost next to
 * nothing (docs/adr/0034 has the figures). The answer is the one that the catalogue has for `overloaded`.
 * @param load `refuses`: whether one more request is too many, told which it is where the fast path can still answer it by itself; `isNear`: whether
 *   that may be so
 * @param requestIdOf of a request that Fastify never sees, by the id that it asks for
 */
export function shedAbove(
  server: Server,
  fastPath: FastPath,
  load: { isNear(): boolean; refuses(request?: RequestHead): boolean },
  requestIdOf: (asked: string | string[] | undefined) => string,
  shed: { inc(): void },
): void {
  const sheds = (url: string | undefined, spareable?: RequestHead): boolean => {
    if (!load.refuses(spareable) || PROBES.has(url)) return false;
    shed.inc();
    return true;
  };
  const refuse = limitPerTurn<Exchange>(REFUSALS_PER_TURN, (exchange) => {
    const id = requestIdOf(exchange.header('x-request-id'));
    const { status, head, body } = problemText(OVERLOADED, id, exchange.request.url ?? '');
    exchange.answer(status, head, body);
  });
  fastPath.prepend(
    (exchange) => {
      if (!sheds(exchange.request.url, exchange.request)) return false;
      refuse(exchange);
      return true;
    },
    () => load.isNear(),
  );
  // What the fast path does not take, and what it spared and let fall through.
  const handlers = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (!sheds(request.url)) {
      for (const handle of handlers) handle.call(server, request, response);
      return;
    }
    const id = requestIdOf(request.headers['x-request-id']);
    const { status, headers, body } = problemAnswer(OVERLOADED, id, request.url ?? '');
    response.writeHead(status, { ...headers }).end(body());
  });
}
