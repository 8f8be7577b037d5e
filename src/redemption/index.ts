export { RedemptionModule } from './redemption.module.js';
