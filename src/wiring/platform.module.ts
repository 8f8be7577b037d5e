import { Module, type DynamicModule } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { InstanceId } from '../common/instance-id.js';
import type { Config } from '../config/index.js';
import { HealthController } from '../http/health.controller.js';
import { embedded } from './embedded.js';
import { shared } from './shared.js';
import { stack } from './stack.js';

/** Global home of the ports' adapters: those of servers, or those of embedded mode. */
@Module({})
export class PlatformModule {
  static forConfig(config: Config, instance: InstanceId): DynamicModule {
    const adapters = config.stack ? stack(config, config.stack) : embedded(config);
    const providers = [...shared(config), { provide: InstanceId, useValue: instance }, ...adapters];
    return {
      module: PlatformModule,
      global: true,
      imports: [ScheduleModule.forRoot()],
      controllers: [HealthController],
      providers,
      exports: providers.map((provider) => (typeof provider === 'function' ? provider : provider.provide)),
    };
  }
}
