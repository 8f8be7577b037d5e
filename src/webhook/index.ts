export { WebhookDeliverer } from './webhook-deliverer.js';
export { WebhookModule } from './webhook.module.js';
