import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Browsers come back after as long when a stream breaks; those of an instance that ended not all at once. */
const RETRY_MIN_MS = 1_000;
const RETRY_SPREAD_MS = 4_000;

/**
 * Begins an answer of server-sent events; the request counts as one in flight no more. `retry` is the first line of the
 * block that the caller writes next: a block without data is an empty event to some clients. Events go out as they are,
 * without the frames of chunked encoding, so that many streams can share the same bytes.
 */
export function openEventStream(request: FastifyRequest, reply: FastifyReply): FastifyReply['raw'] {
  const headers = reply.getHeaders();
  reply.hijack();
  request.server.inFlight.detachStream(request);
  const { raw } = reply;
  raw.useChunkedEncodingByDefault = false;
  raw.writeHead(200, {
    ...(headers as OutgoingHttpHeaders),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    // Proxies of nginx's kind would hold events back.
    'x-accel-buffering': 'no',
  });
  if (request.method !== 'HEAD')
    raw.write(`retry: ${Math.round(RETRY_MIN_MS + Math.random() * RETRY_SPREAD_MS)}\n`);
  return raw;
}
