import { Inject, Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import proxyAddress from '@fastify/proxy-addr';
import type { IncomingMessage } from 'node:http';
import { AccessTokens } from '../../auth/index.js';
import { CONFIG, type Config } from '../../config/index.js';
import type { InFlightRequests } from '../../http/in-flight-requests.js';
import { batchPerTurn } from '../../http/fast-path/turns.js';
import { type RequestHead } from '../../http/fast-path/plain-request.js';
import type { FastPath, FastPathHandler, FastPathMode, Exchange } from '../../http/fast-path/fast-path.js';
import { isLogged, logProblem, toProblem } from '../../http/problems/problem.filter.js';
import { problemText } from '../../http/problems/problem-document.js';
import { requestIdOf } from '../../http/set-up.js';
import { Metrics } from '../../observability/metrics.js';
import { byName } from '../../observability/buffered-metrics.js';
import { plainAddress } from '../../common/address.js';
import { context, type Actor } from '../../common/request-context.js';
import type { ClaimAttempt } from '../admission/claim-attempt.js';
import { ClaimCounters } from '../outcomes/claim-counters.js';
import { ACCEPTED, REPLAYED, refusedClaim, type Outcome } from '../outcomes/outcomes.js';
import { ProtectedVouchers } from '../admission/protected-vouchers.js';
import { acceptedLines, claimJson } from '../read/claim.presenter.js';
import { ClaimService, type ClaimAnswer } from '../accept/claim.service.js';
import { SoldOutFlag } from '../gate/sold-out-flag.js';

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
 * The fast path of a plain claim: a valid bearer token and no body. It is answered before Fastify's
 * hooks and Nest's guards, pipes and interceptors, which cost more than all the rest of a claim (docs/adr/0026). Whatever is not plain
 * takes the standard route through `ClaimController`; both end at the same `ClaimService`, whose checks (`ClaimAdmission`) are the only ones.
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
    private readonly vouchers: ProtectedVouchers,
    private readonly claims: ClaimService,
    private readonly soldOut: SoldOutFlag,
    private readonly counters: ClaimCounters,
    private readonly metrics: Metrics,
  ) {
    this.answered = byName((status) => metrics.http.labels({ method: 'POST', route: ROUTE, status }));
    if (config.trustedProxies.length > 0) this.trusts = proxyAddress.compile([...config.trustedProxies]);
  }

  /** From then on Fastify answers, and closes the connections. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.fastPath?.close();
  }

  /** Where plain claims are met. */
  get mode(): FastPathMode {
    return this.fastPath?.mode ?? 'off';
  }

  setUp(app: NestFastifyApplication, fastPath: FastPath): void {
    this.fastPath = fastPath;
    this.metrics.fastPath.set(fastPath.mode === 'off' ? 0 : 1);
    this.inFlight = app.getHttpAdapter().getInstance().inFlight;
    const arrive = batchPerTurn<PendingClaim>(CLAIMS_PER_TURN, (claims) => this.serve(claims));
    const take: FastPathHandler = (exchange) => {
      const voucherId = voucherIdOf(exchange.request);
      if (voucherId === undefined) return false;
      this.inFlight?.start();
      arrive({ exchange, voucherId, since: performance.now() });
      return true;
    };
    fastPath.prepend(take, (method) => method === 'POST');
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
    if (!actor) return this.fallThrough(pending);
    const known = this.vouchers.known(pending.voucherId);
    if (known) return this.decide(pending, actor, known);
    // The first of a crowd: sent to the standard route until one of them has found out, they would be in the way of that one.
    this.vouchers.protectionOf(pending.voucherId).then(
      (protection) => this.decide(pending, actor, protection),
      () => this.fallThrough(pending), // whoever asks on the long way is told why
    );
  }

  private fallThrough({ exchange }: PendingClaim): void {
    this.inFlight?.finishUncounted();
    exchange.fallThrough();
  }

  private decide(pending: PendingClaim, actor: Actor, protection: ClaimAttempt['protection']): void {
    const { exchange, voucherId } = pending;
    const attempt: ClaimAttempt = {
      actor,
      voucherId,
      address: this.addressOf(exchange),
      isClientJudged: false,
      idempotencyKey: exchange.header('idempotency-key'),
      protection,
    };
    this.claims.decide(attempt, (answer) => this.answer(pending, answer));
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
      const refusal = problemText(problem, requestId, exchange.request.url ?? '');
      ({ status } = refusal);
      exchange.answer(status, refusal.head, refusal.body);
      outcome = refusedClaim(problem);
    } else {
      exchange.answer(status, acceptedLines(answer, requestId), claimJson(answer.claim));
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

/** Of the exact path of a claim; every other spelling is left to the router. */
function voucherIdOf({ method, url }: RequestHead): string | undefined {
  if (method !== 'POST' || url?.length !== PATH_PREFIX.length + VOUCHER_ID_LENGTH + PATH_SUFFIX.length)
    return undefined;
  if (!url.startsWith(PATH_PREFIX) || !url.endsWith(PATH_SUFFIX)) return undefined;
  return url.slice(PATH_PREFIX.length, PATH_PREFIX.length + VOUCHER_ID_LENGTH);
}
