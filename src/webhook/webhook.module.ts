import { Module } from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { API_WEBHOOKS } from '../http/openapi/openapi-31.js';
import { RateLimitModule } from '../rate-limit/index.js';
import { DeliveriesController } from './deliveries.controller.js';
import { DeliveryStore } from './delivery.store.js';
import { DisabledNotice } from './disabled-notice.js';
import { EndpointStore } from './endpoint.store.js';
import { WebhookClient } from './webhook-client.js';
import { WebhookDeliverer } from './webhook-deliverer.js';
import { WebhookFanOut } from './webhook-fan-out.js';
import { WebhooksController } from './webhooks.controller.js';
import { describeWebhooks } from './webhook-document.js';
import { Webhooks } from './webhooks.service.js';

/** Events sent to merchants. */
@Module({
  imports: [RateLimitModule],
  controllers: [WebhooksController, DeliveriesController],
  providers: [
    EndpointStore,
    DeliveryStore,
    Webhooks,
    DisabledNotice,
    WebhookDeliverer,
    {
      provide: WebhookClient,
      inject: [CONFIG],
      useFactory: ({ WEBHOOK_TIMEOUT_MS, WEBHOOK_PRIVATE_ADDRESSES }: Config) =>
        new WebhookClient({
          timeoutMs: WEBHOOK_TIMEOUT_MS,
          allowPrivate: WEBHOOK_PRIVATE_ADDRESSES === 'allowed',
        }),
    },
    WebhookFanOut,
    { provide: API_WEBHOOKS, useFactory: describeWebhooks },
  ],
  exports: [EndpointStore, WebhookDeliverer, WebhookFanOut],
})
export class WebhookModule {}
