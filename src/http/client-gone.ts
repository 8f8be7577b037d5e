import type { FastifyReply } from 'fastify';
import { Problem } from '../common/problems.js';

/** Aborted when the client closes the connection before it has its answer; what it asked for then need not go on. */
export function whileClientWaits(reply: Pick<FastifyReply, 'raw'>): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished)
      gone.abort(new Problem('overloaded', { detail: 'The client went away' }));
  });
  return gone.signal;
}
