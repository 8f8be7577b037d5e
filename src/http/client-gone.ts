import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../common/problems.js';

/**
 * For work that is too dear to be done for nobody. Who has closed only the sending side could still read, and hears that it was ended
 * (`httpAllowHalfOpen`, in `set-up.ts`): of a client that is gone the server hears nothing else before it writes to it.
 * @returns aborted with a Problem, overloaded, when the client ends the connection before it has its answer
 */
export function whileClientWaits(
  request: Pick<FastifyRequest, 'raw'>,
  reply: Pick<FastifyReply, 'raw'>,
): AbortSignal {
  const gone = new AbortController();
  const { socket } = request.raw;
  const ended = (): void => gone.abort(new Problem('overloaded', { detail: 'The client went away' }));
  // The end may have come with the request.
  if (socket.readableEnded) ended();
  socket.once('end', ended);
  reply.raw.once('close', () => {
    socket.off('end', ended);
    if (!reply.raw.writableFinished) ended();
  });
  return gone.signal;
}
