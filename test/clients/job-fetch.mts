// The whole job with a client that openapi-generator made (typescript-fetch): unpatched, money above 2^31, refusals by their types.
import { strictEqual as same } from 'node:assert';
import {
  AccountsApi,
  ClaimsApi,
  Configuration,
  MerchantsApi,
  ProblemFromJSON,
  RedemptionsApi,
  ResponseError,
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
    if (error instanceof ResponseError) return ProblemFromJSON(await error.response.json());
    throw error;
  }
  throw new Error('it was not refused');
}

async function job(): Promise<void> {
  const owner = { email: `fetch-owner-${run}@example.com`, password, name: 'Chen Bo' };
  const registerMerchantRequest = { name: 'Tea House', timeZone: 'Asia/Shanghai', owner };
  const merchant = await new MerchantsApi(as()).registerMerchant({ registerMerchantRequest });
  const registerRequest = { email: `fetch-${run}@example.com`, password, name: 'Lin' };
  const session = await new AccountsApi(as()).registerShopper({ registerRequest });

  const ofMerchant = as(merchant.session.accessToken);
  const shop = new VouchersOfAMerchantApi(ofMerchant);
  const draft = await shop.createVoucher({
    createVoucherRequest: {
      title: 'Half price oolong',
      totalStock: 5,
      opensAt: new Date(run - hour),
      closesAt: new Date(run + hour),
      faceValue: { amount: 2_147_483_648, currency: 'CNY' },
    },
  });
  await shop.publishVoucher({ id: draft.id });
  const { data: listed } = await new VouchersApi(as()).listVouchers();
  same(listed[0]?.faceValue?.amount, 2_147_483_648);

  const claims = new ClaimsApi(as(session.accessToken));
  let claim = await claims.claimVoucher({ id: draft.id });
  for (const deadline = Date.now() + 60_000; claim.status === 'pending' && Date.now() < deadline;) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    claim = await claims.getClaim({ id: claim.id });
  }
  same(claim.status, 'issued');
  const again = await refusal(claims.claimVoucher({ id: draft.id }));
  if (again.code !== 'claim_limit_reached') throw new Error(again.code);
  same(again.claimId, claim.id);

  const counter = new RedemptionsApi(ofMerchant);
  const redemptionRequest = { code: claim.code ?? '' };
  const redemption = await counter.redeemClaim({ redemptionRequest });
  const twice = await refusal(counter.redeemClaim({ redemptionRequest }));
  if (twice.code !== 'already_redeemed') throw new Error(twice.code);
  same(twice.redemption?.id, redemption.id);
  console.log('the whole job is done');
}

void job();
