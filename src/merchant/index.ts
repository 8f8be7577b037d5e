export { claimMerchant, EXAMPLE_CLAIM_MERCHANT, EXAMPLE_LOGO_URL, merchantCard } from './merchant.dto.js';
export { MerchantModule } from './merchant.module.js';
export { claimMerchantBody, merchantCardBody } from './merchant.view.js';
export { Merchants } from './merchants.js';
