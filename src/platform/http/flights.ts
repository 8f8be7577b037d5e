import type { FastifyRequest } from 'fastify';

/** The requests that are being answered now. */
export class Flights {
  private count = 0;
  /** Requests that became streams: they stay open for hours and are bounded where they are served. */
  private readonly left = new WeakSet<object>();

  /** @param show called with each new count */
  constructor(private readonly show: (count: number) => void) {}

  /** @returns how many there are with this one */
  enter(): number {
    this.show((this.count += 1));
    return this.count;
  }

  /** From now on the request is a stream and counts no more. */
  leave(request: FastifyRequest): void {
    if (this.left.has(request.raw)) return;
    this.left.add(request.raw);
    this.show((this.count -= 1));
  }

  done(request: FastifyRequest): void {
    if (!this.left.delete(request.raw)) this.show((this.count -= 1));
  }
}

declare module 'fastify' {
  interface FastifyInstance {
    flights: Flights;
  }
}
