import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/index.js';
import { addressRange, clientKey, rangeText } from '../../common/address.js';
import { Clock } from '../../common/clock.js';
import { Offences, type BlockSubject, type Offence } from '../ports/block-list.js';
import { RateLimiter, type RateLimitRule } from '../ports/rate-limiter.js';
import { Blocks } from './blocks.js';
import { StoredBlockList } from './stored-block-list.js';

const REASONS: Readonly<Record<Offence, string>> = {
  rate_limited: 'requests above the rate limit',
  captcha_failed: 'wrong captcha answers',
};

/**
 * Blocks who offends often: users early, addresses late, because a carrier's customers share one. This machine itself is
 * never blocked: everybody comes from there when a proxy in front is not in TRUSTED_PROXIES.
 */
@Injectable()
export class AutomaticBlocks extends Offences {
  private readonly logger = new Logger('BlockList');
  private readonly thresholds: Readonly<Record<Offence, Readonly<Record<BlockSubject['kind'], number>>>>;
  /** Being blocked right now: a crowd of refusals makes one block. */
  private readonly underWay = new Set<string>();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly limiter: RateLimiter,
    private readonly blocks: Blocks,
    private readonly held: StoredBlockList,
    private readonly clock: Clock,
  ) {
    super();
    this.thresholds = {
      rate_limited: { user: config.AUTO_BLOCK_USER_REFUSALS, address: config.AUTO_BLOCK_ADDRESS_REFUSALS },
      captcha_failed: { user: config.AUTO_BLOCK_USER_CAPTCHAS, address: config.AUTO_BLOCK_ADDRESS_CAPTCHAS },
    };
  }

  note(offence: Offence, { address, userId }: { readonly address?: string; readonly userId?: string }): void {
    if (userId !== undefined && !this.held.blockedUser(userId))
      void this.count(offence, { kind: 'user', userId });
    if (address === undefined || isLoopback(address) || this.held.blockedAddress(address)) return;
    const range = addressRange(clientKey(address));
    if (range) void this.count(offence, { kind: 'address', range: rangeText(range) });
  }

  /** Never rejects. */
  private async count(offence: Offence, subject: BlockSubject): Promise<void> {
    const threshold = this.thresholds[offence][subject.kind];
    const name = subject.kind === 'user' ? subject.userId : subject.range;
    if (threshold === 0 || this.underWay.has(name)) return;
    try {
      const { remaining } = await this.limiter.take(this.rule(offence, subject.kind, threshold), name);
      if (remaining > 0 || this.underWay.has(name)) return;
      this.underWay.add(name);
      await this.block(offence, subject, threshold).finally(() => this.underWay.delete(name));
    } catch (error) {
      this.logger.warn({ offence, subject, err: error }, 'an offence could not be counted or punished');
    }
  }

  private rule(offence: Offence, kind: BlockSubject['kind'], limit: number): RateLimitRule {
    return {
      name: `offence-${offence.replaceAll('_', '-')}-${kind}`,
      algorithm: 'sliding-window',
      limit,
      windowMs: this.config.AUTO_BLOCK_WINDOW_S * 1_000,
      scope: 'shared',
      whenAway: 'count-locally',
    };
  }

  private async block(offence: Offence, subject: BlockSubject, count: number): Promise<void> {
    await this.blocks.add({
      subject,
      reason: `${count} ${REASONS[offence]} within ${this.config.AUTO_BLOCK_WINDOW_S} s`,
      source: 'automatic',
      createdBy: null,
      endsAt: this.clock.now() + this.config.AUTO_BLOCK_DURATION_S * 1_000,
    });
  }
}

const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.');
