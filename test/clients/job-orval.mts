// The whole job with a client that orval made (fetch, zod): unpatched, money above 2^31, refusals by their types.
// What the merchant and the shopper get is held against the generated zod schemas.
import { strictEqual as same } from 'node:assert';
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
import { CreateVoucherResponse, GetClaimResponse, RedeemClaimResponse } from './zod/api';

const as = (token?: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } });
const run = Date.now();
const password = 'correct horse battery staple';
const hour = 3_600_000;

/** What was answered with the status; anything else ends the job. */
async function done<A extends { status: number; data: unknown }, const S extends A['status']>(
  status: S,
  work: Promise<A>,
): Promise<Extract<A, { status: S }>['data']> {
  const answer = await work;
  if (answer.status !== status) throw new Error(`${answer.status}: ${JSON.stringify(answer.data)}`);
  return answer.data as Extract<A, { status: S }>['data'];
}

async function job(): Promise<void> {
  const owner = { email: `orval-owner-${run}@example.com`, password, name: 'Chen Bo' };
  const business = await done(
    201,
    registerMerchant({ name: 'Tea House', time_zone: 'Asia/Shanghai', owner }),
  );
  const merchant = as(business.session?.access_token);
  const person = { email: `orval-${run}@example.com`, password };
  await done(201, registerShopper({ ...person, name: 'Lin' }));
  const shopper = as((await done(200, loginWithPassword(person))).access_token);

  const terms = {
    title: 'Half price oolong',
    total_stock: 5,
    opens_at: new Date(run - hour).toISOString(),
    closes_at: new Date(run + hour).toISOString(),
    face_value: { amount: 2_147_483_648, currency: 'CNY' },
  };
  const draft = CreateVoucherResponse.parse(await done(201, createVoucher(terms, merchant)));
  await done(200, publishVoucher(draft.id, merchant));
  const { data: listed } = await done(200, listVouchers());
  same(listed[0]?.face_value?.amount, 2_147_483_648);

  const { id } = await done(202, claimVoucher(draft.id, shopper));
  let claim;
  const deadline = Date.now() + 60_000;
  do {
    await new Promise((resolve) => setTimeout(resolve, 50));
    claim = GetClaimResponse.parse(await done(200, getClaim(id, shopper)));
  } while (claim.status === 'pending' && Date.now() < deadline);
  same(claim.status, 'issued');
  const again = await done(409, claimVoucher(draft.id, shopper));
  if (again.code !== 'claim_limit_reached') throw new Error(again.code);
  same(again.claim_id, id);

  const code = { code: claim.code ?? '' };
  const redemption = RedeemClaimResponse.parse(await done(201, redeemClaim(code, merchant)));
  const twice = await done(409, redeemClaim(code, merchant));
  if (twice.code !== 'already_redeemed') throw new Error(twice.code);
  same(twice.redemption?.id, redemption.id);
  console.log('the whole job is done');
}

job().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
