import type { RateLimitPolicy } from '../config/index.js';
import { configuresRoutes } from '../http/route-config.js';

/**
 * Whose rate is counted. `user`: the account, or the client where nobody is logged in; `address`: the client, by `clientKey`;
 * `voucher`: the `:id` of a route under `vouchers/`; `route`: the handler. Several together count each combination apart.
 */
export type LimitKey = 'user' | 'address' | 'voucher' | 'route';

interface AppliedLimit {
  readonly policy: RateLimitPolicy;
  readonly by: readonly LimitKey[];
}

/** The limits of a route. */
export interface RouteLimits {
  /** The handler's name: case, slashes and escapes of a URL make no second route, and HEAD is GET. */
  readonly route: string;
  readonly limits: readonly AppliedLimit[];
}

declare module 'fastify' {
  interface FastifyContextConfig {
    rateLimits?: RouteLimits;
  }
}

/** Holds a route, or each route of a controller, to a named policy. Several add up; those of a route replace its controller's. */
export const RateLimited = (
  policy: RateLimitPolicy,
  ...by: readonly [LimitKey, ...LimitKey[]]
): MethodDecorator & ClassDecorator =>
  configuresRoutes((config, { controller, handler, ofController }) => {
    const own = config.rateLimits;
    if (ofController && own && !ofTheController.has(own)) return;
    const limits = {
      route: `${controller.name}.${handler.name}`,
      limits: [{ policy, by }, ...(own?.limits ?? [])],
    };
    if (ofController) ofTheController.add(limits);
    config.rateLimits = limits;
  });

const ofTheController = new WeakSet<RouteLimits>();
