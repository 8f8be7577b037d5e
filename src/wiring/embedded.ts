import { type Provider } from '@nestjs/common';
import { join } from 'node:path';
import { EmbeddedAttempts } from '../auth/adapters/attempts.embedded.js';
import { EmbeddedKnownPlaces } from '../auth/adapters/known-places.embedded.js';
import { EmbeddedPhoneCodes } from '../auth/adapters/phone-codes.embedded.js';
import { EmbeddedRevocationLog } from '../auth/adapters/revocation-log.embedded.js';
import { EmbeddedSessionStore } from '../auth/adapters/session-store.embedded.js';
import {
  Attempts,
  KnownPlaces,
  PhoneCodes,
  revocationLifetimeMs,
  RevocationLog,
  SessionStore,
} from '../auth/index.js';
import { EmbeddedBroadcast } from '../broadcast/broadcast.embedded.js';
import { Broadcast } from '../broadcast/broadcast.js';
import { EmbeddedKnownIds } from '../cache/adapters/known-ids.embedded.js';
import { KnownIds } from '../cache/index.js';
import { EmbeddedCaptchaStore } from '../challenge/adapters/captcha-store.embedded.js';
import { CaptchaStore } from '../challenge/index.js';
import { EmbeddedStockGate } from '../claim/gate/embedded/stock-gate.embedded.js';
import {
  CLAIM_TRANSPORT,
  ClaimCountsStore,
  ClaimLog,
  EventStream,
  Intake,
  prepareClaimRows,
  StockGate,
} from '../claim/index.js';
import { IntakeClaimLog } from '../claim/log/intake/claim-log.intake.js';
import { IntakeClaimTransport } from '../claim/log/intake/claim-transport.intake.js';
import { FileEventStream } from '../claim/outbox/event-stream.file.js';
import { EmbeddedClaimCounts } from '../claim/outcomes/claim-counts.embedded.js';
import { Clock } from '../common/clock.js';
import { Connections } from '../common/connections.js';
import { type Config } from '../config/index.js';
import { connect } from '../database/connect.js';
import { Database } from '../database/database.js';
import { migrate } from '../database/migrate.js';
import { EmbeddedInstanceRegister } from '../instances/instances.embedded.js';
import { InstanceRegister } from '../instances/instances.js';
import { EmbeddedJobLock, JobLock } from '../jobs/job-lock.js';
import { Health } from '../observability/health.js';
import { LocalRateLimiter } from '../rate-limit/adapters/rate-limiter.local.js';
import { RateLimiter } from '../rate-limit/index.js';
import { codeOptions, ENTITIES, gateOptions, sessionOptions } from './options.js';

/** One process, no servers: SQLite, everything else in memory, the intake as log, a file of events. */
export const embedded = (config: Config): Provider[] => [
  {
    provide: Database,
    inject: [Health, Connections],
    useFactory: async (health: Health, connections: Connections) => {
      const { database, writer } = await connections.open('database', () => connect(config, ENTITIES));
      connections.onClose(() => database.close());
      await migrate(writer, database.dialect);
      await prepareClaimRows(database, config);
      health.register('database', () => database.ping());
      return database;
    },
  },
  { provide: Broadcast, useClass: EmbeddedBroadcast },
  { provide: JobLock, useClass: EmbeddedJobLock },
  {
    provide: InstanceRegister,
    inject: [Clock],
    useFactory: (clock: Clock) => new EmbeddedInstanceRegister(clock),
  },
  {
    provide: StockGate,
    inject: [Clock],
    useFactory: (clock: Clock) => new EmbeddedStockGate(clock, gateOptions(config)),
  },
  { provide: ClaimLog, inject: [Intake], useFactory: (intake: Intake) => new IntakeClaimLog(intake) },
  {
    provide: CLAIM_TRANSPORT,
    inject: [Intake, Clock],
    useFactory: (intake: Intake, clock: Clock) =>
      new IntakeClaimTransport(intake, config.CONSUMER_BATCH_MAX, clock),
  },
  { provide: EventStream, useValue: new FileEventStream(join(config.DATA_DIR, 'events.ndjson')) },
  {
    provide: SessionStore,
    inject: [Clock],
    useFactory: (clock: Clock) => new EmbeddedSessionStore(clock, sessionOptions(config)),
  },
  { provide: Attempts, inject: [Clock], useFactory: (clock: Clock) => new EmbeddedAttempts(clock) },
  {
    provide: KnownPlaces,
    inject: [Clock],
    useFactory: (clock: Clock) => new EmbeddedKnownPlaces(clock, config.SESSION_TTL_S),
  },
  {
    provide: PhoneCodes,
    inject: [Clock],
    useFactory: (clock: Clock) => new EmbeddedPhoneCodes(clock, codeOptions(config)),
  },
  {
    provide: RevocationLog,
    inject: [Clock],
    useFactory: (clock: Clock) => new EmbeddedRevocationLog(clock, revocationLifetimeMs(config)),
  },
  { provide: KnownIds, inject: [Clock], useFactory: (clock: Clock) => new EmbeddedKnownIds(clock) },
  { provide: RateLimiter, useExisting: LocalRateLimiter },
  {
    provide: CaptchaStore,
    inject: [Clock],
    useFactory: (clock: Clock) => new EmbeddedCaptchaStore(clock),
  },
  {
    provide: ClaimCountsStore,
    inject: [Clock],
    useFactory: (clock: Clock) => new EmbeddedClaimCounts(clock),
  },
];
