import { AUTH_ENTITIES } from '../auth/index.js';
import { CLAIM_ENTITIES } from '../claim/index.js';
import { type Config } from '../config/index.js';
import { RATE_LIMIT_ENTITIES } from '../rate-limit/index.js';
import { VOUCHER_ENTITIES } from '../voucher/index.js';

export const ENTITIES = [...AUTH_ENTITIES, ...VOUCHER_ENTITIES, ...CLAIM_ENTITIES, ...RATE_LIMIT_ENTITIES];

export const sessionOptions = (config: Config) => ({
  ttlS: config.SESSION_TTL_S,
  perUser: config.SESSIONS_PER_USER_MAX,
  graceS: config.REFRESH_GRACE_S,
});

export const codeOptions = (config: Config) => ({
  ttlS: config.PHONE_CODE_TTL_S,
  tries: config.PHONE_CODE_TRIES,
});

export const gateOptions = (config: Config) => ({
  maxPending: config.GATE_PENDING_MAX,
  keyTtlMs: config.IDEMPOTENCY_TTL_S * 1_000,
  rate: config.rateLimits.claim,
});
