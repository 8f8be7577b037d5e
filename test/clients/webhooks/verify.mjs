// node verify.mjs SECRET ID TIMESTAMP SIGNATURES < body: genuine or refused, by the library of npm.
import { readFileSync } from 'node:fs';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';

const [secret, id, timestamp, signatures] = process.argv.slice(2);
const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures };
try {
  new Webhook(secret).verify(readFileSync(0), headers);
  console.log('genuine');
} catch (error) {
  if (!(error instanceof WebhookVerificationError)) throw error;
  console.log('refused');
}
