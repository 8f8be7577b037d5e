export { EndpointStore } from './endpoint.store.js';
export { WebhookDeliverer } from './webhook-deliverer.js';
export { WebhookModule } from './webhook.module.js';
export { WebhookFanOut } from './webhook-fan-out.js';
