import { type Provider } from '@nestjs/common';
import { GatewayCodeSender } from '../auth/adapters/code-sender.gateway.js';
import { LogCodeSender } from '../auth/adapters/code-sender.log.js';
import { CodeCaptcha, CodeSender } from '../auth/index.js';
import { CaptchaDesk, LoginCaptchas } from '../challenge/index.js';
import { ConsumedPositions } from '../claim/index.js';
import { Clock, SystemClock } from '../common/clock.js';
import { Connections } from '../common/connections.js';
import { ClaimIds } from '../common/ids.js';
import { CONFIG, type Config } from '../config/index.js';
import { AuditLog } from '../database/audit-log.js';
import { Database } from '../database/database.js';
import { IdempotencyKeys } from '../http/idempotency/idempotency.js';
import { Heartbeat } from '../instances/heartbeat.js';
import { JobRunner } from '../jobs/job-runner.js';
import { Health } from '../observability/health.js';
import { Metrics } from '../observability/metrics.js';
import { OpsServer } from '../observability/ops-server.js';
import { LocalRateLimiter } from '../rate-limit/adapters/rate-limiter.local.js';

/** What both modes have in common. */
export const shared = (config: Config): Provider[] => [
  { provide: CONFIG, useValue: config },
  { provide: Clock, useFactory: () => new SystemClock(config.CLOCK_OFFSET_MS) },
  { provide: ClaimIds, useValue: new ClaimIds(config.CLAIM_SECRET) },
  { provide: CodeSender, useValue: codeSender(config) },
  CaptchaDesk,
  LoginCaptchas,
  { provide: CodeCaptcha, useExisting: LoginCaptchas },
  {
    provide: ConsumedPositions,
    inject: [Database],
    useFactory: (db: Database) => new ConsumedPositions(db, config.KAFKA_CLAIM_TOPIC),
  },
  Metrics,
  Health,
  Connections,
  JobRunner,
  Heartbeat,
  IdempotencyKeys,
  AuditLog,
  OpsServer,
  {
    provide: LocalRateLimiter,
    inject: [Clock],
    useFactory: (clock: Clock) => new LocalRateLimiter(clock, config.RATE_LIMIT_LOCAL_ENTRIES),
  },
];

/** A code never stands in a production log: without a gateway there is no login by phone there. */
function codeSender(config: Config): CodeSender | undefined {
  const { SMS_GATEWAY_URL: url, SMS_GATEWAY_TOKEN: token, SMS_GATEWAY_TIMEOUT_MS: timeoutMs } = config;
  if (url !== undefined) return new GatewayCodeSender({ url, token, timeoutMs });
  return config.NODE_ENV === 'production' ? undefined : new LogCodeSender();
}
