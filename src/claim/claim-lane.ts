import { Injectable } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AccessTokens } from '../auth/index.js';
import { idempotencyKeyOf } from '../platform/http/idempotency.js';
import { answerError } from '../platform/http/problem.filter.js';
import { BlockList } from '../rate-limit/index.js';
import { context } from '../shared/context.js';
import { Problem } from '../shared/problems.js';
import { ProtectedVouchers } from './challenge/protected-vouchers.js';
import { answerAccepted } from './claim.controller.js';
import { ClaimService } from './claim.service.js';

const ROUTE = '/v1/vouchers/:id/claims';

/**
 * The short way of a plain claim: a valid bearer token, no body, a voucher that anybody may claim. It is answered before Nest's guards,
 * pipes and interceptors, which cost as much as all the rest of a claim (docs/adr/0026). Whatever is not plain takes the long way
 * through `ClaimController`; both end at the same `ClaimService`, with the same answers.
 */
@Injectable()
export class ClaimLane {
  constructor(
    private readonly tokens: AccessTokens,
    private readonly blocks: BlockList,
    private readonly vouchers: ProtectedVouchers,
    private readonly claims: ClaimService,
  ) {}

  /** @returns whether the request is answered here */
  take(request: FastifyRequest, reply: FastifyReply): boolean {
    const { headers } = request;
    if (headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0')
      return false;
    const { id } = request.params as { readonly id: string };
    if (!this.vouchers.isPlain(id)) return false;
    const actor = this.tokens.bearer(headers.authorization);
    if (!actor || this.blocks.blockedUser(actor.userId)) return false;
    context.enter(actor);
    void this.answer(id, actor.userId, request, reply);
    return true;
  }

  private async answer(
    id: string,
    userId: string,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    try {
      const accepted = await this.claims.answer(id, userId, idempotencyKeyOf(request));
      if (accepted instanceof Problem) return answerError(accepted, request, reply);
      const body = JSON.stringify(answerAccepted(accepted, reply));
      void reply.code(202).header('content-type', 'application/json; charset=utf-8').send(body);
    } catch (error) {
      answerError(error, request, reply);
    }
  }
}

/** After `setUpClientLimits`: clients are judged first. */
export function setUpClaimLane(app: NestFastifyApplication): void {
  const lane = app.get(ClaimLane);
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (request, reply, next) => {
      if (request.method !== 'POST' || request.routeOptions.url !== ROUTE || !lane.take(request, reply))
        next();
    });
}
