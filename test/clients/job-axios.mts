// The whole job with a client that openapi-generator made (typescript-axios): unpatched, money above 2^31, refusals by their types.
import { strictEqual as same } from 'node:assert';
import axios from 'axios';
import {
  AccountsApi,
  ClaimsApi,
  Configuration,
  MerchantsApi,
  RedemptionsApi,
  VouchersApi,
  VouchersOfAMerchantApi,
  type Problem,
} from './index';

const basePath = process.env['API_URL'] ?? '';
const as = (accessToken?: string): Configuration =>
  new Configuration({ basePath, ...(accessToken ? { accessToken } : {}) });
const run = Date.now();
const password = 'correct horse battery staple';
const hour = 3_600_000;

async function refusal(work: Promise<unknown>): Promise<Problem> {
  try {
    await work;
  } catch (error) {
    if (axios.isAxiosError<Problem>(error) && error.response) return error.response.data;
    throw error;
  }
  throw new Error('it was not refused');
}

async function job(): Promise<void> {
  const owner = { email: `axios-owner-${run}@example.com`, password, name: 'Chen Bo' };
  const business = { name: 'Tea House', time_zone: 'Asia/Shanghai', owner };
  const merchant = (await new MerchantsApi(as()).registerMerchant(business)).data;
  const person = { email: `axios-${run}@example.com`, password, name: 'Lin' };
  const session = (await new AccountsApi(as()).registerShopper(person)).data;

  const ofMerchant = as(merchant.session.access_token);
  const shop = new VouchersOfAMerchantApi(ofMerchant);
  const draft = (
    await shop.createVoucher({
      title: 'Half price oolong',
      total_stock: 5,
      opens_at: new Date(run - hour).toISOString(),
      closes_at: new Date(run + hour).toISOString(),
      face_value: { amount: 2_147_483_648, currency: 'CNY' },
    })
  ).data;
  await shop.publishVoucher(draft.id);
  const { data: listed } = (await new VouchersApi(as()).listVouchers()).data;
  same(listed[0]?.face_value?.amount, 2_147_483_648);

  const claims = new ClaimsApi(as(session.access_token));
  let claim = (await claims.claimVoucher(draft.id)).data;
  for (const deadline = Date.now() + 60_000; claim.status === 'pending' && Date.now() < deadline;) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    claim = (await claims.getClaim(claim.id)).data;
  }
  same(claim.status, 'issued');
  const again = await refusal(claims.claimVoucher(draft.id));
  if (again.code !== 'claim_limit_reached') throw new Error(again.code);
  same(again.claim_id, claim.id);

  const counter = new RedemptionsApi(ofMerchant);
  const redemption = (await counter.redeemClaim({ code: claim.code ?? '' })).data;
  const twice = await refusal(counter.redeemClaim({ code: claim.code ?? '' }));
  if (twice.code !== 'already_redeemed') throw new Error(twice.code);
  same(twice.redemption?.id, redemption.id);
  console.log('the whole job is done');
}

void job();
