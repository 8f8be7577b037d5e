// The whole job with our client: API=http://127.0.0.1:3000 node clients/examples/job.mjs
// The installation must be able to reach this machine: WEBHOOK_PRIVATE_ADDRESSES=allowed for a local one.
import { once } from 'node:events';
import { createServer } from 'node:http';

const { VoucherConnect, verifyWebhook } = await import(process.env.CLIENT ?? 'voucherconnect-client');

const anyone = new VoucherConnect({ baseUrl: process.env.API ?? 'http://127.0.0.1:3000' });
const person = (name) => ({
  email: `${name}-${Date.now()}@example.com`,
  password: 'correct horse battery staple',
  name,
});

// A receiver of webhooks.
const receiver = createServer();
receiver.listen(0, '127.0.0.1');
await once(receiver, 'listening');

// A merchant publishes a voucher, and wants to hear of redemptions.
const { session } = await anyone.call('post', '/v1/merchants', {
  body: { name: 'Tea House', time_zone: 'Asia/Shanghai', owner: person('chen') },
});
const merchant = anyone.as(session.access_token);
const webhook = await merchant.call('post', '/v1/webhooks', {
  body: { url: `http://127.0.0.1:${receiver.address().port}/`, events: ['claim.redeemed'] },
});
const { id } = await merchant.call('post', '/v1/vouchers', {
  body: {
    title: 'Half price oolong',
    total_stock: 100,
    opens_at: new Date(Date.now() - 60_000).toISOString(),
    closes_at: new Date(Date.now() + 3_600_000).toISOString(),
  },
});
await merchant.call('post', '/v1/vouchers/{id}/publish', { params: { id } });

// A shopper claims, and waits for the code.
const shopper = anyone.as(
  (await anyone.call('post', '/v1/auth/register', { body: person('lin') })).access_token,
);
const claim = await shopper.claimEnded((await shopper.claim(id)).id);
console.log(`claim ${claim.status}`);

// The merchant redeems it, and is told so.
const told = once(receiver, 'request');
await merchant.call('post', '/v1/redemptions', { body: { code: claim.code } });
const [request, response] = await told;
let body = '';
for await (const chunk of request.setEncoding('utf8')) body += chunk;
const event = await verifyWebhook(body, request.headers, webhook.secret);
response.writeHead(204).end();
console.log(`webhook ${event.type} of ${event.data.id === claim.id ? 'the claim' : 'another claim'}`);
receiver.close();
