import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { CONFIG, type Config, type RateLimitRule } from '../config/index.js';
import { Metrics } from '../observability/metrics.js';
import { clientKey } from '../common/address.js';
import { context } from '../common/request-context.js';
import { Problem } from '../common/problems.js';
import { LocalRateLimiter } from './adapters/rate-limiter.local.js';
import { announceLimits, rateLimited, type JudgedLimit } from './headers.js';
import { BlockList, Offences } from './ports/block-list.js';
import { RateLimiter } from './ports/rate-limiter.js';
import { limitsOf, type LimitKey } from './rate-limited.decorator.js';

interface RouteLimit {
  readonly rule: RateLimitRule;
  readonly by: readonly LimitKey[];
  readonly layer: 'user' | 'address';
}

/** The third layer of the funnel, after the guards: block-list by user, and the policies that `RateLimited` names. */
@Injectable()
export class RateLimitInterceptor implements NestInterceptor {
  /** By handler: what a route says does not change. */
  private readonly routes = new Map<unknown, readonly RouteLimit[]>();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly local: LocalRateLimiter,
    private readonly limiter: RateLimiter,
    private readonly metrics: Metrics,
    private readonly blocks: BlockList,
    private readonly offences: Offences,
  ) {}

  intercept(
    execution: ExecutionContext,
    next: CallHandler,
  ): Observable<unknown> | Promise<Observable<unknown>> {
    if (execution.getType() !== 'http') return next.handle();
    const userId = context.actor()?.userId;
    if (userId !== undefined && this.blocks.blockedUser(userId)) {
      this.metrics.funnel.inc({ layer: 'block_list', outcome: 'refused', reason: 'user' });
      throw new Problem('blocked');
    }
    const limits = this.limitsOf(execution);
    if (limits.length === 0) return next.handle();
    const here = limits.filter(({ rule }) => rule.scope === 'local');
    const judged = here.map((limit) => ({
      ...limit,
      decision: this.local.judge(limit.rule, subject(limit.by, execution)),
    }));
    const shared = limits.filter(({ rule }) => rule.scope === 'shared');
    // What this process refuses by itself costs nobody a round trip, and no count elsewhere.
    if (shared.length === 0 || judged.some(({ decision }) => !decision.allowed)) {
      this.settle(judged, execution);
      return next.handle();
    }
    return Promise.all(
      shared.map(async (limit) => ({
        ...limit,
        decision: await this.limiter.take(limit.rule, subject(limit.by, execution)),
      })),
    ).then((more) => {
      this.settle([...judged, ...more], execution);
      return next.handle();
    });
  }

  /** @throws Problem rate_limited */
  private settle(judged: readonly (RouteLimit & JudgedLimit)[], execution: ExecutionContext): void {
    const refused = judged.find(({ decision }) => !decision.allowed);
    if (refused) {
      this.metrics.funnel.inc({ layer: refused.layer, outcome: 'refused', reason: refused.rule.name });
      const [address, userId] = [context.address(), context.actor()?.userId];
      this.offences.note('rate_limited', {
        ...(address === undefined ? {} : { address }),
        ...(userId === undefined ? {} : { userId }),
      });
      throw rateLimited(...judged);
    }
    // The layer of addresses counted this request when it came in.
    if (judged.some(({ layer }) => layer === 'user'))
      this.metrics.funnel.inc({ layer: 'user', outcome: 'passed', reason: '' });
    announceLimits(execution.switchToHttp().getResponse<FastifyReply>(), ...judged);
  }

  private limitsOf(execution: ExecutionContext): readonly RouteLimit[] {
    const handler = execution.getHandler();
    const known = this.routes.get(handler);
    if (known) return known;
    const limits = limitsOf(handler, execution.getClass()).flatMap(({ policy, by }) => {
      const rule = this.config.rateLimits[policy];
      return rule
        ? [{ rule, by, layer: by.includes('user') ? ('user' as const) : ('address' as const) }]
        : [];
    });
    this.routes.set(handler, limits);
    return limits;
  }
}

/**
 * Whom a limit counts. A route is named by its handler, never by the URL that was asked for: case, slashes and escapes make no
 * second one, and HEAD is GET.
 */
function subject(by: readonly LimitKey[], execution: ExecutionContext): string {
  return by.map((key) => SUBJECTS[key](execution)).join('|');
}

const client = (): string => clientKey(context.address() ?? '');

const SUBJECTS: Readonly<Record<LimitKey, (execution: ExecutionContext) => string>> = {
  user: () => context.actor()?.userId ?? client(),
  address: client,
  route: (execution) => `${execution.getClass().name}.${execution.getHandler().name}`,
  voucher: (execution) =>
    (execution.switchToHttp().getRequest<FastifyRequest>().params as { id?: string }).id ?? '',
};
