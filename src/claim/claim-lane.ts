import { Inject, Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import proxyAddress from '@fastify/proxy-addr';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AccessTokens } from '../auth/index.js';
import { CONFIG, type Config } from '../config/index.js';
import type { Flights } from '../platform/http/flights.js';
import { inTurns, putBefore, respond } from '../platform/http/front.js';
import { idempotencyKeyOf } from '../platform/http/idempotency.js';
import {
  isLogged,
  logProblem,
  PROBLEM_CONTENT_TYPE,
  problemAnswer,
  toProblem,
} from '../platform/http/problem.filter.js';
import { requestIdOf } from '../platform/http/set-up.js';
import { Metrics } from '../platform/ops/metrics.js';
import { byName } from '../platform/ops/tally.js';
import { BlockList, ClientLimits, rateLimitHeaders } from '../rate-limit/index.js';
import { plainAddress } from '../shared/address.js';
import { context, type Actor } from '../shared/context.js';
import { Problem } from '../shared/problems.js';
import { ClaimTallies } from './board/claim-tallies.js';
import { ACCEPTED, REPLAYED, refusedClaim, type Outcome } from './board/outcomes.js';
import { ProtectedVouchers } from './challenge/protected-vouchers.js';
import { ClaimService, type AcceptedClaim, type ClaimAnswer } from './claim.service.js';

const ROUTE = '/v1/vouchers/:id/claims';
const HEAD = '/v1/vouchers/';
const TAIL = '/claims';
/** `vch_` and 16 characters. */
const VOUCHER_ID_LENGTH = 20;

interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly voucherId: string;
  /** Leaves the request to the long way. */
  readonly next: () => void;
  /** Monotonic, ms. */
  readonly since: number;
}

/**
 * The short way of a plain claim: a valid bearer token, no body, a voucher that anybody may claim. It is answered before Fastify's
 * hooks and Nest's guards, pipes and interceptors, which cost more than all the rest of a claim (docs/adr/0026). Whatever is not plain
 * takes the long way through `ClaimController`; both end at the same `ClaimService`, with the same answers.
 *
 * Requests that arrive in one turn of the event loop are judged together and answered together. Between two writes to different
 * sockets the client would wake and sleep again, and each part of the work would find the caches of the processor cold: answered
 * one by one, the same requests took a third more time (docs/adr/0026).
 */
@Injectable()
export class ClaimLane implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Http');
  private readonly trusts: ((address: string, hop: number) => boolean) | undefined;
  private flights: Flights | undefined;
  private readonly answered;
  private closing = false;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly tokens: AccessTokens,
    private readonly clients: ClientLimits,
    private readonly blocks: BlockList,
    private readonly vouchers: ProtectedVouchers,
    private readonly claims: ClaimService,
    private readonly tallies: ClaimTallies,
    metrics: Metrics,
  ) {
    this.answered = byName((status) => metrics.http.labels({ method: 'POST', route: ROUTE, status }));
    if (config.trustedProxies.length > 0) this.trusts = proxyAddress.compile([...config.trustedProxies]);
  }

  /** From then on Fastify answers, and closes the connections. */
  beforeApplicationShutdown(): void {
    this.closing = true;
  }

  setUp(app: NestFastifyApplication): void {
    const fastify = app.getHttpAdapter().getInstance();
    this.flights = fastify.flights;
    const arrive = inTurns<Visit>((visits) => this.serve(visits));
    putBefore(fastify.server, (request, response, next) => {
      const voucherId = this.plainVoucher(request);
      if (voucherId === undefined) return next();
      this.flights?.enter();
      arrive({ request, response, voucherId, next, since: performance.now() });
    });
  }

  /** @returns which voucher is asked for, where the request may be answered here */
  private plainVoucher(request: IncomingMessage): string | undefined {
    const voucherId = voucherIdOf(request);
    if (voucherId === undefined || this.closing || !this.vouchers.isPlain(voucherId)) return undefined;
    const { headers } = request;
    const hasBody = headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
    return hasBody ? undefined : voucherId;
  }

  private serve(visits: readonly Visit[]): void {
    const actors = visits.map(({ request }) => this.tokens.bearer(request.headers.authorization));
    visits.forEach((visit, index) => this.admit(visit, actors[index]));
  }

  private admit(visit: Visit, actor: Actor | undefined): void {
    if (!actor || this.blocks.blockedUser(actor.userId)) {
      this.flights?.exit();
      return visit.next();
    }
    const refused = this.clients.refusal(this.addressOf(visit.request));
    if (refused) return this.answer(visit, refused);
    let idempotencyKey: string | undefined;
    try {
      idempotencyKey = idempotencyKeyOf(visit.request);
    } catch (error) {
      return this.answer(visit, error as Error);
    }
    this.claims.decide({ voucherId: visit.voucherId, userId: actor.userId, idempotencyKey }, (answer) =>
      this.answer(visit, answer),
    );
  }

  /** The address of the client as Fastify judges it for all other routes. */
  private addressOf(request: IncomingMessage): string {
    const { trusts } = this;
    const direct = request.socket.remoteAddress ?? '';
    if (!trusts || request.headers['x-forwarded-for'] === undefined) return plainAddress(direct);
    return plainAddress(proxyAddress(request, trusts));
  }

  private answer(visit: Visit, answer: ClaimAnswer): void {
    const { request, response, voucherId, since } = visit;
    const requestId = requestIdOf(request);
    if (this.closing) response.shouldKeepAlive = false;
    let status = 202;
    let outcome: Outcome | undefined = ACCEPTED;
    if (answer instanceof Error) {
      const problem = toProblem(answer);
      if (isLogged(problem)) {
        context.run({ requestId, address: this.addressOf(request) }, () => logProblem(problem, answer));
        context.end();
      }
      status = refuse(request, response, requestId, problem);
      outcome = refusedClaim(problem);
    } else {
      accept(request, response, requestId, answer);
      if (answer.replayed) outcome = REPLAYED;
    }
    const tookMs = performance.now() - since;
    this.flights?.exit();
    this.answered(String(status)).observe(tookMs / 1_000);
    if (outcome && !response.destroyed) this.tallies.count(voucherId, outcome, tookMs);
    if (Logger.isLevelEnabled('debug'))
      this.logger.debug({ method: 'POST', url: request.url, status, ms: tookMs }, 'answered');
  }
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  problem: Problem,
): number {
  const { status, headers, body } = problemAnswer(problem, requestId, request.url ?? '');
  headers['x-request-id'] = requestId;
  headers['content-type'] = PROBLEM_CONTENT_TYPE;
  respond(request, response, status, headers, body());
  return status;
}

function accept(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  { claim, replayed, limit }: AcceptedClaim,
): void {
  const headers: Record<string, string> = limit ? rateLimitHeaders([limit]) : {};
  headers['x-request-id'] = requestId;
  headers['location'] = `/v1/claims/${claim.id}`;
  headers['content-type'] = 'application/json; charset=utf-8';
  if (replayed) headers['idempotent-replayed'] = 'true';
  respond(request, response, 202, headers, JSON.stringify(claim));
}

/** Of the exact path of a claim; every other spelling is left to the router. */
function voucherIdOf({ method, url }: IncomingMessage): string | undefined {
  if (method !== 'POST' || url?.length !== HEAD.length + VOUCHER_ID_LENGTH + TAIL.length) return undefined;
  if (!url.startsWith(HEAD) || !url.endsWith(TAIL)) return undefined;
  return url.slice(HEAD.length, HEAD.length + VOUCHER_ID_LENGTH);
}
