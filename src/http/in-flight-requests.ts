import type { FastifyRequest } from 'fastify';

/** The requests that are being answered now. */
export class InFlightRequests {
  private count = 0;
  /** Requests that became streams: they stay open for hours and are bounded where they are served. */
  private readonly detached = new WeakSet<object>();

  /**
   * @param show called with each new count
   * @param ended called once for each request that was answered or became a stream, but for those that `exit`
   */
  constructor(
    private readonly show: (count: number) => void,
    private readonly ended: (request: FastifyRequest) => void = () => undefined,
  ) {}

  get now(): number {
    return this.count;
  }

  start(): void {
    this.show((this.count += 1));
  }

  /** From now on the request is a stream and counts no more. It ends with its client, who has nothing to add to it. */
  detachStream(request: FastifyRequest): void {
    if (this.detached.has(request.raw)) return;
    this.detached.add(request.raw);
    const { socket } = request.raw;
    if (socket.readableEnded) socket.destroy();
    else socket.once('end', () => socket.destroy());
    this.finishUncounted();
    this.ended(request);
  }

  finish(request: FastifyRequest): void {
    if (this.detached.delete(request.raw)) return;
    this.finishUncounted();
    this.ended(request);
  }

  /** The end of a request that Fastify does not see. */
  finishUncounted(): void {
    this.show((this.count -= 1));
  }
}

declare module 'fastify' {
  interface FastifyInstance {
    inFlight: InFlightRequests;
  }
}
