import { Global, Module, type DynamicModule } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { LoggerModule } from 'nestjs-pino';
import { AdminModule } from './admin/index.js';
import { AuditLogModule } from './audit-log/index.js';
import { AuditModule } from './audit/index.js';
import { AuthModule, RecoveryModule, StaffModule } from './auth/index.js';
import { CacheModule } from './cache/index.js';
import { ChallengeModule } from './challenge/index.js';
import { ClaimModule, ClaimPathModule, OutboxSubscriber, OutboxSubscribers } from './claim/index.js';
import { SystemClock } from './common/clock.js';
import { InstanceId } from './common/instance-id.js';
import { type Config } from './config/index.js';
import { HealthController } from './http/health.controller.js';
import { loggerParams } from './observability/logging.js';
import { MailModule } from './mail/index.js';
import { MerchantModule } from './merchant/index.js';
import { NoticeFanOut, NoticeModule } from './notice/index.js';
import { PagesModule, SignInLinksModule } from './pages/index.js';
import { BlockListModule, RateLimitModule } from './rate-limit/index.js';
import { RedemptionModule } from './redemption/index.js';
import { RehearsalModule } from './rehearsal/index.js';
import { ReportingModule } from './reporting/index.js';
import { JobScheduleModule } from './schedule/schedule.module.js';
import { VoucherModule } from './voucher/index.js';
import { WebhookFanOut, WebhookModule } from './webhook/index.js';
import { embedded } from './wiring/embedded.js';
import { shared } from './wiring/shared.js';
import { stack } from './wiring/stack.js';

/** The composition root: the only place where adapters and roles are chosen. */
@Module({})
export class AppModule {
  static forConfig(config: Config): DynamicModule {
    const adapters = config.stack ? stack(config, config.stack) : embedded(config);
    const instance = new InstanceId(new SystemClock(config.CLOCK_OFFSET_MS).now());
    const providers = [...shared(config), { provide: InstanceId, useValue: instance }, ...adapters];
    const platform: DynamicModule = {
      module: PlatformModule,
      global: true,
      imports: [ScheduleModule.forRoot()],
      controllers: [HealthController],
      providers,
      exports: providers.map((provider) => (typeof provider === 'function' ? provider : provider.provide)),
    };
    return {
      module: AppModule,
      imports: [
        LoggerModule.forRoot(loggerParams(config, instance)),
        platform,
        ClaimPathModule,
        CacheModule,
        RateLimitModule,
        BlockListModule,
        MailModule,
        AuthModule,
        RecoveryModule,
        StaffModule,
        MerchantModule,
        VoucherModule,
        ClaimModule,
        RedemptionModule,
        WebhookModule,
        NoticeModule,
        OutboxReadersModule,
        ChallengeModule,
        AuditModule,
        AuditLogModule,
        ReportingModule,
        RehearsalModule,
        JobScheduleModule,
        AdminModule,
        PagesModule,
        ...(config.DEMO_SIGN_IN_LINKS === 'on' ? [SignInLinksModule] : []),
      ],
    };
  }
}

/** Who reads the outbox of events; global, because the outbox knows none of them. */
@Global()
@Module({
  imports: [WebhookModule, NoticeModule],
  providers: [
    {
      provide: OutboxSubscriber,
      inject: [WebhookFanOut, NoticeFanOut],
      useFactory: (...readers: OutboxSubscriber[]) => new OutboxSubscribers(readers),
    },
  ],
  exports: [OutboxSubscriber],
})
class OutboxReadersModule {}

/** Global home of the ports' adapters. */
@Module({})
class PlatformModule {}
