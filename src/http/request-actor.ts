import type { FastifyRequest } from 'fastify';
import { context, type Actor } from '../common/request-context.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, once a guard knows; also on a route of `WithoutContext`. */
    actor: Actor | undefined;
  }
}

/** Makes it the actor of the request, and of its context for the services that ask there. */
export function enterAs(actor: Actor, request: FastifyRequest): void {
  request.actor = actor;
  context.enter(actor);
}
