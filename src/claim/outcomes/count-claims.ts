import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ClaimCounters } from './claim-counters.js';
import { ACCEPTED, REPLAYED, refusedClaim, refusedLink, type Outcome } from './outcomes.js';

interface Counted {
  readonly voucherId: (params: Readonly<Record<string, string | undefined>>) => string;
  /** What an answer that is no problem counts as. */
  readonly taken: (reply: FastifyReply) => Outcome | undefined;
  readonly refused: typeof refusedClaim;
}

const repeated = (reply: FastifyReply): Outcome =>
  reply.hasHeader('idempotent-replayed') ? REPLAYED : ACCEPTED;

const taken = (reply: FastifyReply): Outcome | undefined => {
  if (reply.statusCode !== 202) return undefined; // the client went away first
  return repeated(reply);
};

/** A form leads to the claim's page, or elsewhere first: to the login, to a captcha. */
const led = (reply: FastifyReply): Outcome | undefined =>
  String(reply.getHeader('location') ?? '').startsWith('/claims/') ? repeated(reply) : undefined;

/** Where people ask for a unit, and which voucher they ask for. */
const ROUTES: Readonly<Record<string, Counted>> = {
  '/v1/vouchers/:id/claims': { voucherId: ({ id }) => id ?? '', taken, refused: refusedClaim },
  // A link begins with the voucher's id. Whether it is a true one does not matter here: see ClaimCounters.count.
  '/v1/claim-links/:token': {
    voucherId: ({ token }) => `vch_${token?.slice(0, 16) ?? ''}`,
    taken,
    refused: refusedClaim,
  },
  // Who gets a link asks again, with it.
  '/v1/vouchers/:id/claim-links': {
    voucherId: ({ id }) => id ?? '',
    taken: () => undefined,
    refused: refusedLink,
  },
  '/drops/:id/claim': { voucherId: ({ id }) => id ?? '', taken: led, refused: refusedClaim },
  '/drops/:id/challenge': { voucherId: ({ id }) => id ?? '', taken: led, refused: refusedClaim },
};

/** Has every answer to a claim counted for its voucher, after it was sent. Other routes pay nothing for it. */
export function countClaims(app: NestFastifyApplication): void {
  const counters = app.get(ClaimCounters);
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRoute', (route) => {
      const counted = ROUTES[route.url];
      if (counted === undefined || ![route.method].flat().includes('POST')) return;
      const count = (request: FastifyRequest, reply: FastifyReply, next: () => void): void => {
        const outcome = request.problem ? counted.refused(request.problem) : counted.taken(reply);
        if (outcome) counters.count(counted.voucherId(request.params as never), outcome, reply.elapsedTime);
        next();
      };
      route.onResponse = [...[route.onResponse ?? []].flat(), count];
    });
}
