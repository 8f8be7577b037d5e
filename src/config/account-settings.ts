import { z } from 'zod';
import { normalEmail } from '../common/email.js';
import { int, optionalSecret, optionalText } from './setting-types.js';

export const DEVELOPMENT_JWT_SECRET = 'development-only-jwt-secret-change-me-000';

/** Accounts, logins and sessions; and how long answers are remembered. */
export const accountSettings = {
  JWT_SECRET: z
    .string()
    .min(32)
    .default(DEVELOPMENT_JWT_SECRET)
    .describe('signs access tokens; at least 32 characters'),
  JWT_SECRET_PREVIOUS: optionalSecret(
    'the JWT_SECRET before: what it signed and sealed stays good until this is taken away',
  ),
  SECRETS_KEY: optionalSecret(
    'seals the secrets of webhooks and of eligibility tokens in the database; unset: JWT_SECRET does',
  ),
  SECRETS_KEY_PREVIOUS: optionalSecret(
    'the SECRETS_KEY before; what it sealed is sealed anew after the start',
  ),
  ACCESS_TOKEN_TTL_S: int(900, 1, 86_400, 'lifetime of an access token'),
  SESSION_TTL_S: int(2_592_000, 60, 31_536_000, 'a login ends after this time without use'),
  REFRESH_GRACE_S: int(
    30,
    0,
    300,
    'a refresh token that was exchanged may come again for so long, and gets the same successor; 0: it ends the session',
  ),
  SESSIONS_PER_USER_MAX: int(
    100,
    1,
    1_000,
    'logins of one user; one more ends the one that was idle longest',
  ),
  COOKIE_SECURE: z
    .enum(['auto', 'always', 'never'])
    .default('auto')
    .describe('session cookies of browsers over https only; auto: in production'),
  REVOCATION_POLL_MS: int(
    300,
    10,
    500,
    'how often an instance looks for revoked sessions whose message it may have missed',
  ),
  PASSWORD_MEMORY_KIB: int(19_456, 8, 1_048_576, 'argon2id memory; production wants 19456 or more'),
  PASSWORD_ITERATIONS: int(2, 1, 100, 'argon2id passes; production wants 2 or more'),
  LOGIN_FREE_TRIES_ACCOUNT: int(5, 1, 1_000, 'wrong passwords or codes of one account without a delay'),
  LOGIN_FREE_TRIES_ADDRESS: int(
    100,
    1,
    1_000,
    'wrong passwords or codes from one address without a delay; a hall full of people shares one',
  ),
  LOGIN_AT_ONCE_ADDRESS: int(
    100,
    1,
    1_000,
    'logins from one address that are judged at once, however many wrong ones were before; more wait for a turn',
  ),
  LOGIN_FIRST_DELAY_MS: int(
    1_000,
    1,
    60_000,
    'delay after the last free try; doubles with every further one',
  ),
  LOGIN_MAX_DELAY_ACCOUNT_MS: int(
    60_000,
    1,
    3_600_000,
    'maximum delay per account; its owner waits for strangers only on a device and address never signed in from',
  ),
  LOGIN_MAX_DELAY_ADDRESS_MS: int(900_000, 1, 86_400_000, 'maximum delay per address'),
  LOGIN_TRIES_MEMORY_S: int(
    3_600,
    1,
    604_800,
    'wrong tries are forgotten this long after the last; longer than the longest delay',
  ),
  PHONE_CODE_TTL_S: int(300, 10, 3_600, 'how long a login code is valid'),
  PHONE_CODE_TRIES: int(
    5,
    1,
    20,
    'tries a login code has: by the id of its request, and from the address of its asker',
  ),
  PHONE_CODES_PER_NUMBER_PER_DAY: int(
    10,
    1,
    1_000,
    'login codes sent to one number without a captcha; they come back evenly over 24 h',
  ),
  PHONE_CODES_PER_ADDRESS_PER_DAY: int(
    500,
    1,
    1_000_000,
    'login codes requested from one address without a captcha; they come back evenly over 24 h',
  ),
  ACCOUNT_MAILS_PER_MAILBOX: int(
    10,
    1,
    1_000,
    'mails about accounts to one e-mail address at once, thrice for all unproved ones of a mailbox; they come back over 4 h',
  ),
  ACCOUNT_MAILS_PER_ADDRESS_PER_DAY: int(
    500,
    1,
    1_000_000,
    'mails about accounts requested from one address at once; they come back evenly over 24 h',
  ),
  SMS_GATEWAY_URL: optionalText(
    'takes login codes as JSON; unset: they are written to the log, and in production there is no phone login',
  ).pipe(
    z
      .string()
      .regex(/^https?:\/\/.+/, 'must start with https:// or http://')
      .optional(),
  ),
  SMS_GATEWAY_TOKEN: optionalText('bearer token for SMS_GATEWAY_URL'),
  SMS_GATEWAY_TIMEOUT_MS: int(
    5_000,
    100,
    60_000,
    'a try of SMS_GATEWAY_URL without an answer fails after this time',
  ),
  ADMIN_EMAIL: optionalText(
    'administrator created at start where no account has this e-mail; set together with ADMIN_PASSWORD',
  ).pipe(
    z
      .string()
      .refine((text) => normalEmail(text) !== undefined, { message: 'must be an e-mail address' })
      .overwrite((text) => normalEmail(text) ?? text)
      .optional(),
  ),
  ADMIN_PASSWORD: z
    .string()
    .min(8)
    .max(128)
    .optional()
    .describe('of the administrator created at start, 8 to 128 characters; production wants 12 or more'),
  RETENTION_AUDIT_LOG_DAYS: int(730, 1, 36_500, 'entries of the audit log are deleted when they are older'),
  RETENTION_TEST_SHOPPERS_DAYS: int(
    30,
    1,
    36_500,
    'test shoppers, which keys of the test mode make, are deleted when they are older; their claims stay',
  ),
  RETENTION_SENT_EVENTS_DAYS: int(
    30,
    1,
    36_500,
    'events of the outbox are deleted when they are older and were sent; how many went is kept for the audit',
  ),
  RETENTION_DEAD_LETTERS_DAYS: int(
    180,
    30,
    36_500,
    'dead letters are deleted when they are older and were retried or discarded; open ones stay',
  ),
  RETENTION_UNIT_RETURNS_DAYS: int(
    30,
    1,
    36_500,
    'units given back are summed up in one row a voucher when they are older and the gate has taken them',
  ),
  // Later than any gate may still know the voucher.
  RETENTION_ARCHIVED_CLAIMS_DAYS: z.coerce
    .number()
    .int()
    .min(0)
    .max(36_500)
    .refine((days) => days === 0 || days > 30, { message: 'must be 0, or 31 and more' })
    .default(0)
    .describe(
      'claims go to the table claims_archive when their voucher was archived and over for so long, 31 or more; 0 keeps them where they are',
    ),
  RETENTION_GATE_STATE_HOURS: int(
    1,
    1,
    720,
    'how long the gate keeps a voucher that ended, to answer for its claims; afterwards the database does',
  ),
  IDEMPOTENCY_TTL_S: int(86_400, 60, 604_800, 'how long an Idempotency-Key is remembered'),
};
