import 'reflect-metadata';
import type { RateLimitPolicy } from '../config/index.js';

/**
 * Whose rate is counted. `user`: the account, or the client where nobody is logged in; `address`: the client, by `clientKey`;
 * `voucher`: the `:id` of a route under `vouchers/`; `route`: the handler. Several together count each combination apart.
 */
export type LimitKey = 'user' | 'address' | 'voucher' | 'route';

export interface AppliedLimit {
  readonly policy: RateLimitPolicy;
  readonly by: readonly LimitKey[];
}

const LIMITS = Symbol('rate-limits');

/** Holds a route, or each route of a controller, to a named policy. Several add up; those of a route replace its controller's. */
export const RateLimited =
  (policy: RateLimitPolicy, ...by: readonly [LimitKey, ...LimitKey[]]): MethodDecorator & ClassDecorator =>
  (target: object, _property?: string | symbol, descriptor?: PropertyDescriptor): void => {
    const holder = (descriptor?.value ?? target) as object;
    Reflect.defineMetadata(LIMITS, [{ policy, by }, ...(ownLimits(holder) ?? [])], holder);
  };

const ownLimits = (holder: object): readonly AppliedLimit[] | undefined =>
  Reflect.getOwnMetadata(LIMITS, holder) as readonly AppliedLimit[] | undefined;

/** What `RateLimited` says of a route. */
export const limitsOf = (handler: object, controller: object): readonly AppliedLimit[] =>
  ownLimits(handler) ?? ownLimits(controller) ?? [];
