import { describe, expect, it } from '@jest/globals';
import { FASTIFY_ROUTE_CONFIG_METADATA } from '@nestjs/platform-fastify/constants.js';
import type { FastifyContextConfig, FastifyReply, FastifyRequest } from 'fastify';
import { loadConfig } from '../../../src/config/index.js';
import { Metrics } from '../../../src/observability/metrics.js';
import { LocalRateLimiter } from '../../../src/rate-limit/adapters/rate-limiter.local.js';
import { BlockList, Offences, RateLimited, type Block } from '../../../src/rate-limit/index.js';
import { NamedLimits } from '../../../src/rate-limit/named-limits.js';
import { Problem } from '../../../src/common/problems.js';
import { ManualClock } from '../../support/manual-clock.js';

const BLOCKED = 'usr_blocked';

class Blocks extends BlockList {
  onBlocked(): void {}
  blockedAddress(): undefined {
    return undefined;
  }
  blockedUser(userId: string): Block | undefined {
    if (userId !== BLOCKED) return undefined;
    const rest = { reason: 'a test', source: 'admin', createdBy: null, createdAt: 0, endsAt: null } as const;
    return { id: 'blk_1', subject: { kind: 'user', userId }, ...rest };
  }
}

class NoOffences extends Offences {
  note(): void {}
}

class Routes {
  @RateLimited('write', 'user', 'voucher')
  ofVoucher(): void {}
  @RateLimited('challenge', 'user')
  challenge(): void {}
  @RateLimited('read', 'address', 'route')
  one(): void {}
  @RateLimited('read', 'address', 'route')
  other(): void {}
}

interface Asked {
  readonly ask: (route: keyof Routes, userId: string, voucher: string) => Promise<string>;
  readonly metrics: Metrics;
}

function routes(): Asked {
  const config = loadConfig({ RATE_LIMIT_WRITE: '2/10s local', RATE_LIMIT_READ: '1/10s local' });
  const local = new LocalRateLimiter(new ManualClock(), 1_000);
  const metrics = new Metrics();
  const limits = new NamedLimits(
    config,
    local,
    local,
    metrics,
    new Blocks(),
    new NoOffences(),
    new ManualClock(),
  );
  return {
    metrics,
    ask: async (route, userId, voucher) => {
      const handler = Object.getOwnPropertyDescriptor(Routes.prototype, route)?.value as object;
      const config = Reflect.getMetadata(FASTIFY_ROUTE_CONFIG_METADATA, handler) as FastifyContextConfig;
      const request = {
        actor: { userId, sessionId: 'ses_1', role: 'shopper' },
        params: { id: voucher },
        clientAddress: '203.0.113.7',
      } as unknown as FastifyRequest;
      const reply = { headers: () => undefined, getHeader: () => undefined } as unknown as FastifyReply;
      try {
        await limits.hookOf(config.rateLimits)(request, reply);
        return 'answered';
      } catch (error) {
        return error instanceof Problem ? error.code : String(error);
      }
    },
  };
}

describe('the limits of a route', () => {
  it('count a user on each voucher apart where the policy says so', async () => {
    const { ask } = routes();
    const heard = [];
    for (const voucher of ['a', 'a', 'a', 'b', 'b', 'b'])
      heard.push(await ask('ofVoucher', 'usr_1', voucher));
    expect(heard).toEqual(['answered', 'answered', 'rate_limited', 'answered', 'answered', 'rate_limited']);
    expect(await ask('ofVoucher', 'usr_2', 'a')).toBe('answered');
  });

  it('count an address on each route apart, whoever is logged in', async () => {
    const { ask } = routes();
    expect(await ask('one', 'usr_1', 'a')).toBe('answered');
    expect(await ask('one', 'usr_2', 'b')).toBe('rate_limited');
    expect(await ask('other', 'usr_2', 'b')).toBe('answered');
  });

  it('are not reached by a user who is blocked, on the way to a claim; other routes are open', async () => {
    const { ask, metrics } = routes();
    expect(await ask('ofVoucher', BLOCKED, 'a')).toBe('answered');
    expect(await ask('challenge', BLOCKED, 'a')).toBe('blocked');
    expect(await metrics.registry.metrics()).toContain(
      'funnel_total{layer="block_list",outcome="refused",reason="user"} 1',
    );
  });
});
