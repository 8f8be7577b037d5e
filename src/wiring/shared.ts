import { type Provider } from '@nestjs/common';
import { join } from 'node:path';
import { GatewayCodeSender } from '../auth/adapters/code-sender.gateway.js';
import { LogCodeSender } from '../auth/adapters/code-sender.log.js';
import { CodeCaptcha, CodeSender } from '../auth/index.js';
import { CaptchaDesk, LoginCaptchas } from '../challenge/index.js';
import { ConsumedPositions } from '../claim/index.js';
import { Clock, SystemClock } from '../common/clock.js';
import { Connections } from '../common/connections.js';
import { ClaimIds } from '../common/ids.js';
import { context } from '../common/request-context.js';
import { CONFIG, type Config } from '../config/index.js';
import { AuditLog } from '../database/audit-log.js';
import { Database } from '../database/database.js';
import { InFlightRequests } from '../http/in-flight-requests.js';
import { IdempotencyKeys } from '../http/idempotency/idempotency.js';
import { Heartbeat } from '../instances/heartbeat.js';
import { SingleWriter } from '../instances/single-writer.js';
import { JobRunner } from '../jobs/job-runner.js';
import { FileMailer } from '../mail/adapters/mailer.file.js';
import { SmtpMailer } from '../mail/adapters/mailer.smtp.js';
import { DevInbox, Mailer } from '../mail/index.js';
import { Health } from '../observability/health.js';
import { Metrics } from '../observability/metrics.js';
import { OpsServer } from '../observability/ops-server.js';
import { LocalRateLimiter } from '../rate-limit/adapters/rate-limiter.local.js';

/** What both modes have in common. */
export const shared = (config: Config): Provider[] => [
  { provide: CONFIG, useValue: config },
  { provide: Clock, useFactory: () => new SystemClock(config.CLOCK_OFFSET_MS) },
  { provide: ClaimIds, useValue: new ClaimIds(config.CLAIM_SECRET) },
  CaptchaDesk,
  LoginCaptchas,
  { provide: CodeCaptcha, useExisting: LoginCaptchas },
  {
    provide: DevInbox,
    useValue: new DevInbox(config.devInbox ? `${config.publicUrl}/dev/mail` : undefined),
  },
  {
    provide: CodeSender,
    inject: [DevInbox, Clock],
    useFactory: (inbox: DevInbox, clock: Clock) => codeSender(config, inbox, clock),
  },
  {
    provide: Mailer,
    inject: [DevInbox, Clock],
    useFactory: (inbox: DevInbox, clock: Clock) => mailer(config, inbox, clock),
  },
  {
    provide: ConsumedPositions,
    inject: [Database],
    useFactory: (db: Database) => new ConsumedPositions(db, config.KAFKA_CLAIM_TOPIC),
  },
  Metrics,
  {
    provide: InFlightRequests,
    inject: [Metrics],
    useFactory: (metrics: Metrics) =>
      new InFlightRequests(
        (count) => (metrics.inFlight = count),
        (request) => {
          if (request.hasContext) context.end();
        },
      ),
  },
  Health,
  Connections,
  JobRunner,
  Heartbeat,
  SingleWriter,
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
function codeSender(config: Config, inbox: DevInbox, clock: Clock): CodeSender | undefined {
  const { SMS_GATEWAY_URL: url, SMS_GATEWAY_TOKEN: token, SMS_GATEWAY_TIMEOUT_MS: timeoutMs } = config;
  if (url !== undefined) return new GatewayCodeSender({ url, token, timeoutMs });
  return config.NODE_ENV === 'production' ? undefined : new LogCodeSender(inbox, clock);
}

/** Mails let people in as codes do: files in development alone, and none in production without a server. */
function mailer(
  { mail, DATA_DIR, MAIL_TIMEOUT_MS }: Config,
  inbox: DevInbox,
  clock: Clock,
): Mailer | undefined {
  if (!mail) return undefined;
  if (mail.server) return new SmtpMailer(mail.server, mail.from, MAIL_TIMEOUT_MS);
  return new FileMailer(join(DATA_DIR, 'mail'), mail.from, inbox, clock);
}
