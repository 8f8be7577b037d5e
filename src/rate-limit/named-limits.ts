import { Inject, Injectable } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { CONFIG, type Config, type RateLimitRule } from '../config/index.js';
import { addPreHandlers, type PreHandler } from '../http/pre-handlers.js';
import { Metrics } from '../observability/metrics.js';
import { clientKey } from '../common/address.js';
import { Clock } from '../common/clock.js';
import { LocalRateLimiter } from './adapters/rate-limiter.local.js';
import { blockedProblem, CLOSED_TO_BLOCKED } from './blocked.js';
import { announceLimits, rateLimited, type JudgedLimit } from './headers.js';
import { BlockList, Offences } from './ports/block-list.js';
import { RateLimiter } from './ports/rate-limiter.js';
import type { LimitKey, RouteLimits } from './rate-limited.decorator.js';

interface RouteLimit {
  readonly rule: RateLimitRule;
  readonly by: readonly LimitKey[];
  readonly layer: 'user' | 'address';
}

type Judged = RouteLimit & JudgedLimit;

/** One request at one route. */
interface Call {
  readonly route: string;
  readonly address: string;
  readonly userId: string | undefined;
  readonly voucherId: string;
}

/** After the guards: the block list, for the routes that it closes, and the policies that `RateLimited` names. */
@Injectable()
export class NamedLimits {
  private readonly passed;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly local: LocalRateLimiter,
    private readonly limiter: RateLimiter,
    private readonly metrics: Metrics,
    private readonly blocks: BlockList,
    private readonly offences: Offences,
    private readonly clock: Clock,
  ) {
    this.passed = metrics.funnel.labels({ layer: 'user', outcome: 'passed', reason: '' });
  }

  /**
   * What judges the requests of one route: a promise only where a shared limit is asked.
   * @returns a hook that throws Problem blocked or rate_limited
   */
  hookOf(route: RouteLimits | undefined): PreHandler {
    const name = route?.route ?? '';
    const limits = this.limitsOf(route);
    const closedToBlocked = route?.limits.some(({ policy }) => CLOSED_TO_BLOCKED.has(policy)) ?? false;
    const here = limits.filter(({ rule }) => rule.scope === 'local');
    const shared = limits.filter(({ rule }) => rule.scope === 'shared');
    return (request, reply) => {
      const userId = request.actor?.userId;
      if (closedToBlocked) this.requireUnblocked(request.clientAddress, userId);
      if (limits.length === 0) return undefined;
      const voucherId = (request.params as { id?: string }).id ?? '';
      const call: Call = { route: name, address: request.clientAddress, userId, voucherId };
      const judged = here.map((limit): Judged => {
        const { rule, by, layer } = limit;
        return { rule, by, layer, decision: this.local.judge(rule, subject(by, call)) };
      });
      // What this process refuses by itself costs nobody a round trip, and no count elsewhere.
      if (shared.length === 0 || judged.some(({ decision }) => !decision.allowed)) {
        this.settle(judged, call, reply);
        return undefined;
      }
      return this.judgeShared(shared, judged, call, reply);
    };
  }

  /** @throws Problem blocked */
  private requireUnblocked(address: string, userId: string | undefined): void {
    const byUser = userId === undefined ? undefined : this.blocks.blockedUser(userId);
    const block = byUser ?? this.blocks.blockedAddress(address);
    if (!block) return;
    const reason = byUser ? 'user' : 'address';
    this.metrics.funnel.inc({ layer: 'block_list', outcome: 'refused', reason });
    throw blockedProblem(block, this.clock.now());
  }

  private async judgeShared(
    shared: readonly RouteLimit[],
    judged: readonly Judged[],
    call: Call,
    reply: FastifyReply,
  ): Promise<void> {
    const more = await Promise.all(
      shared.map(async (limit) => ({
        ...limit,
        decision: await this.limiter.take(limit.rule, subject(limit.by, call)),
      })),
    );
    this.settle([...judged, ...more], call, reply);
  }

  /** @throws Problem rate_limited */
  private settle(judged: readonly Judged[], { address, userId }: Call, reply: FastifyReply): void {
    const refused = judged.find(({ decision }) => !decision.allowed);
    if (refused) {
      this.metrics.funnel.inc({ layer: refused.layer, outcome: 'refused', reason: refused.rule.name });
      this.offences.note('rate_limited', { address, ...(userId === undefined ? {} : { userId }) });
      throw rateLimited(...judged);
    }
    // The layer of addresses counted this request when it came in.
    if (judged.some(({ layer }) => layer === 'user')) this.passed.inc();
    announceLimits(reply, ...judged);
  }

  private limitsOf(route: RouteLimits | undefined): readonly RouteLimit[] {
    return (route?.limits ?? []).flatMap(({ policy, by }) => {
      const rule = this.config.rateLimits[policy];
      return rule
        ? [{ rule, by, layer: by.includes('user') ? ('user' as const) : ('address' as const) }]
        : [];
    });
  }
}

/** Whom a limit counts. */
function subject([first, ...others]: readonly LimitKey[], call: Call): string {
  let text = first === undefined ? '' : SUBJECTS[first](call);
  for (const key of others) text += `|${SUBJECTS[key](call)}`;
  return text;
}

const SUBJECTS: Readonly<Record<LimitKey, (call: Call) => string>> = {
  user: ({ userId, address }) => userId ?? clientKey(address),
  address: ({ address }) => clientKey(address),
  route: ({ route }) => route,
  voucher: ({ voucherId }) => voucherId,
};

/** Puts the named limits before the handlers of their routes. After `setUpRouteGuards`, so that the user is known. */
export function setUpNamedLimits(app: NestFastifyApplication): void {
  const limits = app.get(NamedLimits);
  addPreHandlers(app, ({ rateLimits, guards }) =>
    rateLimits || guards ? limits.hookOf(rateLimits) : undefined,
  );
}
