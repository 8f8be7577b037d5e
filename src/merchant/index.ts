export { EXAMPLE_LOGO_URL, merchantCard } from './merchant.dto.js';
export { MerchantModule } from './merchant.module.js';
export { merchantCardBody } from './merchant.view.js';
export { Merchants } from './merchants.js';
