export { ClaimStillPendingError, type WaitOptions } from './claims.js';
export {
  VoucherConnect,
  type Answer,
  type CallOptions,
  type ClientOptions,
  type FollowOptions,
  type RequestOptions,
  type TokenSource,
} from './client.js';
export { VoucherConnectError, type FailureCode } from './errors.js';
export type { EventOf, EventType, VoucherConnectEvent } from './events.js';
export { newIdempotencyKey } from './key.js';
export type { RetryOptions } from './retry.js';
export type { components, operations, paths } from './schema.js';
export type { Claim, Problem, Schemas, Voucher } from './types.js';
export {
  verifyWebhook,
  verifyWebhookEvents,
  WebhookVerificationError,
  type VerifyOptions,
  type WebhookHeaders,
} from './webhook.js';
