import { Inject, Injectable } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { CONFIG, type Config, type RateLimitRule } from '../config/index.js';
import { Metrics } from '../observability/metrics.js';
import { clientKey } from '../common/address.js';
import { Clock } from '../common/clock.js';
import { Problem } from '../common/problems.js';
import { LocalRateLimiter } from './adapters/rate-limiter.local.js';
import { blockedProblem } from './blocked.js';
import { rateLimited } from './headers.js';
import { BlockList, Offences } from './ports/block-list.js';

/** A probe that is refused would get the process killed. */
const EXEMPT: ReadonlySet<string | undefined> = new Set(['/healthz', '/readyz']);

/** What is judged by the address alone: the block list, for claims, and the limit, for everything. */
@Injectable()
export class ClientLimits {
  private readonly rule: RateLimitRule | undefined;
  private readonly unblocked;
  private readonly passed;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly limiter: LocalRateLimiter,
    private readonly metrics: Metrics,
    private readonly blocks: BlockList,
    private readonly offences: Offences,
    private readonly clock: Clock,
  ) {
    this.rule = config.rateLimits.global;
    this.unblocked = metrics.funnel.labels({ layer: 'block_list', outcome: 'passed', reason: '' });
    this.passed = metrics.funnel.labels({ layer: 'address', outcome: 'passed', reason: '' });
  }

  /**
   * Whether a claim from this address is blocked, judged in this process alone: under a microsecond for IPv4.
   * @returns why it is refused, if it is
   */
  blockRefusal(address: string): Problem | undefined {
    const block = this.blocks.blockedAddress(address);
    if (block) {
      this.metrics.funnel.inc({ layer: 'block_list', outcome: 'refused', reason: 'address' });
      return blockedProblem(block, this.clock.now());
    }
    this.unblocked.inc();
    return undefined;
  }

  /**
   * Judges one request by its address and counts it, in this process alone.
   * @returns why it is refused, if it is
   */
  rateRefusal(address: string): Problem | undefined {
    if (!this.rule) return undefined;
    const decision = this.limiter.judge(this.rule, clientKey(address));
    if (decision.allowed) {
      this.passed.inc();
      return undefined;
    }
    this.metrics.funnel.inc({ layer: 'address', outcome: 'refused', reason: this.rule.name });
    this.offences.note('rate_limited', { address });
    const { options } = rateLimited({ rule: this.rule, decision });
    return new Problem('rate_limited', { ...options, layer: 'address' });
  }
}

/** Puts the limits by address before every URL, known or not. After `setUpHttp`, whose hook names the client. */
export function setUpClientLimits(app: NestFastifyApplication): void {
  const limits = app.get(ClientLimits);
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (request, _reply, next) => {
      next(EXEMPT.has(request.routeOptions.url) ? undefined : limits.rateRefusal(request.clientAddress));
    });
}
