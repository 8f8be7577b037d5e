import { EligibilityList, EligiblePerson } from './eligibility/eligibility.entity.js';
import { StockEntry } from './stock-entry.entity.js';
import { Stock } from './stock.entity.js';
import { Voucher, VOUCHERS_BY_ID, VOUCHERS_BY_STATUS } from './voucher.entity.js';

export { nextWave } from './domain/waves.js';
export { RUNNING_STATUSES } from './domain/lifecycle.js';
export { unitsOfBudget } from './domain/budget.js';
export { codeOfNumber, codesOf } from './domain/code-pattern.js';
export { codeCounts, spareCodes, usableCodes } from './codes/code-rows.js';
export { EligibilityLists } from './eligibility/eligibility-lists.js';
export { EligibilityTokens } from './eligibility/eligibility-tokens.js';
export { personHash } from './eligibility/people-file.js';
export { VoucherLifecycle } from './lifecycle.service.js';
export {
  VoucherGate,
  type GateVoucher,
  type JudgedAdjustment,
  type StockAdjustment,
} from './ports/voucher-gate.js';
export { VoucherHolders } from './ports/voucher-holders.js';
export { StockAdjustments } from './stock-adjustments.service.js';
export { TakeDowns, type AdministeredVoucher } from './take-downs.js';
export { Preflight } from './preflight/preflight.service.js';
export { ShadowVouchers } from './shadow-vouchers.js';
export { VoucherTerms, type PromisedTerms } from './voucher-terms.js';
export { faceValueAnswer } from './voucher.dto.js';
export { VoucherModule } from './voucher.module.js';
export {
  availabilityBody,
  faceValueBody,
  toGateVoucher,
  voucherBody,
  type Availability,
  type VoucherView,
} from './voucher.view.js';
export { VoucherCatalogue, type VoucherList } from './voucher-catalogue.js';
export { Voucher, VOUCHERS_BY_ID, VOUCHERS_BY_STATUS };

/** For the data source. */
export const VOUCHER_ENTITIES = [Voucher, Stock, StockEntry, EligibilityList, EligiblePerson] as const;
export { VOUCHER_EVENTS } from './voucher-events.js';
