import type { IncomingMessage, Server, ServerResponse } from 'node:http';

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
