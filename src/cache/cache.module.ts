import { Global, Module } from '@nestjs/common';
import { Cache } from './cache.js';
import { TwoLevelCache } from './two-level-cache.js';

/** Two levels where a `SharedCacheStore` is provided, else the one in process. */
@Global()
@Module({
  providers: [{ provide: Cache, useClass: TwoLevelCache }],
  exports: [Cache],
})
export class CacheModule {}
