import { z } from 'zod';
import { accountSettings } from './account-settings.js';
import { limitSettings } from './limit-settings.js';
import { mailSettings } from './mail-settings.js';
import { serverSettings } from './server-settings.js';
import { int, optionalText } from './setting-types.js';

export { DEVELOPMENT_JWT_SECRET } from './account-settings.js';

/**
 * One schema for every setting. A setting is an environment variable; units stand in its name. The order here is
 * the order of `.env.example`, and a test holds the two together.
 */

export const DEVELOPMENT_CLAIM_SECRET = 'development-only-claim-secret-change-me-0';

export const envSchema = z.object({
  NODE_ENV: z
    .enum(['development', 'test', 'production'])
    .default('development')
    .describe('production refuses the development secrets and weak password hashing'),
  APP_ROLE: z
    .enum(['all', 'api', 'consumer', 'jobs'])
    .default('all')
    .describe(
      'what this process does: everything, or the HTTP API, the log consumer or the scheduled jobs alone',
    ),
  HOST: z.string().default('127.0.0.1').describe('address the HTTP API listens on'),
  PORT: int(3000, 0, 65535, 'port of the HTTP API; 0 takes a free one'),
  TRUSTED_PROXIES: optionalText(
    'addresses and CIDR ranges, separated by commas, whose X-Forwarded-For is trusted; unset: none',
  ),
  OPS_HOST: z.string().default('127.0.0.1').describe('address of the operations port'),
  OPS_PORT: int(9464, 0, 65535, 'port of /metrics, /healthz and /readyz; 0 takes a free one'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('least severe level that is logged'),
  LOG_FORMAT: z
    .enum(['auto', 'json', 'pretty'])
    .default('auto')
    .describe('json lines, text for people, or pretty on a terminal and json elsewhere'),
  WEB_DIR: z
    .string()
    .default('dist/web')
    .describe(
      "folder of the built web pages, from the program's own; without an index.html only the API is served",
    ),
  BODY_LIMIT_BYTES: int(65_536, 1_024, 10_485_760, 'largest request body'),
  MAX_IN_FLIGHT_REQUESTS: int(
    1_000,
    1,
    1_000_000,
    'requests being answered at the same time, sustained; above it 503 overloaded',
  ),
  IN_FLIGHT_BURST_MS: int(
    100,
    0,
    10_000,
    'a crowd that comes at once may be three times as many for so long, and again after a second in which half of the limit was free; 0: never',
  ),
  FAST_PATH: z
    .enum(['auto', 'off'])
    .default('auto')
    .describe(
      'plain claims are answered before Fastify where the HTTP parser of this Node can be hooked (auto), or take the standard route (off)',
    ),
  SHUTDOWN_GRACE_MS: int(15_000, 0, 300_000, 'time for what is in flight to finish on SIGTERM'),

  DATA_DIR: z.string().default('./data').describe('embedded mode: folder of the database and the event file'),
  SQLITE_SYNCHRONOUS: z
    .enum(['full', 'normal'])
    .default('full')
    .describe('embedded mode: full survives a power cut, normal only the death of the process'),

  ...serverSettings,

  ...accountSettings,

  ...mailSettings,

  ...limitSettings,

  CACHE_LOCAL_ENTRIES: int(1_000, 1, 1_000_000, 'entries of the in-process cache level'),
  CACHE_LOCAL_TTL_MS: int(
    10_000,
    1,
    600_000,
    'lifetime in the in-process cache level; hot values are renewed after half of it',
  ),
  CACHE_SHARED_TTL_MS: int(
    1_800_000,
    1_000,
    86_400_000,
    'lifetime in Redis, shortened at random by up to a tenth',
  ),
  CACHE_SHARED_STALE_MS: int(
    300_000,
    0,
    86_400_000,
    'so much longer a hot value in Redis is answered while one instance rebuilds it',
  ),
  CACHE_SHARED_TIMEOUT_MS: int(200, 10, 10_000, 'a read waits no longer for the cache in Redis'),
  CACHE_LOCK_WAIT_MS: int(150, 0, 5_000, 'a read waits no longer for the load of another instance'),
  CACHE_NULL_TTL_MS: int(10_000, 1, 600_000, 'how long the cache remembers that there is no such thing'),
  CACHE_FILTER_WRONG_RATE: z.coerce
    .number()
    .min(0.000_001)
    .max(0.5)
    .default(0.001)
    .describe('part of unknown ids that the filter of existing ids lets pass'),
  CACHE_FILTER_MAX_ENTRIES: int(
    5_000_000,
    1_000,
    100_000_000,
    'ids that the filter is sized for at most; 1.8 bytes each at a rate of 0.001',
  ),
  CACHE_FILTER_REBUILD_MS: int(
    600_000,
    1_000,
    86_400_000,
    'how often the filter of existing ids is built anew, without those that were deleted',
  ),
  AVAILABILITY_TTL_MS: int(500, 0, 10_000, 'how old the remaining stock shown to shoppers may be'),

  WATCHERS_MAX: int(
    20_000,
    0,
    1_000_000,
    'streams of remaining stock that one process serves; above it 503 overloaded',
  ),

  CLAIM_SECRET: z
    .string()
    .min(32)
    .default(DEVELOPMENT_CLAIM_SECRET)
    .describe('derives claim ids and codes; at least 32 characters; must never change'),
  CLAIM_DURABILITY: z
    .enum(['log', 'gate'])
    .default('log')
    .describe('202 is answered after the log (or intake) has the claim, or already after the gate decided'),
  CLAIM_ROWS: z
    .enum(['auto', 'text', 'packed'])
    .default('auto')
    .describe(
      'rows of claims in MariaDB or MySQL: `packed` for vouchers to come, once all processes know the form; `auto` in a new database alone',
    ),
  CLAIM_LINK_TTL_S: int(60, 1, 3_600, 'lifetime of a claim link; at most IDEMPOTENCY_TTL_S'),
  CAPTCHA_TTL_S: int(120, 1, 3_600, 'lifetime of a captcha; before opening they are given this long ahead'),
  CAPTCHA_DRAWINGS_MAX: int(
    100,
    1,
    10_000,
    'captcha pictures that one process draws at once; above it 503 overloaded',
  ),
  GATE_BATCH_MAX: int(200, 1, 1_000, 'claims of one voucher that one gate call decides'),
  GATE_QUEUE_MAX: int(
    20_000,
    1,
    1_000_000,
    'claims waiting in one process for the gate; above it 503 overloaded',
  ),
  GATE_PENDING_MAX: int(2_000_000, 1, 100_000_000, 'pending claims of one voucher; above it 503 overloaded'),
  GATE_LEASE_MS: int(
    3_000,
    200,
    60_000,
    'a claim may be answered 202 this long after the gate was asked; a rebuild waits as long',
  ),
  GATE_KEEPS_SLOTS: z
    .enum(['on', 'off'])
    .default('on')
    .describe(
      'on a Redis Cluster, where a master loses writes: on, vouchers of the others go on while its own are rebuilt; off, all are closed for that',
    ),
  SOLD_OUT_FLAG_MS: int(
    1_000,
    0,
    1_000,
    'a process refuses claims by itself this long after the gate said sold out; 0: always asks the gate',
  ),
  SOLD_OUT_FLAG_VOUCHERS: int(100, 1, 10_000, 'sold-out vouchers that a process remembers'),
  SOLD_OUT_FLAG_USERS: int(
    20_000_000,
    1,
    100_000_000,
    'holders of sold-out vouchers that a process remembers, all together, 1.2 bytes each; of a voucher with more the gate is always asked',
  ),
  LOG_BATCH_MAX: int(1_000, 1, 10_000, 'claims in one send to the log'),
  CONSUMER_BATCH_MAX: int(1_000, 1, 5_000, 'claims in one database transaction'),
  CLAIM_DRAIN_PER_SECOND: int(
    0,
    0,
    10_000_000,
    'rate at which a consumer writes claims; 0 is as fast as it can',
  ),
  CONSUMER_YIELD_UNTIL_CLAIM_AGE_MS: int(
    5_000,
    0,
    600_000,
    'the nearer a process is to MAX_IN_FLIGHT_REQUESTS, the slower it issues, down to a quarter, until a claim is this old; 0: never',
  ),
  CLAIM_EXPORTS_MAX: int(4, 1, 100, 'CSV exports that one process writes at once; above it 503 overloaded'),
  AUDITS_MAX: int(
    2,
    1,
    100,
    'audits that one process runs at once for those who ask; 8 more wait, above it 503 overloaded',
  ),
  REHEARSAL_QUIET_S: int(600, 0, 86_400, 'no drop is rehearsed while one is open, or opens within so long'),
  REHEARSAL_RATE_MAX: int(
    1_000,
    0,
    20_000,
    'claims a second that a rehearsal of a drop offers at most; 0: no drop is rehearsed',
  ),
  REHEARSAL_P99_MS: int(
    1_000,
    1,
    60_000,
    'a rate is safe while 99 of 100 rehearsed claims are answered within it',
  ),
  REHEARSAL_LAG_MS: int(
    5_000,
    100,
    60_000,
    'and while each of them is issued within it; a rehearsal ends where one is not',
  ),
  SWEEP_AFTER_MS: int(5_000, 100, 3_600_000, 'age from which a pending claim may be sent again'),
  SWEEP_INTERVAL_MS: int(2_000, 50, 3_600_000, 'how often the sweep looks'),
  INTAKE_INTERVAL_MS: int(1_000, 50, 3_600_000, 'how often the intake relay looks'),
  OUTBOX_INTERVAL_MS: int(500, 50, 3_600_000, 'how often the outbox relay looks'),
  WEBHOOK_INTERVAL_MS: int(500, 50, 3_600_000, 'how often due webhook deliveries are looked for'),
  WEBHOOK_TIMEOUT_MS: int(
    15_000,
    100,
    120_000,
    'a webhook receiver that has not answered by then has failed',
  ),
  WEBHOOK_PRIVATE_ADDRESSES: z
    .enum(['refused', 'allowed'])
    .default('refused')
    .describe(
      'allowed: webhooks may go to private and loopback addresses, and by plain http; for development and closed networks',
    ),
  LIFECYCLE_INTERVAL_MS: int(1_000, 50, 3_600_000, 'how often vouchers are opened, closed and preloaded'),
  WAITING_LIST_ACCEPT_S: int(600, 5, 86_400, 'how long an offer to somebody who waits can be accepted'),
  RECONCILE_INTERVAL_MS: int(15_000, 50, 3_600_000, 'how often gate and ledger are compared'),

  FAILPOINTS: optionalText(
    'rehearsals only, refused in production: step=kill:N, separated by commas, ends the process at the Nth pass',
  ).pipe(
    z
      .string()
      .regex(/^[a-z.-]+=kill:[1-9]\d*(,[a-z.-]+=kill:[1-9]\d*)*$/, 'must be step=kill:N, separated by commas')
      .optional(),
  ),
  DEMO_SIGN_IN_LINKS: z
    .enum(['off', 'on'])
    .default('off')
    .describe(
      'demo only, embedded mode, refused in production: accounts can make one-time links that sign them in',
    ),
  CLOCK_OFFSET_MS: int(
    0,
    -86_400_000,
    86_400_000,
    'rehearsals only, refused in production: how far the wall clock of this process is wrong',
  ),
});

export type Env = z.infer<typeof envSchema>;
