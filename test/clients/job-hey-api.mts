// The whole job with a client that @hey-api/openapi-ts made (fetch, zod): unpatched, money above 2^31, refusals by their types.
// Each request and each answer is held against the generated zod schemas by the client itself.
import { strictEqual as same } from 'node:assert';
import { createClient, createConfig, type Client } from './client/client';
import {
  claimVoucher,
  createVoucher,
  getClaim,
  listVouchers,
  loginWithPassword,
  publishVoucher,
  redeemClaim,
  registerMerchant,
  registerShopper,
} from './client';

const as = (auth?: string): Client =>
  createClient(createConfig({ baseUrl: process.env['API_URL'] ?? '', ...(auth ? { auth } : {}) }));
const run = Date.now();
const password = 'correct horse battery staple';
const hour = 3_600_000;

async function done<T>(work: Promise<{ data?: T; error?: unknown }>): Promise<T> {
  const { data, error } = await work;
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data;
}
async function refusal<T>(work: Promise<{ error?: T }>): Promise<T> {
  const { error } = await work;
  if (error === undefined) throw new Error('it was not refused');
  return error;
}

async function job(): Promise<void> {
  const client = as();
  const owner = { email: `hey-owner-${run}@example.com`, password, name: 'Chen Bo' };
  const business = { name: 'Tea House', time_zone: 'Asia/Shanghai', owner };
  const merchant = as((await done(registerMerchant({ client, body: business }))).session?.access_token);
  const person = { email: `hey-${run}@example.com`, password };
  await done(registerShopper({ client, body: { ...person, name: 'Lin' } }));
  const shopper = as((await done(loginWithPassword({ client, body: person }))).access_token);

  const draft = await done(
    createVoucher({
      client: merchant,
      body: {
        title: 'Half price oolong',
        total_stock: 5,
        opens_at: new Date(run - hour).toISOString(),
        closes_at: new Date(run + hour).toISOString(),
        face_value: { amount: 2_147_483_648, currency: 'CNY' },
      },
    }),
  );
  const path = { id: draft.id };
  await done(publishVoucher({ client: merchant, path }));
  const { data: listed } = await done(listVouchers({ client }));
  same(listed[0]?.face_value?.amount, 2_147_483_648);

  let claim = await done(claimVoucher({ client: shopper, path }));
  for (const deadline = Date.now() + 60_000; claim.status === 'pending' && Date.now() < deadline;) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    claim = await done(getClaim({ client: shopper, path: { id: claim.id } }));
  }
  same(claim.status, 'issued');
  const again = await refusal(claimVoucher({ client: shopper, path }));
  if (again.code !== 'claim_limit_reached') throw new Error(again.code);
  same(again.claim_id, claim.id);

  const body = { code: claim.code ?? '' };
  const redemption = await done(redeemClaim({ client: merchant, body }));
  const twice = await refusal(redeemClaim({ client: merchant, body }));
  if (twice.code !== 'already_redeemed') throw new Error(twice.code);
  same(twice.redemption?.id, redemption.id);
  console.log('the whole job is done');
}

job().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
