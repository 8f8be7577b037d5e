import { Module, type DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { AdminModule } from './admin/index.js';
import { AuditLogModule } from './audit-log/index.js';
import { AuditModule } from './audit/index.js';
import { AuthModule, RecoveryModule, StaffModule } from './auth/index.js';
import { CacheModule } from './cache/index.js';
import { ChallengeModule } from './challenge/index.js';
import { ClaimModule, ClaimPathModule } from './claim/index.js';
import { SystemClock } from './common/clock.js';
import { InstanceId } from './common/instance-id.js';
import { type Config } from './config/index.js';
import { loggerParams } from './observability/logging.js';
import { MailModule } from './mail/index.js';
import { MerchantModule } from './merchant/index.js';
import { NoticeModule } from './notice/index.js';
import { PagesModule, SignInLinksModule } from './pages/index.js';
import { BlockListModule, RateLimitModule } from './rate-limit/index.js';
import { RedemptionModule } from './redemption/index.js';
import { RehearsalModule } from './rehearsal/index.js';
import { ReportingModule } from './reporting/index.js';
import { JobScheduleModule } from './schedule/schedule.module.js';
import { VoucherModule } from './voucher/index.js';
import { WebhookModule } from './webhook/index.js';
import { OutboxReadersModule } from './wiring/outbox-readers.module.js';
import { PlatformModule } from './wiring/platform.module.js';

/** The composition root: which modules there are. What stands behind their ports is chosen in wiring/. */
@Module({})
export class AppModule {
  static forConfig(config: Config): DynamicModule {
    const instance = new InstanceId(new SystemClock(config.CLOCK_OFFSET_MS).now());
    return {
      module: AppModule,
      imports: [
        LoggerModule.forRoot(loggerParams(config, instance)),
        PlatformModule.forConfig(config, instance),
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
