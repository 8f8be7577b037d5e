import type { FastifyRequest } from 'fastify';

/** The requests that are being answered now. */
export class Flights {
  private count = 0;
  /** Requests that became streams: they stay open for hours and are bounded where they are served. */
  private readonly left = new WeakSet<object>();

  /**
   * @param show called with each new count
   * @param ended called once for each request that was answered or became a stream, but for those that `exit`
   */
  constructor(
    private readonly show: (count: number) => void,
    private readonly ended: () => void = () => undefined,
  ) {}

  get now(): number {
    return this.count;
  }

  enter(): void {
    this.show((this.count += 1));
  }

  /** From now on the request is a stream and counts no more. */
  leave(request: FastifyRequest): void {
    if (this.left.has(request.raw)) return;
    this.left.add(request.raw);
    this.exit();
    this.ended();
  }

  done(request: FastifyRequest): void {
    if (this.left.delete(request.raw)) return;
    this.exit();
    this.ended();
  }

  /** The end of a request that Fastify does not see. */
  exit(): void {
    this.show((this.count -= 1));
  }
}

declare module 'fastify' {
  interface FastifyInstance {
    flights: Flights;
  }
}
