import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyContextConfig, FastifyReply, FastifyRequest } from 'fastify';

/** What comes before a handler: a promise only where it has to wait. A Problem that it throws is the answer. */
export type PreHandler = (request: FastifyRequest, reply: FastifyReply) => Promise<void> | undefined;

/**
 * Puts work before the handlers of routes, after what was put there by earlier calls.
 * @param workFor the work before a route, by its config; `undefined` for none
 */
export function addPreHandlers(
  app: NestFastifyApplication,
  workFor: (config: Partial<FastifyContextConfig>) => PreHandler | undefined,
): void {
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRoute', (route) => {
      const work = workFor(route.config ?? {});
      if (!work) return;
      const hook = (request: FastifyRequest, reply: FastifyReply, next: (error?: Error) => void): void => {
        try {
          const waiting = work(request, reply);
          if (waiting) waiting.then(() => next(), next);
          else next();
        } catch (error) {
          next(error as Error);
        }
      };
      route.preHandler = [...[route.preHandler ?? []].flat(), hook];
    });
}
