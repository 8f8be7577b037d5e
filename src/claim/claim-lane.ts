import { Inject, Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import proxyAddress from '@fastify/proxy-addr';
import type { IncomingMessage } from 'node:http';
import { AccessTokens } from '../auth/index.js';
import { CONFIG, type Config } from '../config/index.js';
import type { Flights } from '../platform/http/flights.js';
import { headOf, inTurns, type Arrival, type Door, type Visitor } from '../platform/http/door.js';
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
import { BlockList, ClientLimits, rateLimitLines } from '../rate-limit/index.js';
import { plainAddress } from '../shared/address.js';
import { context, type Actor } from '../shared/context.js';
import { Problem } from '../shared/problems.js';
import { ClaimTallies } from './board/claim-tallies.js';
import { ACCEPTED, REPLAYED, refusedClaim, type Outcome } from './board/outcomes.js';
import { ProtectedVouchers } from './challenge/protected-vouchers.js';
import { claimJson } from './claim.dto.js';
import { ClaimService, type AcceptedClaim, type ClaimAnswer } from './claim.service.js';
import { SoldOutFlag } from './sold-out-flag.js';

const ROUTE = '/v1/vouchers/:id/claims';
const HEAD = '/v1/vouchers/';
const TAIL = '/claims';
/** `vch_` and 16 characters. */
const VOUCHER_ID_LENGTH = 20;

/** Claims that are taken on in a turn of the event loop: a few milliseconds. */
const A_TURN = 128;

interface Visit {
  readonly visitor: Visitor;
  readonly voucherId: string;
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
  private door: Door | undefined;
  private readonly answered;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly tokens: AccessTokens,
    private readonly clients: ClientLimits,
    private readonly blocks: BlockList,
    private readonly vouchers: ProtectedVouchers,
    private readonly claims: ClaimService,
    private readonly soldOut: SoldOutFlag,
    private readonly tallies: ClaimTallies,
    metrics: Metrics,
  ) {
    this.answered = byName((status) => metrics.http.labels({ method: 'POST', route: ROUTE, status }));
    if (config.trustedProxies.length > 0) this.trusts = proxyAddress.compile([...config.trustedProxies]);
  }

  /** From then on Fastify answers, and closes the connections. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.door?.close();
  }

  setUp(app: NestFastifyApplication, door: Door): void {
    this.door = door;
    this.flights = app.getHttpAdapter().getInstance().flights;
    const arrive = inTurns<Visit>(A_TURN, (visits) => this.serve(visits));
    door.putFirst((visitor) => {
      const voucherId = voucherIdOf(visitor.arrival);
      if (voucherId === undefined || this.vouchers.isPlain(voucherId) === false) return false;
      this.flights?.enter();
      arrive({ visitor, voucherId, since: performance.now() });
      return true;
    });
  }

  /** Whether this is a claim that most probably is refused from what this process knows. */
  refusesAtOnce(arrival: Arrival): boolean {
    const voucherId = voucherIdOf(arrival);
    return voucherId !== undefined && this.soldOut.isKnown(voucherId);
  }

  private serve(visits: readonly Visit[]): void {
    const actors = visits.map(({ visitor }) => this.tokens.bearer(visitor.header('authorization')));
    visits.forEach((visit, index) => this.admit(visit, actors[index]));
  }

  private admit(visit: Visit, actor: Actor | undefined): void {
    if (!actor || this.blocks.blockedUser(actor.userId)) return this.passOn(visit);
    if (this.vouchers.isPlain(visit.voucherId)) return this.decide(visit, actor);
    // The first of a crowd: sent the long way until one of them has found out, they would be in the way of that one.
    void this.vouchers
      .foundPlain(visit.voucherId)
      .then((isPlain) => (isPlain ? this.decide(visit, actor) : this.passOn(visit)));
  }

  private passOn({ visitor }: Visit): void {
    this.flights?.exit();
    visitor.passOn();
  }

  private decide(visit: Visit, actor: Actor): void {
    const { visitor } = visit;
    const refused = this.clients.refusal(this.addressOf(visitor));
    if (refused) return this.answer(visit, refused);
    let idempotencyKey: string | undefined;
    try {
      idempotencyKey = idempotencyKeyOf({
        headers: { 'idempotency-key': visitor.header('idempotency-key') },
      });
    } catch (error) {
      return this.answer(visit, error as Error);
    }
    this.claims.decide({ voucherId: visit.voucherId, userId: actor.userId, idempotencyKey }, (answer) =>
      this.answer(visit, answer),
    );
  }

  /** The address of the client as Fastify judges it for all other routes. */
  private addressOf(visitor: Visitor): string {
    const { trusts } = this;
    const { socket } = visitor;
    const forwarded = trusts && visitor.header('x-forwarded-for');
    if (!trusts || forwarded === undefined) return plainAddress(socket.remoteAddress ?? '');
    const request = { socket, headers: { 'x-forwarded-for': forwarded } } as unknown as IncomingMessage;
    return plainAddress(proxyAddress(request, trusts));
  }

  private answer({ visitor, voucherId, since }: Visit, answer: ClaimAnswer): void {
    const requestId = requestIdOf(visitor.header('x-request-id'));
    let status = 202;
    let outcome: Outcome | undefined = ACCEPTED;
    if (answer instanceof Error) {
      const problem = toProblem(answer);
      if (isLogged(problem)) {
        context.run({ requestId, address: this.addressOf(visitor) }, () => logProblem(problem, answer));
        context.end();
      }
      status = refuse(visitor, requestId, problem);
      outcome = refusedClaim(problem);
    } else {
      accept(visitor, requestId, answer);
      if (answer.replayed) outcome = REPLAYED;
    }
    const tookMs = performance.now() - since;
    this.flights?.exit();
    this.answered(String(status)).observe(tookMs / 1_000);
    if (outcome && !visitor.isGone) this.tallies.count(voucherId, outcome, tookMs);
    if (Logger.isLevelEnabled('debug'))
      this.logger.debug({ method: 'POST', url: visitor.arrival.url, status, ms: tookMs }, 'answered');
  }
}

function refuse(visitor: Visitor, requestId: string, problem: Problem): number {
  const { status, headers, body } = problemAnswer(problem, requestId, visitor.arrival.url ?? '');
  const head = `${headOf(headers)}x-request-id: ${requestId}\r\ncontent-type: ${PROBLEM_CONTENT_TYPE}\r\n`;
  visitor.answer(status, head, body());
  return status;
}

function accept(visitor: Visitor, requestId: string, { claim, replayed, limit }: AcceptedClaim): void {
  let head = `x-request-id: ${requestId}\r\nlocation: /v1/claims/${claim.id}\r\ncontent-type: application/json; charset=utf-8\r\n`;
  if (limit) head += rateLimitLines(limit);
  if (replayed) head += 'idempotent-replayed: true\r\n';
  visitor.answer(202, head, claimJson(claim));
}

/** Of the exact path of a claim; every other spelling is left to the router. */
function voucherIdOf({ method, url }: Arrival): string | undefined {
  if (method !== 'POST' || url?.length !== HEAD.length + VOUCHER_ID_LENGTH + TAIL.length) return undefined;
  if (!url.startsWith(HEAD) || !url.endsWith(TAIL)) return undefined;
  return url.slice(HEAD.length, HEAD.length + VOUCHER_ID_LENGTH);
}
