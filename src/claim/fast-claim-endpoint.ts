import { Inject, Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import proxyAddress from '@fastify/proxy-addr';
import type { IncomingMessage } from 'node:http';
import { AccessTokens } from '../auth/index.js';
import { CONFIG, type Config } from '../config/index.js';
import type { InFlightRequests } from '../platform/http/in-flight-requests.js';
import {
  headerLines,
  batchPerTurn,
  type RequestHead,
  type FastPath,
  type Exchange,
} from '../platform/http/fast-path.js';
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
import { byName } from '../platform/ops/buffered-metrics.js';
import { BlockList, ClientLimits, rateLimitLines } from '../rate-limit/index.js';
import { plainAddress } from '../shared/address.js';
import { context, type Actor } from '../shared/context.js';
import { Problem } from '../shared/problems.js';
import { ClaimCounters } from './board/claim-counters.js';
import { ACCEPTED, REPLAYED, refusedClaim, type Outcome } from './board/outcomes.js';
import { ProtectedVouchers } from './challenge/protected-vouchers.js';
import { claimJson } from './claim.dto.js';
import { ClaimService, type AcceptedClaim, type ClaimAnswer } from './claim.service.js';
import { SoldOutFlag } from './sold-out-flag.js';

const ROUTE = '/v1/vouchers/:id/claims';
const PATH_PREFIX = '/v1/vouchers/';
const PATH_SUFFIX = '/claims';
/** `vch_` and 16 characters. */
const VOUCHER_ID_LENGTH = 20;

/** Claims that are taken on in a turn of the event loop: a few milliseconds. */
const CLAIMS_PER_TURN = 128;

interface PendingClaim {
  readonly exchange: Exchange;
  readonly voucherId: string;
  /** Monotonic, ms. */
  readonly since: number;
}

/**
 * The fast path of a plain claim: a valid bearer token, no body, a voucher that anybody may claim. It is answered before Fastify's
 * hooks and Nest's guards, pipes and interceptors, which cost more than all the rest of a claim (docs/adr/0026). Whatever is not plain
 * takes the standard route through `ClaimController`; both end at the same `ClaimService`, with the same answers.
 *
 * Requests that arrive in one turn of the event loop are judged together and answered together. Between two writes to different
 * sockets the client would wake and sleep again, and each part of the work would find the caches of the processor cold: answered
 * one by one, the same requests took a third more time (docs/adr/0026).
 */
@Injectable()
export class FastClaimEndpoint implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Http');
  private readonly trusts: ((address: string, hop: number) => boolean) | undefined;
  private inFlight: InFlightRequests | undefined;
  private fastPath: FastPath | undefined;
  private readonly answered;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly tokens: AccessTokens,
    private readonly clients: ClientLimits,
    private readonly blocks: BlockList,
    private readonly vouchers: ProtectedVouchers,
    private readonly claims: ClaimService,
    private readonly soldOut: SoldOutFlag,
    private readonly counters: ClaimCounters,
    metrics: Metrics,
  ) {
    this.answered = byName((status) => metrics.http.labels({ method: 'POST', route: ROUTE, status }));
    if (config.trustedProxies.length > 0) this.trusts = proxyAddress.compile([...config.trustedProxies]);
  }

  /** From then on Fastify answers, and closes the connections. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.fastPath?.close();
  }

  setUp(app: NestFastifyApplication, fastPath: FastPath): void {
    this.fastPath = fastPath;
    this.inFlight = app.getHttpAdapter().getInstance().inFlight;
    const arrive = batchPerTurn<PendingClaim>(CLAIMS_PER_TURN, (claims) => this.serve(claims));
    fastPath.prepend((exchange) => {
      const voucherId = voucherIdOf(exchange.request);
      if (voucherId === undefined || this.vouchers.isUnprotected(voucherId) === false) return false;
      this.inFlight?.start();
      arrive({ exchange, voucherId, since: performance.now() });
      return true;
    });
  }

  /** Whether this is a claim that most probably is refused from what this process knows. */
  refusesAtOnce(request: RequestHead): boolean {
    const voucherId = voucherIdOf(request);
    return voucherId !== undefined && this.soldOut.isKnown(voucherId);
  }

  private serve(claims: readonly PendingClaim[]): void {
    const actors = claims.map(({ exchange }) => this.tokens.bearer(exchange.header('authorization')));
    claims.forEach((pending, index) => this.admit(pending, actors[index]));
  }

  private admit(pending: PendingClaim, actor: Actor | undefined): void {
    if (!actor || this.blocks.blockedUser(actor.userId)) return this.fallThrough(pending);
    if (this.vouchers.isUnprotected(pending.voucherId)) return this.decide(pending, actor);
    // The first of a crowd: sent to the standard route until one of them has found out, they would be in the way of that one.
    void this.vouchers
      .loadProtection(pending.voucherId)
      .then((isPlain) => (isPlain ? this.decide(pending, actor) : this.fallThrough(pending)));
  }

  private fallThrough({ exchange }: PendingClaim): void {
    this.inFlight?.finishUncounted();
    exchange.fallThrough();
  }

  private decide(pending: PendingClaim, actor: Actor): void {
    const { exchange } = pending;
    const refused = this.clients.refusal(this.addressOf(exchange));
    if (refused) return this.answer(pending, refused);
    let idempotencyKey: string | undefined;
    try {
      idempotencyKey = idempotencyKeyOf({
        headers: { 'idempotency-key': exchange.header('idempotency-key') },
      });
    } catch (error) {
      return this.answer(pending, error as Error);
    }
    this.claims.decide({ voucherId: pending.voucherId, userId: actor.userId, idempotencyKey }, (answer) =>
      this.answer(pending, answer),
    );
  }

  /** The address of the client as Fastify judges it for all other routes. */
  private addressOf(exchange: Exchange): string {
    const { trusts } = this;
    const { socket } = exchange;
    const forwarded = trusts && exchange.header('x-forwarded-for');
    if (!trusts || forwarded === undefined) return plainAddress(socket.remoteAddress ?? '');
    const request = { socket, headers: { 'x-forwarded-for': forwarded } } as unknown as IncomingMessage;
    return plainAddress(proxyAddress(request, trusts));
  }

  private answer({ exchange, voucherId, since }: PendingClaim, answer: ClaimAnswer): void {
    const requestId = requestIdOf(exchange.header('x-request-id'));
    let status = 202;
    let outcome: Outcome | undefined = ACCEPTED;
    if (answer instanceof Error) {
      const problem = toProblem(answer);
      if (isLogged(problem)) {
        context.run({ requestId, address: this.addressOf(exchange) }, () => logProblem(problem, answer));
        context.end();
      }
      status = refuse(exchange, requestId, problem);
      outcome = refusedClaim(problem);
    } else {
      accept(exchange, requestId, answer);
      if (answer.replayed) outcome = REPLAYED;
    }
    const tookMs = performance.now() - since;
    this.inFlight?.finishUncounted();
    this.answered(String(status)).observe(tookMs / 1_000);
    if (outcome && !exchange.isGone) this.counters.count(voucherId, outcome, tookMs);
    if (Logger.isLevelEnabled('debug'))
      this.logger.debug({ method: 'POST', url: exchange.request.url, status, ms: tookMs }, 'answered');
  }
}

function refuse(exchange: Exchange, requestId: string, problem: Problem): number {
  const { status, headers, body } = problemAnswer(problem, requestId, exchange.request.url ?? '');
  const head = `${headerLines(headers)}x-request-id: ${requestId}\r\ncontent-type: ${PROBLEM_CONTENT_TYPE}\r\n`;
  exchange.answer(status, head, body());
  return status;
}

function accept(exchange: Exchange, requestId: string, { claim, replayed, limit }: AcceptedClaim): void {
  let head = `x-request-id: ${requestId}\r\nlocation: /v1/claims/${claim.id}\r\ncontent-type: application/json; charset=utf-8\r\n`;
  if (limit) head += rateLimitLines(limit);
  if (replayed) head += 'idempotent-replayed: true\r\n';
  exchange.answer(202, head, claimJson(claim));
}

/** Of the exact path of a claim; every other spelling is left to the router. */
function voucherIdOf({ method, url }: RequestHead): string | undefined {
  if (method !== 'POST' || url?.length !== PATH_PREFIX.length + VOUCHER_ID_LENGTH + PATH_SUFFIX.length)
    return undefined;
  if (!url.startsWith(PATH_PREFIX) || !url.endsWith(PATH_SUFFIX)) return undefined;
  return url.slice(PATH_PREFIX.length, PATH_PREFIX.length + VOUCHER_ID_LENGTH);
}
