import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { apiKeysIn, loggableUrl } from '../../common/api-key-text.js';
import { Problem } from '../../common/problems.js';
import { ApiKeyAccess } from './api-key-access.js';

/**
 * Refuses every request whose URL holds an API key, whatever else it has: URLs end up in histories, logs and referrers. Our log names
 * the key by its id, so that its owner can be told. After `setUpClientLimits`, so that nobody makes us look up keys by the million.
 */
export function setUpKeysInUrls(app: NestFastifyApplication): void {
  const access = app.get(ApiKeyAccess);
  const logger = new Logger('ApiKeys');
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (request, _reply, next) => {
      const [secret] = apiKeysIn(request.url);
      if (secret === undefined) return next();
      void access
        .idOf(secret)
        .catch(() => undefined) // it is refused all the same
        .then((id) => {
          const key = id ?? 'unknown';
          logger.warn({ event: 'api_key_in_url', key, url: loggableUrl(request.url) }, 'API key in a URL');
          next(new Problem('credential_in_url'));
        });
    });
}
